/**
 * From a plan to what each token is worth: asks the stores, looks into values, applies defaults and `as=`.
 * It knows neither places nor files, nor that a plugin answers. Called by the facade.
 */
import { Buffer } from "node:buffer";
import { ConfigManagerError, isConfigManagerError, toErrors } from "../errors/errors.ts";
import type { TokenReference } from "../token/token.ts";
import { JsonDocument } from "./json-document.ts";
import { type KeyPathMatch, selectKeyPath } from "./key-path.ts";
import type { Plan, StorePlan } from "./plan.ts";
import type { AnswerFacts, StoreAnswer, StoreRequest, ValueSource } from "./token-store.ts";
import { applyTransforms } from "./transforms.ts";

/** What a reference is worth: the resolved text, or why there is none. */
export type Outcome =
  | {
      readonly ok: true;
      readonly text: Uint8Array;
      /** True when nothing is written and no `default=` said that nothing is fine; worth a warning. */
      readonly isEmpty: boolean;
      /** The text of `default=` was taken. */
      readonly isDefault: boolean;
      /** What is known of the store's answer. */
      readonly facts: AnswerFacts;
    }
  | {
      readonly ok: false;
      /** Without place and token; whoever reports it adds both, once for each occurrence. */
      readonly error: ConfigManagerError;
      /** True when the whole store failed: all its references share the fault, and a report may say it once. */
      readonly isStoreFault: boolean;
      /** What is known of the store's answer; nothing when the whole store failed. */
      readonly facts: AnswerFacts;
    };

/** What became of a plan. */
export interface Resolution {
  /** Throws CM_INTERNAL for a reference that was not planned. */
  readonly outcomeOf: (reference: TokenReference) => Outcome;
  /** The stores that failed as a whole, by prefix: one error each, however many tokens wait for them. */
  readonly storeFaults: ReadonlyMap<string, ConfigManagerError>;
}

/** How a plan is resolved. */
export interface ResolveOptions {
  /** An empty value is CM_VALUE_EMPTY; false unless set. */
  readonly failOnEmpty?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of requests that all stores together have answered so far. */
  readonly onAnswered?: ((answered: number) => void) | undefined;
}

/** Gives the store of a prefix; rejects when there is none to be had. */
export type OpenStore = (prefix: string, signal?: AbortSignal) => Promise<ValueSource>;

/**
 * Asks every store at the same time, once each, and computes every planned reference once.
 *
 * A store or request that fails stops no other: its references have its error. Rejects only when `signal` is aborted,
 * with its reason. Codes that an outcome can have besides those of the store: CM_VALUE_NOT_JSON, CM_KEY_PATH_NO_MATCH,
 * CM_KEY_PATH_AMBIGUOUS, CM_VALUE_INVALID, CM_VALUE_EMPTY, CM_PLUGIN_MISBEHAVED.
 */
export async function resolve(plan: Plan, openStore: OpenStore, options: ResolveOptions = {}): Promise<Resolution> {
  const { signal, onAnswered, failOnEmpty = false } = options;
  signal?.throwIfAborted();
  const outcomes = new Map<TokenReference, Outcome>();
  const storeFaults = new Map<string, ConfigManagerError>();
  const answered = new Map<string, number>();

  const askStore = async (prefix: string, store: StorePlan): Promise<void> => {
    const report = (count: number): void => {
      answered.set(prefix, count);
      onAnswered?.([...answered.values()].reduce((sum, each) => sum + each, 0));
    };
    let answers: readonly StoreAnswer[];
    try {
      const opened = await openStore(prefix, signal);
      answers = await opened.getValues(store.requests, { signal, onAnswered: onAnswered && report });
      checkCount(prefix, store.requests, answers);
    } catch (thrown) {
      // The rejection of an aborted run is no fault of the store; the race below has ended by then.
      if (signal?.aborted === true) return;
      const fault = toErrors(thrown)[0]!;
      storeFaults.set(prefix, fault);
      for (const reference of store.askedBy.flat()) {
        outcomes.set(reference, { ok: false, error: hinted(fault, reference), isStoreFault: true, facts: noFacts });
      }
      return;
    }
    for (const [number, answer] of answers.entries()) {
      const json = lazyDocument(answer);
      const facts = factsOf(answer);
      for (const reference of store.askedBy[number]!)
        outcomes.set(reference, outcomeOf(reference, answer, json, facts, failOnEmpty));
    }
  };

  await unlessAborted(Promise.all([...plan.stores].map(([prefix, store]) => askStore(prefix, store))), signal);
  return {
    storeFaults,
    outcomeOf(reference) {
      const outcome = outcomes.get(reference);
      if (outcome === undefined) throw new ConfigManagerError("CM_INTERNAL", "a reference was never planned");
      return outcome;
    },
  };
}

function checkCount(prefix: string, requests: readonly StoreRequest[], answers: readonly StoreAnswer[]): void {
  if (answers.length === requests.length) return;
  const message = `store "${prefix}" gave ${answers.length} answers to ${requests.length} requests`;
  throw new ConfigManagerError("CM_PLUGIN_MISBEHAVED", message, { hint: "report this to the authors of the plugin" });
}

// An abort ends the run even when a store does not listen to it. The work itself never rejects.
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  const stop = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: stop.signal });
  });
  await Promise.race([work, aborted]).finally(() => stop.abort());
  signal.throwIfAborted();
}

const noFacts: AnswerFacts = {};

type LazyDocument = () => JsonDocument;

// A value is read as JSON once, when its first key path is looked up, and forgotten with its last one.
function lazyDocument(answer: StoreAnswer): LazyDocument {
  let document: JsonDocument | ConfigManagerError | undefined;
  return () => {
    if (document === undefined && answer.ok) document = attempt(() => new JsonDocument(answer.value));
    if (document instanceof JsonDocument) return document;
    throw document ?? new ConfigManagerError("CM_INTERNAL", "a value was read that no store gave");
  };
}

// Without the value: facts are kept and shown, values are not.
function factsOf({ version, expiresAt, tookMs, answeredBy }: StoreAnswer): AnswerFacts {
  return { version, expiresAt, tookMs, answeredBy };
}

function outcomeOf(
  reference: TokenReference,
  answer: StoreAnswer,
  json: LazyDocument,
  facts: AnswerFacts,
  failOnEmpty: boolean,
): Outcome {
  const result = attempt((): Outcome => {
    const { found, isDefault } = select(reference, answer, json);
    if (!found.ok) return failed(found.error, reference, facts);
    const text = applyTransforms(found.text, reference.transforms);
    const isEmpty = text.length === 0 && !isDefault && reference.defaultText !== "";
    if (isEmpty && failOnEmpty) return failed(emptyError(), reference, facts);
    return { ok: true, text, isEmpty, isDefault, facts };
  });
  return result instanceof Error ? failed(result, reference, facts) : result;
}

// The value or the part of it that the key path names; where it is not there, the default. Any other error stays.
function select(
  { keyPath, defaultText }: TokenReference,
  answer: StoreAnswer,
  json: LazyDocument,
): { readonly found: KeyPathMatch; readonly isDefault: boolean } {
  let found: KeyPathMatch;
  if (!answer.ok) found = answer;
  else if (keyPath === undefined) found = { ok: true, text: answer.value };
  else found = selectKeyPath(json(), keyPath);
  const isAbsent =
    !found.ok && (found.error.code === "CM_STORE_NOT_FOUND" || found.error.code === "CM_KEY_PATH_NO_MATCH");
  if (!isAbsent || defaultText === undefined) return { found, isDefault: false };
  return { found: { ok: true, text: Buffer.from(defaultText, "utf8") }, isDefault: true };
}

function emptyError(): ConfigManagerError {
  return new ConfigManagerError("CM_VALUE_EMPTY", "the value is empty", {
    hint: 'store a value, or write "[default=]" where nothing is fine too',
  });
}

function failed(error: ConfigManagerError, reference: TokenReference, facts: AnswerFacts): Outcome {
  return { ok: false, error: hinted(error, reference), isStoreFault: false, facts };
}

// That a token was probably cut short explains more than what the error itself advises.
function hinted(error: ConfigManagerError, { cutShortHint }: TokenReference): ConfigManagerError {
  if (cutShortHint === undefined) return error;
  const { code, message, place, token, details, cause } = error;
  return new ConfigManagerError(code, message, { hint: cutShortHint, place, token, details, cause });
}

function attempt<T>(compute: () => T): T | ConfigManagerError {
  try {
    return compute();
  } catch (error) {
    if (isConfigManagerError(error)) return error;
    throw error;
  }
}
