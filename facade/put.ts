/** Writing values: everything is looked at before the first one is written. */
import { type ConfigManagerError, ConfigManagerErrors, toErrors } from "../internal/errors/errors.ts";
import { addAliasMetadata, toAliasMetadata } from "../internal/resolve/alias-metadata.ts";
import { forbiddenError } from "../internal/resolve/allow.ts";
import { toPutRequest } from "../internal/resolve/put-request.ts";
import type { PutRequest, TokenStore } from "../internal/resolve/token-store.ts";
import { parseToken } from "../internal/token/scanner.ts";
import type { TokenReference } from "../internal/token/token.ts";
import type { Stores } from "./stores.ts";
import type { PutItem, PutResult } from "./types.ts";

/** How values are written. */
export interface PutValuesOptions {
  readonly createOnly: boolean;
  /** Look at everything and write nothing; false unless set. */
  readonly dryRun?: boolean | undefined;
  /** Takes each result as it comes, with the number of its item: a call that is canceled gives no others. */
  readonly onResult?: ((result: PutResult, index: number) => Promise<void> | void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A value, and where it is written to. */
export interface WantedItem {
  readonly reference: TokenReference;
  readonly data: Uint8Array;
}

/**
 * Writes values in the order given and resolves to what became of each. Rejects, with nothing written, when one of them
 * cannot be written as it is asked for.
 */
export async function putValues(
  stores: Stores,
  items: readonly PutItem[],
  options: PutValuesOptions,
): Promise<readonly PutResult[]> {
  const { wanted, errors } = await parseItems(stores, items);
  return putReferences(stores, wanted, options, errors);
}

/** The same for references; `errors` are those known so far, and with one of them nothing is written. */
export async function putReferences(
  stores: Stores,
  wanted: readonly WantedItem[],
  { createOnly, dryRun = false, onResult, signal }: PutValuesOptions,
  errors: readonly ConfigManagerError[] = [],
): Promise<readonly PutResult[]> {
  const references = wanted.map(({ reference }) => reference);
  const faults = [...errors, ...[...stores.forbidden(references)].map(forbiddenError)];
  const prefixes = [...new Set(references.map(({ prefix }) => prefix))];
  return stores.withStores(prefixes, { signal, faults }, async (store, bounded) => {
    const prepared = await Promise.all(
      wanted.map((item) => prepare(stores, item, store, createOnly).catch((error: unknown) => toErrors(error))),
    );
    const refused = prepared.flatMap((each) => ("write" in each ? [] : each));
    if (refused.length > 0) throw new ConfigManagerErrors(refused);
    const results: PutResult[] = [];
    // One after the other: two of them may be places in one file.
    for (const [index, each] of prepared.entries()) {
      if (!("write" in each)) continue;
      bounded?.throwIfAborted();
      const result = dryRun ? { reference: references[index]! } : await each.write(bounded);
      results.push(result);
      await onResult?.(result, index);
    }
    return results;
  });
}

async function parseItems(
  stores: Stores,
  items: readonly PutItem[],
): Promise<{ readonly wanted: readonly WantedItem[]; readonly errors: readonly ConfigManagerError[] }> {
  const syntax = await stores.syntax();
  const wanted: WantedItem[] = [];
  const errors: ConfigManagerError[] = [];
  for (const { token, data } of items) {
    try {
      wanted.push({ reference: parseToken(token, syntax), data });
    } catch (error) {
      errors.push(...toErrors(error));
    }
  }
  return { wanted, errors };
}

async function prepare(
  { settings }: Stores,
  { reference, data }: WantedItem,
  store: (prefix: string) => Promise<TokenStore>,
  createOnly: boolean,
): Promise<{ readonly write: (signal: AbortSignal | undefined) => Promise<PutResult> }> {
  const alias = toAliasMetadata(settings.stores.get(reference.prefix)?.metadata);
  try {
    const opened = await store(reference.prefix);
    const description = await opened.describe();
    const withAlias = { ...reference, ...addAliasMetadata(reference, alias) };
    const request = toPutRequest(withAlias, description, { data, createOnly });
    return { write: (signal) => writeOne(opened, reference, request, signal) };
  } catch (error) {
    throw new ConfigManagerErrors(toErrors(error).map((each) => each.at(undefined, reference.text)));
  }
}

async function writeOne(
  store: TokenStore,
  reference: TokenReference,
  request: PutRequest,
  signal: AbortSignal | undefined,
): Promise<PutResult> {
  try {
    const version = await store.putValue(request, signal);
    return { reference, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    signal?.throwIfAborted();
    return { reference, error: toErrors(error)[0]!.at(undefined, reference.text) };
  }
}
