import { failed, isStoreError, StoreError } from "./errors.ts";

/**
 * The sentences by which the Go stores of configmanager v3 mark their errors, for stores that are ported from there
 * and whose users search logs for them.
 */
export const goErrorTexts = {
  retrieval: "failed to retrieve config item",
  clientInitialization: "failed to initialize the client",
  emptyResponse: "value retrieved but empty for token",
  serviceCall: "failed to complete the service call",
} as const;

/** The client of the store could not be made. The kind of a StoreError that caused it is kept. */
export function clientInitializationFailed(cause: unknown): StoreError {
  return marked(goErrorTexts.clientInitialization, cause);
}

/** The store was asked and failed. The kind of a StoreError that caused it is kept. */
export function serviceCallFailed(cause: unknown): StoreError {
  return marked(goErrorTexts.serviceCall, cause);
}

/** The value could not be had, for whatever reason. The kind of a StoreError that caused it is kept. */
export function retrievalFailed(cause: unknown): StoreError {
  return marked(goErrorTexts.retrieval, cause);
}

/** Says that a successful answer of the store held no value, where an empty one is an error for this store. */
export function emptyResponse(path: string): StoreError {
  return failed(`${goErrorTexts.emptyResponse} "${path}"`);
}

function marked(text: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = reason === "" ? text : `${text}: ${reason}`;
  if (!isStoreError(cause)) return failed(message, { cause });
  const { kind, hint, retryAfterMs } = cause;
  return new StoreError(kind, message, { hint, retryAfterMs, cause });
}
