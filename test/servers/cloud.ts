/**
 * The clouds, played on this machine: a proxy that a plugin reaches by `HTTPS_PROXY` and that leads each host name to a
 * server of the test. The plugin keeps its production addresses; no host that the test has not named can be reached.
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, createServer as createTlsServer, type SecureContext } from "node:tls";
import { createTestCa, type TestCa } from "./certificates.ts";

/**
 * What stands behind a host name.
 *
 * - `handler`: TLS ends in the proxy; the function is called as by `node:http` (see `createScript`)
 * - `port` and `end`: TLS ends in the proxy, plain bytes go to 127.0.0.1; `alpn` is what TLS agrees to, `["http/1.1"]`
 *   unless set (`["h2"]` for gRPC)
 * - `port` and `pass`: bytes go to 127.0.0.1 as they are
 */
export type Backend =
  | { readonly handler: RequestListener }
  | { readonly port: number; readonly tls: "end"; readonly alpn?: readonly string[] }
  | { readonly port: number; readonly tls: "pass" };

/** How the proxy itself behaves; open to everybody unless set. */
export interface CloudOptions {
  /** The authority that signs for the hosts; one of its own unless set, which goes with the cloud. */
  readonly ca?: TestCa | undefined;
  /** The proxy asks for these, and `env` holds them. */
  readonly proxyCredentials?: { readonly user: string; readonly password: string } | undefined;
  /** Every CONNECT is refused with this status. */
  readonly refuseWith?: number | undefined;
  /** `env` also has `HTTP_PROXY`, so that `http://` addresses come this way too; false unless set. */
  readonly plainHttp?: boolean | undefined;
}

/** A cloud that runs; to be closed. */
export interface Cloud {
  /** What a plugin needs to reach it: `HTTPS_PROXY`, an empty `NO_PROXY`, `NODE_EXTRA_CA_CERTS`. */
  readonly env: Readonly<Record<string, string>>;
  readonly ca: TestCa;
  readonly port: number;
  /** `<host>:<port>` of each CONNECT, in order, also of those that were refused. */
  readonly connects: readonly string[];
  /** `<host>:<port>` of each request that came as `http://…` by the proxy, in order. */
  readonly plainRequests: readonly string[];
  /** The part of both lists for which there is no backend: the plugin was told 502. */
  readonly unknownHosts: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Starts a cloud.
 *
 * @param routes by host name: `login.microsoftonline.com`, `*.vault.azure.net` (one or more labels), with or without a
 *   port; the first that fits is taken
 */
export async function startCloud(
  routes: Readonly<Record<string, Backend>>,
  options: CloudOptions = {},
): Promise<Cloud> {
  const ca = options.ca ?? (await createTestCa());
  const sockets = new Set<Duplex>();
  const terminators = new Map<string, Promise<Server>>();
  const connects: string[] = [];
  const plainRequests: string[] = [];
  const unknownHosts: string[] = [];
  const findBackend = (authority: string): Backend | undefined => {
    const found = Object.entries(routes).find(([pattern]) => matches(pattern, authority));
    if (found === undefined) unknownHosts.push(authority);
    return found?.[1];
  };
  const track = <T extends Duplex>(socket: T): T => {
    sockets.add(socket);
    // A client may leave at any time.
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    return socket;
  };

  const proxy = createServer((message, response) => servePlain(message, response));
  proxy.on("connection", track);
  proxy.on("connect", (message: IncomingMessage, socket: Socket, head: Buffer) => {
    serveConnect(message, socket, head).catch(() => socket.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;

  return {
    env: environment(port, ca, options),
    ca,
    port,
    connects,
    plainRequests,
    unknownHosts,
    async close() {
      const closed = once(proxy, "close");
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      if (options.ca === undefined) ca.remove();
    },
  };

  async function serveConnect(message: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const authority = message.url ?? "";
    connects.push(authority);
    const refusal = refusalOf(message, options);
    if (refusal !== undefined) return refuse(socket, refusal);
    const backend = findBackend(authority);
    if (backend === undefined) return refuse(socket, 502);
    const upstream =
      "handler" in backend || backend.tls === "end" ? undefined : track(connect(backend.port, "127.0.0.1"));
    if (upstream !== undefined) await once(upstream, "connect");
    const terminator = upstream === undefined ? await terminatorOf(authority, backend) : undefined;
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) socket.unshift(head);
    if (upstream === undefined) terminator?.emit("connection", socket);
    else join(socket, upstream);
  }

  function terminatorOf(authority: string, backend: Backend): Promise<Server> {
    const terminator = terminators.get(authority) ?? createTerminator(hostOf(authority), backend, ca, track);
    terminators.set(authority, terminator);
    return terminator;
  }

  function servePlain(message: IncomingMessage, response: ServerResponse): void {
    const url = URL.canParse(message.url ?? "") ? new URL(message.url ?? "") : undefined;
    // Whoever talks to the proxy as if it were the server gets no answer that could be taken for a service's.
    if (url === undefined) return void response.writeHead(400).end();
    const authority = `${url.hostname}:${url.port === "" ? "80" : url.port}`;
    plainRequests.push(authority);
    const refusal = refusalOf(message, options);
    if (refusal !== undefined) return void response.writeHead(refusal, challenge(refusal)).end();
    const backend = findBackend(authority);
    if (backend === undefined) return void response.writeHead(502).end();
    message.url = `${url.pathname}${url.search}`;
    if ("handler" in backend) {
      backend.handler(message, response);
      return;
    }
    const { method, headers } = message;
    const forwarded = httpRequest({ host: "127.0.0.1", port: backend.port, path: message.url, method, headers });
    forwarded.on("error", () => response.destroy());
    forwarded.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    message.pipe(forwarded);
  }
}

function environment(port: number, ca: TestCa, options: CloudOptions): Record<string, string> {
  const { proxyCredentials, plainHttp = false } = options;
  const who =
    proxyCredentials === undefined ? "" : `${proxyCredentials.user}:${encodeURIComponent(proxyCredentials.password)}@`;
  const proxyUrl = `http://${who}127.0.0.1:${port}`;
  return {
    HTTPS_PROXY: proxyUrl,
    ...(plainHttp ? { HTTP_PROXY: proxyUrl } : {}),
    NO_PROXY: "",
    NODE_EXTRA_CA_CERTS: ca.caFile,
  };
}

/** `*.vault.azure.net` fits every name below; a pattern without a port fits every port. */
function matches(pattern: string, authority: string): boolean {
  const candidate = /:\d+$/.test(pattern) ? authority : hostOf(authority);
  return pattern.startsWith("*.") ? candidate.endsWith(pattern.slice(1)) : candidate === pattern;
}

function hostOf(authority: string): string {
  return authority.replace(/:\d+$/, "");
}

function refusalOf(message: IncomingMessage, { refuseWith, proxyCredentials }: CloudOptions): number | undefined {
  if (refuseWith !== undefined || proxyCredentials === undefined) return refuseWith;
  const expected = Buffer.from(`${proxyCredentials.user}:${proxyCredentials.password}`).toString("base64");
  return message.headers["proxy-authorization"] === `Basic ${expected}` ? undefined : 407;
}

function challenge(status: number): Record<string, string> {
  return status === 407 ? { "proxy-authenticate": 'Basic realm="test"' } : {};
}

function refuse(socket: Socket, status: number): void {
  const headers = Object.entries(challenge(status)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${headers.join("")}content-length: 0\r\nconnection: close\r\n\r\n`);
}

/** A TLS server that is handed its connections: it shows a certificate for whatever name the client says. */
async function createTerminator(
  host: string,
  backend: Backend,
  ca: TestCa,
  track: <T extends Duplex>(socket: T) => T,
): Promise<Server> {
  const options = {
    ...(await ca.certificateFor([host])),
    SNICallback(name: string, done: (error: Error | null, context?: SecureContext) => void): void {
      ca.certificateFor([name]).then(
        (certificate) => done(null, createSecureContext(certificate)),
        (error: Error) => done(error),
      );
    },
  };
  if ("handler" in backend) {
    const server = createHttpsServer(options, backend.handler);
    server.on("secureConnection", track);
    // The client did not like the certificate, or went away.
    server.on("tlsClientError", () => {});
    return server;
  }
  const alpn = backend.tls === "end" ? (backend.alpn ?? ["http/1.1"]) : [];
  const server = createTlsServer({ ...options, ALPNProtocols: [...alpn] }, (socket) => {
    track(socket);
    const upstream = track(connect(backend.port, "127.0.0.1"));
    join(socket, upstream);
  });
  server.on("tlsClientError", () => {});
  return server;
}

/** Carries bytes both ways; when one side breaks, so does the other. */
function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  one.once("close", () => other.destroy());
  other.once("close", () => one.destroy());
}
