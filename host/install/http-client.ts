/**
 * GET for sources of plugins: redirects, time-outs, what statuses mean. One try each; `retrying.ts` tries again. Not for what is
 * done with the bytes. Called by `address-publication.ts`.
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { type Connections, createConnections } from "../../internal/network/connections.ts";
import { findNetworkReason, findProxyError, proxyReason } from "../../internal/network/network-reason.ts";
import { readRetryAfterMs } from "../../internal/network/retry-after.ts";
import { timeoutError } from "../../internal/network/tunnel.ts";
import { sourceTokenVariable } from "../plugin-environment.ts";
import { sourceError } from "./install-errors.ts";
import { nextAddress } from "./redirects.ts";
import { TransientError } from "./retrying.ts";

/** How sources are reached. */
export interface HttpClientOptions {
  /** Proxies, CA certificates and the token come from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a source may say nothing. */
  readonly timeoutMs: number;
}

/** An answer that is being read. */
export interface HttpAnswer {
  /** Every address on the way, the one that answered last. */
  readonly addresses: readonly URL[];
  /** Undefined when the source does not say. */
  readonly size: number | undefined;
  /** To be read to its end or left; throws as `get` rejects, a body that ends too early included. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Gets files of sources. */
export interface HttpClient {
  /**
   * Rejects with CM_INSTALL_SOURCE, wrapped into a TransientError where another try may help, and with the reason of the signal.
   * The token is sent to the host of `url` alone, and never in the clear over a network.
   */
  readonly get: (url: URL, signal: AbortSignal | undefined) => Promise<HttpAnswer>;
  readonly close: () => void;
}

/** A client; to be closed. Throws CM_INSTALL_SOURCE for a proxy or CA file of the environment that cannot be used. */
export function createHttpClient({ env, timeoutMs }: HttpClientOptions): HttpClient {
  const connections = createConnections({
    env,
    connectTimeoutMs: Math.min(timeoutMs, 15_000),
    toError: ({ message, hint }) => sourceError(message, hint),
  });
  const token = env[sourceTokenVariable] || undefined;
  return {
    async get(url, signal) {
      const addresses: URL[] = [url];
      for (;;) {
        const address = addresses.at(-1)!;
        const mayHaveToken = token !== undefined && address.origin === url.origin && isPrivate(address);
        const headers = {
          "accept-encoding": "identity",
          "user-agent": "configmanager",
          ...(mayHaveToken && { authorization: `Bearer ${token}` }),
        };
        const response = await send(address, headers, connections, timeoutMs, signal);
        const next = nextAddress(response, addresses);
        if (next === undefined) {
          checkStatus(response, address, { hasToken: mayHaveToken });
          return { addresses, size: sizeOf(response), body: bodyOf(response, address, timeoutMs, signal) };
        }
        response.destroy();
        addresses.push(next);
      }
    },
    close: () => connections.close(),
  };
}

function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" || /^127(?:\.\d+){3}$|^\[::1\]$/.test(hostname);
}

function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  connections: Connections,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise<IncomingMessage>((resolve, reject) => {
    signal?.throwIfAborted();
    const ask = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = ask(url, { headers, agent: connections.agentFor(url) });
    const abort = (): void => void request.destroy(signal?.reason as Error);
    const timer = setTimeout(() => request.destroy(timeoutError()), timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    request.once("response", (response) => {
      settle();
      // Whoever leaves the body hears of no error any more.
      response.on("error", () => {});
      resolve(response);
    });
    request.on("error", (error) => {
      settle();
      reject(error);
    });
    request.end();
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw toSourceError(error, url);
  });
}

function checkStatus(response: IncomingMessage, url: URL, { hasToken }: { readonly hasToken: boolean }): void {
  const { statusCode: status = 0, headers } = response;
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (status === 200 && /^(identity|x-gzip|gzip)?$/.test(encoding)) return;
  response.destroy();
  const name = addressText(url);
  if (status === 200) {
    throw sourceError(`"${name}" comes in the encoding "${encoding}"`, "have it sent as it is, or with gzip");
  }
  if (status === 404 || status === 410) {
    throw sourceError(`there is no "${name}" (${status})`, "check the address, the name and the version", {
      status: 404,
    });
  }
  if (status === 401 || status === 403) {
    const hint = hasToken
      ? `check that the token of ${sourceTokenVariable} may read it`
      : `set ${sourceTokenVariable} to a token that may read it`;
    throw sourceError(`you may not have "${name}" (${status})`, hint, { status });
  }
  const error = sourceError(`"${name}" answers with status ${status}`, "try again later, or check the address", {
    status,
  });
  if (status < 500 && status !== 429 && status !== 408) throw error;
  throw new TransientError(error, readRetryAfterMs(headers));
}

function sizeOf({ headers }: IncomingMessage): number | undefined {
  if (/gzip/.test(headers["content-encoding"] ?? "")) return undefined;
  const text = headers["content-length"];
  return text === undefined ? undefined : Number(text);
}

async function* bodyOf(
  response: IncomingMessage,
  url: URL,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const abort = (): void => void response.destroy(signal?.reason as Error);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    const sent = sentBytes(response, timeoutMs);
    if (!/gzip/.test(response.headers["content-encoding"] ?? "")) return yield* sent;
    const unpacked: AsyncIterable<Uint8Array> = pipeline(Readable.from(sent), createGunzip(), () => {});
    yield* unpacked;
  } catch (error) {
    signal?.throwIfAborted();
    throw toSourceError(error, url);
  } finally {
    signal?.removeEventListener("abort", abort);
    response.destroy();
  }
}

/** As they come over the network, each within the time; a body that is shorter than was said is an error. */
async function* sentBytes(response: IncomingMessage, timeoutMs: number): AsyncGenerator<Uint8Array> {
  const length = response.headers["content-length"];
  const chunks = (response as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  let received = 0;
  for (;;) {
    const timer = setTimeout(() => response.destroy(timeoutError()), timeoutMs);
    const chunk = await chunks.next().finally(() => clearTimeout(timer));
    if (chunk.done === true) break;
    received += chunk.value.length;
    yield chunk.value;
  }
  if (length !== undefined && received !== Number(length)) throw new EarlyEnd(received, Number(length));
}

class EarlyEnd extends Error {
  readonly received: number;
  readonly expected: number;
  constructor(received: number, expected: number) {
    super("the body is not as long as was said");
    this.received = received;
    this.expected = expected;
  }
}

function toSourceError(error: unknown, url: URL): unknown {
  if (error instanceof ConfigManagerError || error instanceof TransientError) return error;
  const name = addressText(url);
  if (error instanceof EarlyEnd) {
    const { received, expected } = error;
    const text = `"${name}" ended after ${received} of ${expected} bytes`;
    return new TransientError(sourceError(text, "try again; check the proxy and the server"));
  }
  const proxyError = findProxyError(error);
  if (proxyError !== undefined) {
    const { text, hint } = proxyReason(proxyError, url.host);
    const message = `cannot reach "${url.host}" through the proxy "${proxyError.proxy}": ${text}`;
    const refused = sourceError(message, hint, { cause: error });
    const isFinal = proxyError.status !== undefined && proxyError.status < 500;
    return isFinal ? refused : new TransientError(refused);
  }
  const found = findNetworkReason(error);
  if (found === undefined) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    // What gunzip says of bytes that are no gzip, among others.
    return sourceError(`"${name}" cannot be read (${code})`, "check the address and what answers there", {
      cause: error,
    });
  }
  const { reason, code } = found;
  const made = sourceError(`cannot get "${name}": ${reason.text} (${code})`, reason.hint, { cause: error });
  return reason.transient ? new TransientError(made) : made;
}

/** An address for people: what may be signed with a secret, its query, left out. */
export function addressText({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
