/** What went wrong, for the host to act on: `notFound` lets a token's `default=` apply, `unavailable` may be tried again. */
export type StoreErrorKind =
  | "notFound"
  | "denied"
  | "unauthenticated"
  | "badRequest"
  | "unavailable"
  | "timedOut"
  | "alreadyExists"
  | "tooLarge"
  | "unsupported"
  | "failed";

/** What an error can carry beside its kind and message. */
export interface StoreErrorOptions {
  /** What the user can do next, in the imperative. Travels on app protocol 2 only. */
  readonly hint?: string | undefined;
  /** How long the store asked to wait; for `unavailable`. Travels on app protocol 2 only. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Why a store has no value to give; returned or thrown, both mean the same.
 *
 * The message and the hint reach the user's terminal and logs: neither may hold a value of the store.
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly kind: StoreErrorKind;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: StoreErrorKind, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True for a StoreError, also from another copy of the SDK in the same bundle. */
export function isStoreError(thing: unknown): thing is StoreError {
  return thing instanceof Error && thing.name === "StoreError" && "kind" in thing;
}

/** There is no such value: `what` names it, a path as a rule, and is quoted in the message. */
export function notFound(what: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("notFound", `"${what}" was not found`, options);
}

/** The store knows who asks and says no. */
export function denied(message: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("denied", message, options);
}

/** The store does not know who asks: credentials are missing, wrong or expired. */
export function unauthenticated(message: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("unauthenticated", message, options);
}

/** The path or the metadata cannot mean anything to this store. */
export function badRequest(message: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("badRequest", message, options);
}

/** The store cannot be reached or is overloaded; the same request may work later. */
export function unavailable(message: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("unavailable", message, options);
}

/** The store did not answer in time. */
export function timedOut(message: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("timedOut", message, options);
}

/** `put` with `createOnly` found a value that is there. */
export function alreadyExists(what: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("alreadyExists", `"${what}" already exists`, options);
}

/** Anything else. */
export function failed(message: string, options?: StoreErrorOptions): StoreError {
  return new StoreError("failed", message, options);
}
