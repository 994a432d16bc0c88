/** What the errors of sockets, TLS and HTTP mean for whoever wanted to reach a host. Each caller makes an error of its own of it. */
import { ProxyError } from "./tunnel.ts";

/** What an error of the network means. */
export interface NetworkReason {
  /** As a clause. */
  readonly text: string;
  /** What anybody can do, in the imperative. */
  readonly hint: string;
  /** Another try may well succeed. */
  readonly transient: boolean;
  /** It came too late. */
  readonly late?: boolean;
  /** Nothing has been sent; not said of what may end a connection that is in use, too. */
  readonly early?: boolean;
  /** For kinds that somebody may know more about. */
  readonly asks?: NetworkFault;
}

/** Kinds of faults that whoever knows the service may have a better hint for. */
export type NetworkFault = "noSuchHost" | "refused" | "untrusted" | "otherName" | "handshake";

const checkNetwork = "check the network, the firewall and HTTPS_PROXY, then try again";
const checkTrust = "set NODE_EXTRA_CA_CERTS to a file with the CA certificate of your network";
const noRoute: NetworkReason = { text: "there is no route to it", hint: checkNetwork, transient: true };
const late: NetworkReason = { text: "it did not answer in time", hint: checkNetwork, transient: true, late: true };
const reset: NetworkReason = { text: "the connection was reset", hint: checkNetwork, transient: true };
const untrusted: NetworkReason = {
  text: "its certificate is not trusted",
  hint: checkTrust,
  transient: false,
  early: true,
  asks: "untrusted",
};
const notHttp: NetworkReason = {
  text: "it does not answer in HTTP",
  hint: "check the address, its scheme and its port",
  transient: false,
};
const noTls: NetworkReason = {
  text: "TLS could not be agreed on",
  hint: "check that the address and port speak TLS, and which versions",
  transient: false,
  asks: "handshake",
};

/** By the codes of libuv, of OpenSSL as Node names them, and of Node. */
const reasons: ReadonlyMap<string, NetworkReason> = new Map([
  [
    "ECONNREFUSED",
    { text: "the connection was refused", hint: checkNetwork, transient: true, early: true, asks: "refused" },
  ],
  [
    "ENOTFOUND",
    {
      text: "there is no such host name",
      hint: "check the spelling of the name, and the name server",
      transient: false,
      early: true,
      asks: "noSuchHost",
    },
  ],
  [
    "EAI_AGAIN",
    {
      text: "the name server does not answer",
      hint: "check the network and the name server",
      transient: true,
      early: true,
    },
  ],
  ["EHOSTUNREACH", noRoute],
  ["ENETUNREACH", noRoute],
  ["EHOSTDOWN", noRoute],
  ["ENETDOWN", noRoute],
  ["EADDRNOTAVAIL", noRoute],
  ["ETIMEDOUT", late],
  ["ESOCKETTIMEDOUT", late],
  ["ECONNRESET", reset],
  ["ECONNABORTED", reset],
  ["EPIPE", reset],
  ["ERR_STREAM_PREMATURE_CLOSE", reset],
  // What bun says of a connection that was closed before TLS was there.
  ["ERR_SOCKET_CLOSED", reset],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", untrusted],
  ["SELF_SIGNED_CERT_IN_CHAIN", untrusted],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", untrusted],
  ["UNABLE_TO_GET_ISSUER_CERT", untrusted],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", untrusted],
  ["CERT_UNTRUSTED", untrusted],
  ["CERT_REVOKED", untrusted],
  ["INVALID_CA", untrusted],
  // An authority of the same name and another key.
  ["CERT_SIGNATURE_FAILURE", untrusted],
  ["CERT_CHAIN_TOO_LONG", untrusted],
  ["INVALID_PURPOSE", untrusted],
  ["CERT_REJECTED", untrusted],
  [
    "CERT_HAS_EXPIRED",
    { text: "its certificate has expired", hint: "check the clock of this machine", transient: false, early: true },
  ],
  [
    "CERT_NOT_YET_VALID",
    {
      text: "its certificate is not valid yet",
      hint: "check the clock of this machine",
      transient: false,
      early: true,
    },
  ],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    {
      text: "its certificate is for another name",
      hint: "check the spelling of the name, and what stands between you and the host",
      transient: false,
      early: true,
      asks: "otherName",
    },
  ],
  ["EPROTO", noTls],
  ["ERR_TLS_HANDSHAKE_TIMEOUT", late],
]);

/** The reason behind an error or one of its causes, and its code; undefined when none is the network's. */
export function findNetworkReason(
  error: unknown,
): { readonly reason: NetworkReason; readonly code: string } | undefined {
  const cause = findCause(error, (candidate) => reasonOf(codeOf(candidate)) !== undefined);
  const code = codeOf(cause);
  const reason = reasonOf(code);
  return reason === undefined || code === undefined ? undefined : { reason, code };
}

function reasonOf(code: string | undefined): NetworkReason | undefined {
  if (code === undefined) return undefined;
  return reasons.get(code) ?? (code.startsWith("HPE_") ? notHttp : code.startsWith("ERR_SSL_") ? noTls : undefined);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The first of an error and its causes for which that holds, also among the several errors of a host with several addresses. */
function findCause(error: unknown, isIt: (cause: unknown) => boolean, depth = 0): unknown {
  if (depth > 8 || !(error instanceof Error)) return undefined;
  if (isIt(error)) return error;
  for (const next of [error.cause, ...(error instanceof AggregateError ? error.errors : [])]) {
    const found = findCause(next, isIt, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The failure of a proxy behind an error. */
export function findProxyError(error: unknown): ProxyError | undefined {
  return findCause(error, (cause) => cause instanceof ProxyError) as ProxyError | undefined;
}

/**
 * True for an error of the network after which another try may well succeed: a connection that was refused, reset or too
 * late, a name server that did not answer, a proxy that failed. False for a name that does not exist, a certificate that
 * is not trusted, and a proxy that said no.
 */
export function isTransientNetworkError(error: unknown): boolean {
  const proxyError = findProxyError(error);
  if (proxyError?.status !== undefined) return proxyError.status >= 500;
  return findNetworkReason(error)?.reason.transient ?? false;
}

/** Why a proxy is no way to a host. `noSuchHost`: a hint of whoever knows the host's name. */
export function proxyReason(
  { status, cause }: ProxyError,
  host: string,
  noSuchHost?: string,
): { readonly text: string; readonly hint: string } {
  if (status === undefined) {
    const found = findNetworkReason(cause);
    const text = found === undefined ? "it cannot be reached" : `${found.reason.text} (${found.code})`;
    return { text, hint: "check HTTPS_PROXY and that the proxy runs" };
  }
  if (status === 407) {
    return { text: "it wants credentials (407)", hint: "write HTTPS_PROXY as http://user:password@host:port" };
  }
  const text = `it refused the connection (${status})`;
  // What a proxy says that finds no such name, or no way to it.
  if (noSuchHost !== undefined && status >= 502 && status <= 504) {
    return { text, hint: `${noSuchHost}, and that the proxy can reach it` };
  }
  return { text, hint: `ask for "${host}" to be allowed in the proxy, or name it in NO_PROXY` };
}
