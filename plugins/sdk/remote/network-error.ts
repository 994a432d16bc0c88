import { type StoreError, timedOut, unavailable } from "../errors.ts";
import { findNetworkReason, findProxyError, proxyReason } from "../../../internal/network/network-reason.ts";
import type { ProxyError } from "../../../internal/network/tunnel.ts";

export { isTransientNetworkError } from "../../../internal/network/network-reason.ts";

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
  const proxyError = findProxyError(error);
  if (proxyError !== undefined) return throughProxy(proxyError, host, hints);
  const found = findNetworkReason(error);
  if (found === undefined) return undefined;
  const { reason, code } = found;
  const make = reason.late === true ? timedOut : unavailable;
  const hint = (reason.asks === undefined ? undefined : hints[reason.asks]) ?? reason.hint;
  return make(`cannot reach "${host}": ${reason.text} (${code})`, { hint, cause: error });
}

/**
 * True for an error of the network that comes before anything of a request is sent, so that the request has done nothing:
 * a name that is not known, a connection that was refused, a certificate that is not trusted, a proxy without a way.
 */
export function isBeforeSending(error: unknown): boolean {
  if (findProxyError(error) !== undefined) return true;
  return findNetworkReason(error)?.reason.early ?? false;
}

function throughProxy(proxyError: ProxyError, host: string, hints: NetworkHints): StoreError {
  const target = `cannot reach "${host}" through the proxy "${proxyError.proxy}"`;
  const { text, hint } = proxyReason(proxyError, host, hints.noSuchHost);
  return unavailable(`${target}: ${text}`, { hint: hints.proxy ?? hint });
}
