/**
 * A small HTTP server that plays what a service does on its bad days, and whatever else a test wants said on the wire: the
 * test gives a function from request to answer, and looks at the requests afterwards.
 */
import { once } from "node:events";
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { TestCertificate } from "./certificates.ts";

/** A request as it came, its body complete. */
export interface RecordedRequest {
  readonly method: string;
  /** The `Host` header. */
  readonly host: string;
  /** Path and query as they were sent, nothing decoded. */
  readonly url: string;
  /** `url` without the query, nothing decoded. */
  readonly path: string;
  /** The query, decoded. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
  /** From 0, over all that came. */
  readonly index: number;
}

/** Answers one request: a ready-made one of this module, or anything that can be done with a response. */
export type Answer = (response: ServerResponse, request: RecordedRequest) => Promise<void> | void;

/** Chooses the answer. What it throws is answered with 599 and the error's message, so that the test sees it. */
export type Script = (request: RecordedRequest) => Answer | Promise<Answer>;

/** A script as a listener, for `startCloud` and `node:http`, and what it has been asked. */
export interface ScriptedListener {
  readonly listener: RequestListener;
  /** In the order in which they were complete. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves when that many requests have come; at once if they have. */
  readonly received: (count: number) => Promise<void>;
}

/** A server that runs; to be closed. */
export interface ScriptedServer extends ScriptedListener {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, or https. */
  readonly url: string;
  /** How many connections there have been. */
  readonly connections: () => number;
  /** Ends what is open, also a request that is being answered. */
  readonly close: () => Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1; with `tls` it speaks HTTPS by that certificate. */
export async function startScriptedServer(
  script: Script,
  options: { readonly tls?: TestCertificate | undefined; readonly requestClientCertificate?: boolean | undefined } = {},
): Promise<ScriptedServer> {
  const scripted = createScript(script);
  const { tls, requestClientCertificate = false } = options;
  const server =
    tls === undefined
      ? createHttpServer(scripted.listener)
      : createHttpsServer(
          { ...tls, requestCert: requestClientCertificate, rejectUnauthorized: false },
          scripted.listener,
        );
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...scripted,
    port,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    connections: () => connections,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Makes a listener of a script. */
export function createScript(script: Script): ScriptedListener {
  const requests: RecordedRequest[] = [];
  const waiting = new Set<() => void>();
  return {
    requests,
    listener(message, response) {
      // A client that has gone away is no business of the server's.
      response.on("error", () => {});
      void answer(message, response);
    },
    received: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = await record(message, requests);
      for (const look of waiting) look();
      const chosen = await script(request);
      await chosen(response, request);
    } catch (error) {
      if (message.errored !== null || response.destroyed) return;
      if (response.headersSent) response.destroy();
      else response.writeHead(599, { "content-type": "text/plain" }).end(`the test's script failed: ${String(error)}`);
    }
  }
}

async function record(message: IncomingMessage, requests: RecordedRequest[]): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = message.url ?? "";
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  const { method = "", headers } = message;
  const host = headers.host ?? "";
  const request = {
    method,
    host,
    url,
    path,
    query: new URLSearchParams(query),
    headers,
    body,
    text: body.toString(),
    index: requests.length,
  };
  requests.push(request);
  return request;
}

/** A whole answer; without `headers` there is only the length of the body. */
export function reply(
  status: number,
  body: string | Uint8Array = "",
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): Answer {
  return (response) => {
    response.writeHead(status, headers as Record<string, string | string[]>).end(body);
  };
}

/** `value` as JSON; 200 and `application/json` unless said otherwise. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return reply(status, JSON.stringify(value), { "content-type": "application/json", ...headers });
}

/** "Come back later", in the words of `headers`: `{ "retry-after": "1" }`, `{ "retry-after-ms": "20" }`; 429 unless said otherwise. */
export function throttle(
  headers: Readonly<Record<string, string>>,
  { status = 429, body = "" }: { readonly status?: number; readonly body?: string } = {},
): Answer {
  return reply(status, body, { ...(body.startsWith("{") ? { "content-type": "application/json" } : {}), ...headers });
}

/** Cuts the connection with a reset before a byte of the answer. */
export function reset(): Answer {
  return (response) => {
    resetConnection(response.socket);
  };
}

/** Cuts the connection with a reset in the middle of the body. */
export function resetInBody(body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return async (response) => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...headers,
    });
    await new Promise<void>((resolve) => {
      response.write(body.slice(0, body.length / 2), () => resolve());
    });
    resetConnection(response.socket);
  };
}

/** Sends the head and the first half of the body, then nothing until the client goes away or the server is closed. */
export function stallInBody(body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...headers,
    });
    response.write(body.slice(0, body.length / 2));
  };
}

/** Takes the request and never answers; the connection stays until the client goes away or the server is closed. */
export function stall(): Answer {
  return () => {};
}

/** 200 with a body that begins as JSON and breaks off; the length of the message is right. */
export function malformed(body = '{"value": "cut sho', headers: Readonly<Record<string, string>> = {}): Answer {
  return reply(200, body, { "content-type": "application/json", ...headers });
}

/** Another answer, `ms` later: the time that the service takes. */
export function after(ms: number, answer: Answer): Answer {
  return async (response, request) => {
    await delay(ms, undefined, { ref: false });
    if (!response.destroyed) await answer(response, request);
  };
}

/** The first answer for the first request, and so on; the last one for all that follow. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Script {
  return ({ index }) => answers[Math.min(index, answers.length - 1)] ?? answers[0];
}

function resetConnection(socket: Socket | null): void {
  // TLS cannot reset: the connection below it can, and Node keeps that one under this name.
  const { _parent: below } = (socket ?? {}) as { _parent?: Socket | null };
  (below ?? socket)?.resetAndDestroy();
}
