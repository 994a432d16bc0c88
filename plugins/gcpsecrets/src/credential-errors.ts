import {
  denied,
  isStoreError,
  isTransientNetworkError,
  readRetryAfterMs,
  type ResponseHeaders,
  type StoreError,
  toNetworkError,
  unauthenticated,
  unavailable,
} from "configmanager/plugin";
import { Failure } from "./failure.ts";

/** Why credentials that are there cannot be used. Quotes of the reason only what is known to hold nothing of them. */
export function toUnusableError(error: unknown, source: string): StoreError {
  const message = error instanceof Error ? error.message : "";
  const missing = /does not contain an? "?([a-z_]+)"? field/.exec(message)?.[1];
  if (missing !== undefined) {
    return unauthenticated(`${source} holds no credentials: the field "${missing}" is missing`, { hint: newKey });
  }
  if (message.includes(allowExecutables)) {
    return unauthenticated(`${source} names a program to run, which is not allowed`, {
      hint: `set ${allowExecutables} to 1 if you trust it`,
    });
  }
  return unauthenticated(`the credentials of ${source} cannot be used`, { hint: newKey });
}

/** Why no token could be had with the credentials of `source`. */
export function toTokenFailure(error: unknown, source: string): Failure {
  if (error instanceof Failure) return error;
  if (isStoreError(error)) return new Failure(error, "final");
  const { host, response } = exchangeOf(error);
  if (response === undefined) {
    const network = toNetworkError(error, host ?? source);
    if (network === undefined) return new Failure(toUnusableError(error, source), "final");
    return new Failure(network, isTransientNetworkError(error) ? "transient" : "final");
  }
  const { status, headers } = response;
  const code = errorCodeOf(response.data);
  const answer = `"${host}" gave no token for ${source} (${status}${code === undefined ? "" : ` ${code}`})`;
  if (status === 429 || status >= 500) {
    const afterMs = readRetryAfterMs(headers);
    const retry = status === 429 ? "throttled" : "transient";
    return new Failure(unavailable(answer, { hint: "try again later", retryAfterMs: afterMs }), { retry, afterMs });
  }
  if (status === 403 && host?.startsWith("iamcredentials.") === true) {
    const hint = "grant roles/iam.serviceAccountTokenCreator on the service account that is impersonated";
    return new Failure(denied(answer, { hint }), "final");
  }
  return new Failure(unauthenticated(answer, { hint: hintFor(code, source) }), "final");
}

const newKey = "make a new key of the service account, or run gcloud auth application-default login";
const allowExecutables = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";

function hintFor(code: string | undefined, source: string): string {
  if (source === "the metadata server") return "give the machine or workload a service account";
  if (code === "invalid_grant" || code === "invalid_rapt") return "run gcloud auth application-default login again";
  return "check that the credentials are still valid, and their audience";
}

interface Exchange {
  readonly host: string | undefined;
  readonly response: { readonly status: number; readonly headers: ResponseHeaders; readonly data: unknown } | undefined;
}

/** Of an error of the library's, which it may have rewritten or wrapped. */
function exchangeOf(error: unknown): Exchange {
  if (!(error instanceof Error)) return { host: undefined, response: undefined };
  const { config, response } = error as {
    config?: { url?: URL | string };
    response?: NonNullable<Exchange["response"]>;
  };
  const url = String(config?.url);
  return { host: URL.canParse(url) ? new URL(url).host : undefined, response };
}

/** `invalid_grant`, `PERMISSION_DENIED`: never the description, which may repeat what was sent. */
function errorCodeOf(data: unknown): string | undefined {
  const { error } = (typeof data === "object" && data !== null ? data : {}) as { error?: unknown };
  const code: unknown = typeof error === "object" && error !== null && "status" in error ? error.status : error;
  return typeof code === "string" && /^[A-Za-z_]{1,64}$/.test(code) ? code : undefined;
}
