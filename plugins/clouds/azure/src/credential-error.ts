import {
  isStoreError,
  isTransientNetworkError,
  readRetryAfterMs,
  type StoreError,
  timedOut,
  toNetworkError,
  unauthenticated,
  unavailable,
} from "configmanager/plugin";
import type { FailedExchange } from "./http-client.ts";
import { describeAttempts } from "./credential-attempts.ts";
import { withVerdict } from "./verdicts.ts";

/** What is known about a token that could not be had. */
export interface CredentialContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The exchanges that failed on the way, in order. */
  readonly failures: readonly FailedExchange[];
}

/**
 * Why there is no token: `unavailable` or `timedOut` when the network or the login service is to blame, else
 * `unauthenticated` with what was tried.
 */
export function toCredentialError(error: unknown, context: CredentialContext): StoreError {
  if (isStoreError(error)) return error;
  const blamed = context.failures.findLast((failure) => isToBlame(failure));
  const outage = blamed === undefined ? undefined : toOutage(blamed);
  if (outage !== undefined) return outage;
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Invalid value for AZURE_TOKEN_CREDENTIALS")) {
    return unauthenticated(
      `AZURE_TOKEN_CREDENTIALS is "${context.env["AZURE_TOKEN_CREDENTIALS"] ?? ""}", which names no credential`,
      {
        hint: "set it to prod, dev or the name of a credential such as AzureCliCredential, or unset it",
      },
    );
  }
  const attempts = describeAttempts(error, context.env);
  return unauthenticated(`no Azure credential gave a token: ${attempts}`, {
    hint: attempts.includes("AADSTS")
      ? "check AZURE_TENANT_ID, AZURE_CLIENT_ID and the secret, certificate or file that goes with them"
      : "run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
    cause: error,
  });
}

/** Where virtual machines ask for a token; that nobody answers there is normal elsewhere. */
const machineIdentityHost = "169.254.169.254";

function isToBlame({ host, status }: FailedExchange): boolean {
  return host !== machineIdentityHost || status !== undefined;
}

function toOutage({ host, status, headers, error }: FailedExchange): StoreError | undefined {
  if (status === undefined) {
    if (error instanceof Error && error.name === "TimeoutError") {
      return withVerdict(timedOut(`no token from "${host}" in time`, { hint: "try again", cause: error }), "transient");
    }
    const unreachable = toNetworkError(error, host);
    if (unreachable === undefined) return undefined;
    return withVerdict(unreachable, isTransientNetworkError(error) ? "transient" : "final");
  }
  // 404 and 410 are the machine's way of saying that its identity is not ready yet; any other status may be a proxy's.
  const isUnready = host === machineIdentityHost && (status === 404 || status === 410);
  if (host === machineIdentityHost && !isUnready && status !== 429 && status !== 500) return undefined;
  if (status !== 429 && status < 500 && !isUnready) return undefined;
  const retryAfterMs = headers === undefined ? undefined : readRetryAfterMs(headers);
  const retry = status === 429 || status === 503 || isUnready ? "throttled" : "transient";
  return withVerdict(
    unavailable(`"${host}" gives no token now (${status})`, { hint: "try again later", retryAfterMs }),
    { retry, afterMs: retryAfterMs ?? (isUnready ? 800 : undefined) },
  );
}
