import { type StoreError, timedOut, unavailable } from "../errors.ts";
import { ProxyError } from "./tunnel.ts";

/** What the user of a particular store can do; where one is not given, the hint is a general one. */
export interface NetworkHints {
  /** The host has no such name, or a proxy found none. */
  readonly noSuchHost?: string | undefined;
  /** Nobody listens there. */
  readonly refused?: string | undefined;
  /** The certificate is not of an authority that is trusted. */
  readonly untrusted?: string | undefined;
  /** The certificate is for another name. */
  readonly otherName?: string | undefined;
  /** The host broke the handshake off, as one does that asks for a client certificate. */
  readonly handshake?: string | undefined;
  /** The proxy cannot be reached, or says no. */
  readonly proxy?: string | undefined;
}

/**
 * What an error of the network means: `unavailable` or `timedOut`, with the host that could not be reached, why, and what
 * to do. Undefined when neither the error nor one of its causes is the network's. `host` is what the store was about to
 * reach, for errors that do not say it.
 */
export function toNetworkError(error: unknown, host: string, hints: NetworkHints = {}): StoreError | undefined {
  const proxyError = findCause(error, (cause) => cause instanceof ProxyError) as ProxyError | undefined;
  if (proxyError !== undefined) return throughProxy(proxyError, host, hints);
  const found = findReason(error);
  if (found === undefined) return undefined;
  const { reason, code } = found;
  const make = reason.late === true ? timedOut : unavailable;
  const hint = (reason.asks === undefined ? undefined : hints[reason.asks]) ?? reason.hint;
  return make(`cannot reach "${host}": ${reason.text} (${code})`, { hint, cause: error });
}

/**
 * True for an error of the network after which another try may well succeed: a connection that was refused, reset or too
 * late, a name server that did not answer, a proxy that failed. False for a name that does not exist, a certificate that
 * is not trusted, and a proxy that said no.
 */
export function isTransientNetworkError(error: unknown): boolean {
  const proxyError = findCause(error, (cause) => cause instanceof ProxyError) as ProxyError | undefined;
  if (proxyError?.status !== undefined) return proxyError.status >= 500;
  return findReason(error)?.reason.transient ?? false;
}

/**
 * True for an error of the network that comes before anything of a request is sent, so that the request has done nothing:
 * a name that is not known, a connection that was refused, a certificate that is not trusted, a proxy without a way.
 */
export function isBeforeSending(error: unknown): boolean {
  if (findCause(error, (cause) => cause instanceof ProxyError) !== undefined) return true;
  return findReason(error)?.reason.early ?? false;
}

interface Reason {
  readonly text: string;
  readonly hint: string;
  readonly transient: boolean;
  readonly late?: boolean;
  /** Nothing has been sent; not said of what may end a connection that is in use, too. */
  readonly early?: boolean;
  /** Whose hint goes before the general one. */
  readonly asks?: keyof NetworkHints;
}

const checkNetwork = "check the network, the firewall and HTTPS_PROXY, then try again";
const checkTrust = "set NODE_EXTRA_CA_CERTS to a file with the CA certificate of your network";
const noRoute: Reason = { text: "there is no route to it", hint: checkNetwork, transient: true };
const late: Reason = { text: "it did not answer in time", hint: checkNetwork, transient: true, late: true };
const reset: Reason = { text: "the connection was reset", hint: checkNetwork, transient: true };
const untrusted: Reason = {
  text: "its certificate is not trusted",
  hint: checkTrust,
  transient: false,
  early: true,
  asks: "untrusted",
};
const notHttp: Reason = {
  text: "it does not answer in HTTP",
  hint: "check the address, its scheme and its port",
  transient: false,
};
const noTls: Reason = {
  text: "TLS could not be agreed on",
  hint: "check that the address and port speak TLS, and which versions",
  transient: false,
  asks: "handshake",
};

/** By the codes of libuv, of OpenSSL as Node names them, and of Node. */
const reasons: ReadonlyMap<string, Reason> = new Map([
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

function findReason(error: unknown): { readonly reason: Reason; readonly code: string } | undefined {
  const cause = findCause(error, (candidate) => reasonOf(codeOf(candidate)) !== undefined);
  const code = codeOf(cause);
  const reason = reasonOf(code);
  return reason === undefined || code === undefined ? undefined : { reason, code };
}

function reasonOf(code: string | undefined): Reason | undefined {
  if (code === undefined) return undefined;
  return reasons.get(code) ?? (code.startsWith("HPE_") ? notHttp : code.startsWith("ERR_SSL_") ? noTls : undefined);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Looks along the causes, and into the several errors of a host with several addresses. */
function findCause(error: unknown, isIt: (cause: unknown) => boolean, depth = 0): unknown {
  if (depth > 8 || !(error instanceof Error)) return undefined;
  if (isIt(error)) return error;
  for (const next of [error.cause, ...(error instanceof AggregateError ? error.errors : [])]) {
    const found = findCause(next, isIt, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function throughProxy({ proxy, status, cause }: ProxyError, host: string, hints: NetworkHints): StoreError {
  const target = `cannot reach "${host}" through the proxy "${proxy}"`;
  const { text, hint } = proxyReason(status, cause, host, hints);
  return unavailable(`${target}: ${text}`, { hint: hints.proxy ?? hint });
}

function proxyReason(
  status: number | undefined,
  cause: unknown,
  host: string,
  { noSuchHost }: NetworkHints,
): { readonly text: string; readonly hint: string } {
  if (status === undefined) {
    const found = findReason(cause);
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
