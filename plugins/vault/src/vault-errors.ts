import {
  badRequest,
  denied,
  failed,
  isStoreError,
  type NetworkHints,
  type StoreError,
  timedOut,
  toNetworkError,
  unauthenticated,
  unavailable,
} from "configmanager/plugin";
import { VaultFailure } from "./server.ts";
import type { VaultSettings } from "./settings.ts";

/** What was done with a path when it failed. */
export type VaultAction = "read" | "written" | "listed";

const capabilities: Readonly<Record<VaultAction, string>> = {
  read: '"read"',
  written: '"create", "update"',
  listed: '"list"',
};

/** What an error means to whoever asked; `lacking` says where a token was looked for, when there was none. */
export function toVaultError(
  error: unknown,
  { path, action }: { readonly path: string; readonly action: VaultAction },
  settings: VaultSettings,
  lacking: string | undefined,
): unknown {
  if (!(error instanceof VaultFailure)) return toReachError(error, settings);
  const { status } = error;
  const said = readErrors(error.text).join("; ");
  // What is said of a request that was written may quote it.
  const because = said === "" || (action === "written" && status === 400) ? `(${status})` : `${said} (${status})`;
  if (lacking !== undefined && (status === 401 || status === 403 || said.includes("missing client token"))) {
    return unauthenticated(`no token for "${settings.host}": ${lacking}`, {
      hint: "set VAULT_TOKEN, or VAULT_AUTH_METHOD and what that login needs",
    });
  }
  if (status === 401 || (status === 403 && /invalid token|bad token|token (?:is )?expired/.test(said))) {
    return unauthenticated(`"${settings.host}" does not know the token: ${because}`, {
      hint: "log in again, or set VAULT_TOKEN to a token that is still valid",
    });
  }
  if (status === 403) {
    return denied(`"${path}" may not be ${action}: ${because}`, {
      hint: `give the token a policy with path "${path}" { capabilities = [${capabilities[action]}] }, and check VAULT_NAMESPACE`,
    });
  }
  if (status === 405) {
    return badRequest(`"${path}" cannot be ${action}: ${because}`, {
      hint: action === "read" ? "name a path that answers to a read" : "name a path of a KV mount",
    });
  }
  return toServerError(error, settings) ?? refused(`"${path}" was refused: ${because}`, error);
}

function refused(message: string, { status, text }: VaultFailure): StoreError {
  if (text.includes("HTTP request to an HTTPS server")) {
    return badRequest(message, { hint: "set VAULT_ADDR to an address that begins with https://" });
  }
  return status === 400 ? badRequest(message) : failed(message);
}

/** The error for a Vault that cannot answer just now; undefined for any other status. */
export function toServerError(
  { status, text, retryAfterMs }: VaultFailure,
  { host }: VaultSettings,
): StoreError | undefined {
  const said = readErrors(text).join("; ");
  if (/is sealed/i.test(said)) {
    return unavailable(`"${host}" is sealed (${status})`, { hint: "ask whoever runs this Vault to unseal it" });
  }
  if (status === 429) {
    return unavailable(`"${host}" has had too many requests (429)`, {
      hint: "try again later, or set VAULT_RATE_LIMIT below the quota of this Vault",
      retryAfterMs,
    });
  }
  if (status === 412 || status >= 500) {
    const because = said === "" ? "" : `: ${said}`;
    return unavailable(`"${host}" cannot answer just now${because} (${status})`, {
      hint: "try again, or look at the health of this Vault",
      retryAfterMs,
    });
  }
  return undefined;
}

/** The error of a Vault that could not be reached; any other is given back. */
export function toReachError(error: unknown, { host, proxyUrl, socketPath }: VaultSettings): unknown {
  if (isStoreError(error)) {
    // Its message does not say who took so long.
    return error.kind === "timedOut" && error.message.startsWith("no answer")
      ? timedOut(`"${host}" gave ${error.message}`, { hint: "try again, or set VAULT_CLIENT_TIMEOUT", cause: error })
      : error;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (socketPath !== undefined && /^(?:ENOENT|EACCES|EPERM|ENOTSOCK)$/.test(code)) {
    return unavailable(`cannot reach "${host}": there is no socket to open (${code})`, {
      hint: "check VAULT_ADDR, and that Vault listens there",
      cause: error,
    });
  }
  return (
    toNetworkError(error, host, proxyUrl === undefined ? hints : { ...hints, proxy: "check VAULT_PROXY_ADDR" }) ?? error
  );
}

/** Vault has variables of its own for most of what can be wrong. */
const hints: NetworkHints = {
  noSuchHost: "check VAULT_ADDR, and that Vault runs there",
  refused: "check VAULT_ADDR, and that Vault runs there",
  untrusted: "set VAULT_CACERT to a file with the CA certificate of this Vault",
  otherName: "check VAULT_ADDR, or set VAULT_TLS_SERVER_NAME to the name in the certificate",
  handshake:
    "check VAULT_ADDR, and set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY if this Vault asks for a client certificate",
};

/** Vault's own texts for an error, each on one line; none when the answer is not one of Vault. */
export function readErrors(text: string): string[] {
  let errors: unknown;
  try {
    ({ errors } = JSON.parse(text) as { errors?: unknown });
  } catch {
    return [];
  }
  if (!Array.isArray(errors)) return [];
  return errors
    .filter((error) => typeof error === "string")
    .flatMap((error) => error.replace(/^\d+ errors? occurred:\s*/, "").split(/\n+\s*\*?\s*|^\*\s*/))
    .map((line) => shorten(line.trim()))
    .filter((line) => line !== "");
}

/** The first words of what may be a whole page. */
export function shorten(text: string, length = 300): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
