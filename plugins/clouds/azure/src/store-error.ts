import { isStoreError, quotesValue, StoreError, timedOut, toNetworkError, unavailable } from "configmanager/plugin";
import { type AzureFailure, readFailure } from "./failure.ts";

/** What was asked for, for people. */
export interface AzureSubject {
  /** The host of the service. */
  readonly host: string;
  /** The value, with its name quoted: `secret "db-password" of vault "shop"`. */
  readonly what: string;
  /** What is needed for it: `the role "Key Vault Secrets User" on vault "shop"`. */
  readonly permission: string;
  /** What was to be done with it; `read` unless set. */
  readonly action?: "read" | "written" | "listed" | undefined;
  /** The value that was sent: an answer that quotes it is not shown. */
  readonly sent?: Uint8Array | undefined;
}

/**
 * What an error of an official client or credential means to whoever asked: `notFound`, `denied`, `unauthenticated`,
 * `badRequest`, `unavailable` or `timedOut` (throttling, the network, the service itself), else `failed`. Says status,
 * code and request id of the service.
 */
export function toAzureStoreError(error: unknown, subject: AzureSubject): StoreError {
  const { host, what, action = "read" } = subject;
  const known = findStoreError(error);
  if (known !== undefined) return nameHost(known, host);
  const failure = readFailure(error);
  if (failure !== undefined) return fromFailure(failure, subject);
  const network = toNetworkError(error, host, { noSuchHost: `check the spelling of "${host.split(".")[0] ?? host}"` });
  if (network !== undefined) return network;
  // Not in the words of the client, which quotes an answer that it cannot read: that may be the value.
  const name = error instanceof Error ? error.name : typeof error;
  return new StoreError(
    "failed",
    `${what} could not be ${action}: "${host}" answered what the client does not understand (${name})`,
    {
      hint: "check that nothing between you and the host answers in its stead",
    },
  );
}

function findStoreError(error: unknown): StoreError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (isStoreError(cause)) return cause;
  }
  return undefined;
}

/** The time-out of a try does not know who was asked. */
function nameHost(error: StoreError, host: string): StoreError {
  if (error.kind !== "timedOut" || error.message.includes('"')) return error;
  return timedOut(`${error.message} from "${host}"`, { hint: error.hint, cause: error });
}

function fromFailure(failure: AzureFailure, subject: AzureSubject): StoreError {
  const { host, what, permission, action = "read", sent } = subject;
  const { status, retryAfterMs, text } = failure;
  const facts = factsOf(failure);
  const said = text === undefined || (sent !== undefined && quotesValue(text, sent)) ? "" : `: ${text}`;
  switch (status) {
    case 404:
      return new StoreError("notFound", `${what} was not found (${facts})`);
    case 403:
      return new StoreError("denied", `${what} may not be ${action} (${facts})${said}`, {
        hint: denialHint(failure, permission, host),
      });
    case 401:
      return new StoreError("unauthenticated", `"${host}" does not accept the token (${facts})${said}`, {
        hint: "check the tenant of the credential, and the clock of this machine",
      });
    case 400:
      return new StoreError("badRequest", `${what} cannot be ${action} (${facts})${said}`);
    case 408:
    case 504:
      return timedOut(`"${host}" did not answer in time (${facts})`, { hint: "try again later" });
    case 429:
      return unavailable(`"${host}" is asked too often (${facts})`, {
        hint: "try again later, or ask for less at once",
        retryAfterMs,
      });
    default:
      if (status >= 500)
        return unavailable(`"${host}" is out of order (${facts})`, { hint: "try again later", retryAfterMs });
      return new StoreError("failed", `${what} could not be ${action} (${facts})${said}`);
  }
}

function factsOf({ status, code, outerCode, requestId }: AzureFailure): string {
  const codes = outerCode === code ? code : `${outerCode}, ${code}`;
  return [
    codes === undefined ? String(status) : `${status} ${codes}`,
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
  ].join(", ");
}

function denialHint({ code, text = "" }: AzureFailure, permission: string, host: string): string {
  if (code === "SecretDisabled" || /disabled secret/i.test(text))
    return "enable the secret, or name a version that is enabled";
  const fenced = /Firewall|ByConnection|IPAddress|VirtualNetwork|AuthorizationFailure|PublicAccess/i;
  if (
    fenced.test(code ?? "") ||
    /client address is not authorized|firewall|private link|public network access/i.test(text)
  ) {
    return `let this machine's address through the firewall of "${host}", or ask from its network`;
  }
  return `grant ${permission}`;
}
