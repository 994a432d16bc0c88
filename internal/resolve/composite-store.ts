/**
 * A composite store: several stores in order under one prefix. The first that has the value wins, "not found" moves on,
 * any other failure stops. It asks them as a resolver does and knows nothing else of them. Opened by the facade.
 */
import { ConfigManagerError, toErrors } from "../errors/errors.ts";
import { addAliasMetadata, type AliasMetadata } from "./alias-metadata.ts";
import { requestKey } from "./plan.ts";
import type { StoreAnswer, StoreAskOptions, StoreRequest, ValueSource } from "./token-store.ts";

/** One store of a composite. */
export interface CompositeMember {
  readonly prefix: string;
  /** What this store is asked for, `{path}` and `{name}` standing for parts; the path as it is unless set. */
  readonly pathTemplate?: string | undefined;
  readonly aliasMetadata: AliasMetadata;
}

/** What a composite store is made of. */
export interface CompositeOptions {
  readonly prefix: string;
  /** Not empty. */
  readonly members: readonly CompositeMember[];
  readonly openStore: (prefix: string, signal?: AbortSignal) => Promise<ValueSource>;
}

/** A store over its members; each member is opened when the ones before it have not had every value. */
export function createCompositeStore(options: CompositeOptions): ValueSource {
  return { getValues: (requests, askOptions = {}) => ask(options, requests, askOptions) };
}

/**
 * The path that a member is asked for: `{path}` is the token's path, `{name}` the same as the name of a variable
 * (`db/password` is `DB_PASSWORD`).
 */
export function memberPath(template: string | undefined, path: string): string {
  if (template === undefined) return path;
  const name = path
    .replace(/^\/+|\/+$/g, "")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
  return template.replace(/\{(path|name)\}/g, (_, part: string) => (part === "path" ? path : name));
}

async function ask(
  { prefix, members, openStore }: CompositeOptions,
  requests: readonly StoreRequest[],
  { signal, onAnswered }: StoreAskOptions,
): Promise<readonly StoreAnswer[]> {
  const answers: StoreAnswer[] = [];
  let open = requests.map((_, index) => index);
  for (const member of members) {
    if (open.length === 0) break;
    const wanted = new Map<string, { readonly request: StoreRequest; readonly askedBy: number[] }>();
    for (const index of open) {
      const request = toMemberRequest(requests[index]!, member);
      const key = requestKey(request);
      const known = wanted.get(key);
      if (known === undefined) wanted.set(key, { request, askedBy: [index] });
      else known.askedBy.push(index);
    }
    const asked = [...wanted.values()];
    const got = await askMember(
      member,
      openStore,
      asked.map(({ request }) => request),
      signal,
    );
    open = [];
    for (const [number, { askedBy }] of asked.entries()) {
      const answer = got[number]!;
      for (const index of askedBy) {
        answers[index] = { ...answer, answeredBy: member.prefix };
        if (!answer.ok && answer.error.code === "CM_STORE_NOT_FOUND") open.push(index);
      }
    }
    onAnswered?.(requests.length - open.length);
  }
  for (const index of open) answers[index] = { ok: false, error: inNone(prefix, requests[index]!.path, members) };
  onAnswered?.(requests.length);
  return answers;
}

async function askMember(
  { prefix }: CompositeMember,
  openStore: CompositeOptions["openStore"],
  requests: readonly StoreRequest[],
  signal: AbortSignal | undefined,
): Promise<readonly StoreAnswer[]> {
  try {
    const store = await openStore(prefix, signal);
    return await store.getValues(requests, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const [fault] = toErrors(error);
    return requests.map(() => ({ ok: false, error: fault! }));
  }
}

function toMemberRequest(request: StoreRequest, { pathTemplate, aliasMetadata }: CompositeMember): StoreRequest {
  return addAliasMetadata({ ...request, path: memberPath(pathTemplate, request.path) }, aliasMetadata);
}

function inNone(prefix: string, path: string, members: readonly CompositeMember[]): ConfigManagerError {
  const asked = members.map(({ prefix: member, pathTemplate }) => `${member}://${memberPath(pathTemplate, path)}`);
  const message = `"${path}" of "${prefix}" is in none of its stores: ${asked.join(", ")}`;
  return new ConfigManagerError("CM_STORE_NOT_FOUND", message, {
    hint: "put it into one of them, or give the token a default",
    details: { prefix, path, asked },
  });
}
