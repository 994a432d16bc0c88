import {
  isBeforeSending,
  isTransientNetworkError,
  isStoreError,
  readRetryAfterMs,
  type Verdict,
} from "configmanager/plugin";

/** What a service of AWS said when it refused a request. */
export interface AwsServiceError {
  /** As `AccessDeniedException`. */
  readonly code: string;
  /** Empty when it gave none. Error texts of AWS hold names and reasons, not values. */
  readonly text: string;
  readonly requestId: string | undefined;
  /** The HTTP status. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The service's refusal in an error of an AWS client; undefined for any other error, an answer that cannot be read included. */
export function readAwsError(error: unknown): AwsServiceError | undefined {
  if (!(error instanceof Error) || !("$fault" in error) || !("$metadata" in error)) return undefined;
  const { httpStatusCode, requestId } = error.$metadata as { httpStatusCode?: number; requestId?: string };
  return {
    code: error.name,
    // The SDK's own words for a body without any.
    text: error.message === "UnknownError" ? "" : error.message.trim(),
    requestId,
    status: httpStatusCode,
    retryAfterMs: retryAfterOf(error),
  };
}

/** Whether another try may help against an error of an AWS client. */
export function judgeAwsError(error: unknown): Verdict {
  if (isStoreError(error)) return "final";
  const refusal = readAwsError(error);
  if (refusal === undefined) {
    return isTransientNetworkError(error) || isUnreadable(error) ? "transient" : "final";
  }
  return judgeRefusal(refusal);
}

/** Whether another try may help against a refusal. */
export function judgeRefusal(refusal: AwsServiceError): Verdict {
  const { code, status = 0, retryAfterMs } = refusal;
  if (isThrottling(refusal) || code === concurrentUpdate) return { retry: "throttled", afterMs: retryAfterMs };
  if (status >= 500 || transientCodes.has(code)) return { retry: "transient", afterMs: retryAfterMs };
  return "final";
}

/** Whether an error of an AWS client proves that the service has changed nothing: it refused, or nothing was sent to it. */
export function provesNothingDone(error: unknown): boolean {
  const refusal = readAwsError(error);
  // Errors of the store's own are those of the credentials, and of what it finds wrong itself.
  if (refusal === undefined) return isStoreError(error) || isBeforeSending(error);
  return (refusal.status ?? 0) < 500 && !transientCodes.has(refusal.code);
}

/** Whether it is the service that is overloaded. */
export function isThrottling({ code, status }: AwsServiceError): boolean {
  return throttlingCodes.has(code) || status === 429;
}

/** Whether the credentials have ended. */
export function isExpiredToken(error: unknown): boolean {
  return expiredCodes.has(readAwsError(error)?.code ?? "");
}

/** Whether the clock of this machine was the reason, and the client knows the right time by now. */
export function isCorrectedClockSkew(error: unknown): boolean {
  const refusal = readAwsError(error);
  if (refusal === undefined || !isClockSkew(refusal)) return false;
  return (error as { $metadata: { clockSkewCorrected?: boolean } }).$metadata.clockSkewCorrected === true;
}

/** Whether the clock of this machine may be the reason. */
export function isClockSkew({ code, text }: AwsServiceError): boolean {
  // Bad signatures have the first two codes as well.
  if (code === "InvalidSignatureException" || code === "SignatureDoesNotMatch")
    return /expired|not yet current/i.test(text);
  return clockCodes.has(code);
}

/** Whether an answer came that is not what the service sends: cut off, or of somebody in between. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && "$response" in error && !("$fault" in error);
}

/** Somebody else was writing just then. */
const concurrentUpdate = "TooManyUpdates";
const throttlingCodes = new Set([
  "BandwidthLimitExceeded",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);
const transientCodes = new Set([
  "RequestTimeout",
  "RequestTimeoutException",
  "InternalServiceError",
  "InternalServerError",
]);
const expiredCodes = new Set(["ExpiredToken", "ExpiredTokenException"]);
const clockCodes = new Set(["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]);

function retryAfterOf(error: Error): number | undefined {
  const { headers } = ("$response" in error ? (error.$response as { headers?: Record<string, string> }) : {}) ?? {};
  if (headers === undefined) return undefined;
  const afterMs = headers["x-amz-retry-after"];
  return readRetryAfterMs(afterMs === undefined ? headers : { "retry-after-ms": afterMs });
}
