import { ConfigManagerError } from "../errors/errors.ts";
import type { TokenReference } from "../token/token.ts";
import { addAliasMetadata, type AliasMetadata, toAliasMetadata } from "./alias-metadata.ts";
import type { StoreRequest } from "./token-store.ts";

/** What one store is asked, in the order in which the tokens came. */
export interface StorePlan {
  readonly requests: readonly StoreRequest[];
  /** `askedBy[n]` are the references that wait for `requests[n]`; never empty. */
  readonly askedBy: readonly (readonly TokenReference[])[];
}

/** What all stores are asked, by prefix, in the order in which the prefixes came. */
export interface Plan {
  readonly stores: ReadonlyMap<string, StorePlan>;
  /** The request that a planned reference waits for. Throws CM_INTERNAL for one that was not planned. */
  readonly requestOf: (reference: TokenReference) => StoreRequest;
}

/** How a plan is made. */
export interface PlanOptions {
  /** The metadata that the configuration gives to every request of a prefix, where the token does not set the key. */
  readonly aliasMetadata: (prefix: string) => Readonly<Record<string, string>> | undefined;
}

/**
 * One request for each distinct prefix, decoded path and metadata map, whatever the order of the metadata's keys.
 *
 * A reference that occurs twice counts once. An alias's own metadata follows that of the token; keys are compared
 * ignoring case. Linear in the number of references.
 */
export function createPlan(references: Iterable<TokenReference>, { aliasMetadata }: PlanOptions): Plan {
  const stores = new Map<string, StoreDraft>();
  const requestOf = new Map<TokenReference, StoreRequest>();
  for (const reference of references) {
    if (requestOf.has(reference)) continue;
    let store = stores.get(reference.prefix);
    if (store === undefined) {
      const alias = toAliasMetadata(aliasMetadata(reference.prefix));
      store = { alias, requests: [], askedBy: [], numberOf: new Map() };
      stores.set(reference.prefix, store);
    }
    const request = addAliasMetadata(reference, store.alias);
    const key = requestKey(request);
    const number = store.numberOf.get(key);
    if (number === undefined) {
      store.numberOf.set(key, store.requests.length);
      store.requests.push(request);
      store.askedBy.push([reference]);
      requestOf.set(reference, request);
    } else {
      store.askedBy[number]!.push(reference);
      requestOf.set(reference, store.requests[number]!);
    }
  }
  return {
    stores,
    requestOf(reference) {
      const request = requestOf.get(reference);
      if (request === undefined) throw new ConfigManagerError("CM_INTERNAL", "a reference was never planned");
      return request;
    },
  };
}

interface StoreDraft extends StorePlan {
  readonly alias: AliasMetadata;
  readonly requests: StoreRequest[];
  readonly askedBy: TokenReference[][];
  readonly numberOf: Map<string, number>;
}

/** The same text for requests of one path and metadata map, whatever the order of the keys. */
export function requestKey({ path, metadata }: StoreRequest): string {
  // The first letter keeps the two kinds apart, and every part stands behind its length, so that it cannot be cut elsewhere.
  if (metadata.size === 0) return `p${path}`;
  const keys = [...metadata.keys()];
  if (keys.length > 1) keys.sort();
  let key = `m${path.length}:${path}`;
  for (const name of keys) {
    const value = metadata.get(name)!;
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}
