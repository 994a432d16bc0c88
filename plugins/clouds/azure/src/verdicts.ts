import {
  isBeforeSending,
  isStoreError,
  isTransientNetworkError,
  type StoreError,
  type Verdict,
} from "configmanager/plugin";
import { readFailure } from "./failure.ts";

const verdicts = new WeakMap<object, Verdict>();

/** Notes on an error whether it may go away. */
export function withVerdict(error: StoreError, verdict: Verdict): StoreError {
  verdicts.set(error, verdict);
  return error;
}

/**
 * For `createCalls`: whether an error of an official client or credential may go away. Throttled by 429 and 503, with
 * the delay that the service asks for; transient by 408, 500, 502, 504 and the network.
 */
export function judgeAzureError(error: unknown): Verdict {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const noted = verdicts.get(cause);
    if (noted !== undefined) return noted;
    if (isStoreError(cause)) return "final";
  }
  const failure = readFailure(error);
  if (failure === undefined) return isTransientNetworkError(error) ? "transient" : "final";
  const { status, retryAfterMs: afterMs } = failure;
  if (status === 429 || status === 503) return { retry: "throttled", afterMs };
  if (status === 408 || status === 500 || status === 502 || status === 504) return { retry: "transient", afterMs };
  return "final";
}

/** Whether an error of an official client or credential proves that the service has changed nothing: it refused, or nothing was sent to it. */
export function provesNothingDone(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    // Errors of the store's own are those of the credential, which comes before the request.
    if (isStoreError(cause)) return true;
  }
  const status = readFailure(error)?.status;
  return status === undefined ? isBeforeSending(error) : status < 500 && status !== 408;
}
