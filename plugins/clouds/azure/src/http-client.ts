import { AsyncLocalStorage } from "node:async_hooks";
import type { HttpClient, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { type Connections, sendRequest } from "configmanager/plugin";

/** How an exchange ended that did not end well: with a status, or with an error of the network. */
export interface FailedExchange {
  readonly host: string;
  /** The path of the URL, without the query. */
  readonly path: string;
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>> | undefined;
  readonly error?: unknown;
}

const recorders = new AsyncLocalStorage<FailedExchange[]>();

/**
 * Does some work of an official client, and notes which of its exchanges failed, in order: the errors that clients and
 * credentials make of them no longer tell which host it was, or why.
 */
export async function recordFailures<T>(failures: FailedExchange[], work: () => Promise<T>): Promise<T> {
  return recorders.run(failures, work);
}

/**
 * What the official clients send their requests with, instead of their own: one set of connections, with the proxies and
 * authorities of the environment. Errors of the network stay as they are, so that they can be told apart.
 */
export function createHttpClient(connections: Connections, timeoutMs = 0): HttpClient {
  return {
    async sendRequest(request) {
      const { hostname: host, pathname: path } = new URL(request.url);
      try {
        const response = await exchange(request, connections, timeoutMs);
        if (response.status >= 400) {
          recorders.getStore()?.push({ host, path, status: response.status, headers: response.headers.toJSON() });
        }
        return response;
      } catch (error) {
        recorders.getStore()?.push({ host, path, error });
        throw error;
      }
    },
  };
}

async function exchange(
  request: PipelineRequest,
  connections: Connections,
  timeoutMs: number,
): Promise<PipelineResponse> {
  // Loaded long before, by the client that sends the request; a static import would load it before the handshake.
  const { createHttpHeaders } = await import("./official.ts");
  const { url, method, body, headers, timeout, abortSignal } = request;
  if (url.startsWith("http:") && request.allowInsecureConnection !== true) {
    throw new Error(`"${new URL(url).host}" is not to be reached without TLS`);
  }
  // Answers are small, and nobody here unpacks them.
  const { "accept-encoding": _, ...sent } = headers.toJSON();
  const response = await sendRequest({
    url,
    method,
    headers: sent,
    body: body === null || body === undefined ? undefined : toBytes(body),
    connections,
    signal: signalOf(abortSignal, timeout > 0 ? timeout : timeoutMs),
  });
  const received = createHttpHeaders();
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) received.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return { request, status: response.status, headers: received, bodyAsText: response.body.toString() };
}

function toBytes(body: NonNullable<PipelineRequest["body"]>): string | Uint8Array {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new TypeError("the body of a request is neither text nor bytes");
}

/** Azure's clients have signals of their own kind, and write 0 for no time-out. */
function signalOf(abortSignal: PipelineRequest["abortSignal"], timeoutMs: number): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error("the request was given up"));
  if (abortSignal?.aborted === true) abort();
  abortSignal?.addEventListener("abort", abort);
  return timeoutMs > 0 ? AbortSignal.any([controller.signal, AbortSignal.timeout(timeoutMs)]) : controller.signal;
}
