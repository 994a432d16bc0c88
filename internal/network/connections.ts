/**
 * Ways to a service, by the proxies and CA certificates of the environment, as Go's programs choose them. Not for what is asked
 * there. Called by the SDK's `remote`, for stores, and by `host/install`.
 */
import { Agent as HttpAgent, type ClientRequest, type RequestOptions as HttpRequestOptions } from "node:http";
import { Agent as HttpsAgent, type AgentOptions, type RequestOptions as HttpsRequestOptions } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { hostOf, parseProxy, portOf, proxyFor } from "./proxy.ts";
import { trustedRoots } from "./roots.ts";
import { NetworkSettingError } from "./setting-error.ts";
import { openTunnel, timeoutError } from "./tunnel.ts";

/** How a service is reached. */
export interface ConnectionOptions {
  /** Where the proxies (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) and `SSL_CERT_FILE` are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** CA certificates that are trusted too. */
  readonly caPem?: readonly string[] | undefined;
  /** Trust those of `caPem` and no others; false unless set. */
  readonly onlyCaPem?: boolean | undefined;
  /** A client certificate and its key, when the service asks for one. */
  readonly clientCertificatePem?: string | undefined;
  readonly clientKeyPem?: string | undefined;
  /** The name that the service's certificate must have, instead of the host of the URL. */
  readonly serverName?: string | undefined;
  /** Take any certificate; false unless set. */
  readonly skipVerify?: boolean | undefined;
  /** How long a connection may take, TLS and proxy included; 5000 unless set. */
  readonly connectTimeoutMs?: number | undefined;
  /** How many connections to one host may be open at once; 16 unless set. */
  readonly maxSockets?: number | undefined;
  /** A proxy that is used for every host, whatever the environment says. */
  readonly proxyUrl?: string | undefined;
  /** Makes the caller's own error of one of the environment; that itself unless set. */
  readonly toError?: ((error: NetworkSettingError) => Error) | undefined;
}

/** Connections that are kept for the next request, each by the proxy or the direct way that is right for its host. */
export interface Connections {
  /** For requests of `node:http`, and for clients that take an agent. */
  readonly httpAgent: HttpAgent;
  /** For requests of `node:https`. */
  readonly httpsAgent: HttpsAgent;
  /** The agent for the scheme of a URL. */
  readonly agentFor: (url: string | URL) => HttpAgent | HttpsAgent;
  /** Ends every connection. */
  readonly close: () => void;
}

/**
 * Connections to one service. Throws what `toError` makes of a proxy or a CA file that cannot be used; a request throws it too,
 * for a proxy of the environment.
 */
export function createConnections(options: ConnectionOptions): Connections {
  const { env, clientCertificatePem, clientKeyPem, serverName, skipVerify, connectTimeoutMs = 5000 } = options;
  const asOwn = <T>(look: () => T): T => withError(look, options.toError);
  const ca = options.onlyCaPem === true ? [...(options.caPem ?? [])] : asOwn(() => trustedRoots(env, options.caPem));
  const { proxyUrl } = options;
  const always = proxyUrl === undefined ? undefined : asOwn(() => parseProxy(proxyUrl));
  const way: Way = {
    connectTimeoutMs,
    ca,
    proxyFor: (url) => always ?? asOwn(() => proxyFor(url, env)),
  };
  const agentOptions: AgentOptions = { keepAlive: true, maxSockets: options.maxSockets ?? 16 };
  const httpAgent = new PlainAgent(way, agentOptions);
  const httpsAgent = new SecureAgent(way, {
    ...agentOptions,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificatePem === undefined ? {} : { cert: clientCertificatePem }),
    ...(clientKeyPem === undefined ? {} : { key: clientKeyPem }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(skipVerify === true ? { rejectUnauthorized: false } : {}),
  });
  return {
    httpAgent,
    httpsAgent,
    agentFor: (url) => (new URL(url).protocol === "https:" ? httpsAgent : httpAgent),
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function withError<T>(look: () => T, toError: ConnectionOptions["toError"]): T {
  try {
    return look();
  } catch (error) {
    throw error instanceof NetworkSettingError && toError !== undefined ? toError(error) : error;
  }
}

interface Way {
  readonly connectTimeoutMs: number;
  readonly ca: string[] | undefined;
  readonly proxyFor: (url: URL) => URL | undefined;
}

type Created = (error: Error | null, stream: Duplex) => void;

/** What Node's agents do with a request, which its types leave out. */
interface AddRequest {
  addRequest(request: ClientRequest, options: HttpRequestOptions): void;
}

/** http: a proxy is connected to in the host's stead, and asked for the whole URL. */
class PlainAgent extends HttpAgent {
  readonly #way: Way;

  constructor(way: Way, options: AgentOptions) {
    super(options);
    this.#way = way;
  }

  addRequest(request: ClientRequest, options: HttpRequestOptions): void {
    const proxy = this.#way.proxyFor(targetOf("http:", options));
    const target = { ...options };
    if (proxy !== undefined) {
      // Before the request has written its head, which it does when its body comes.
      request.path = `http://${authorityOf(options)}${request.path}`;
      if (proxy.username !== "" || proxy.password !== "") {
        const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
        request.setHeader("proxy-authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
      }
      target.host = hostOf(proxy);
      target.port = portOf(proxy);
      if (proxy.protocol === "https:") Reflect.set(target, overTls, true);
    }
    (HttpAgent.prototype as unknown as AddRequest).addRequest.call(this, request, target);
  }

  override createConnection(options: HttpRequestOptions, created?: Created): Duplex | null | undefined {
    const { ca, connectTimeoutMs } = this.#way;
    if (Reflect.get(options, overTls) === true) {
      const { host = "", port } = options;
      const to = { host: host ?? "", port: Number(port), servername: isIP(host ?? "") === 0 ? (host ?? "") : "" };
      return limitConnecting(
        connectTls({ ...to, ...(ca === undefined ? {} : { ca }) }),
        "secureConnect",
        connectTimeoutMs,
      );
    }
    const socket = super.createConnection(options, created);
    return limitConnecting(socket, "connect", connectTimeoutMs);
  }
}

/** On the options of a request that goes to a proxy which speaks TLS. */
const overTls = Symbol("over TLS");

/** https: TLS is spoken with the host itself, through a proxy's tunnel where there is one. */
class SecureAgent extends HttpsAgent {
  readonly #way: Way;

  constructor(way: Way, options: AgentOptions) {
    super(options);
    this.#way = way;
  }

  override createConnection(options: HttpsRequestOptions, created?: Created): Duplex | null | undefined {
    const { connectTimeoutMs, ca } = this.#way;
    const proxy = this.#way.proxyFor(targetOf("https:", options));
    if (proxy === undefined) {
      return limitConnecting(super.createConnection(options, created), "secureConnect", connectTimeoutMs);
    }
    openTunnel(proxy, authorityOf(options, "443"), connectTimeoutMs, ca).then(
      (socket) => {
        // With a socket, the host is only what the certificate must be for.
        const secure = connectTls({ ...(options as object), socket });
        limitConnecting(secure, "secureConnect", connectTimeoutMs);
        created?.(null, secure);
      },
      (error: Error) => created?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}

function targetOf(protocol: string, options: HttpRequestOptions): URL {
  return new URL(`${protocol}//${authorityOf(options)}`);
}

function authorityOf(options: HttpRequestOptions, portUnlessSet = ""): string {
  const host = options.host ?? options.hostname ?? "localhost";
  const port = options.port === undefined || options.port === null ? portUnlessSet : String(options.port);
  return `${host.includes(":") ? `[${host}]` : host}${port === "" ? "" : `:${port}`}`;
}

function limitConnecting<S extends Duplex | null | undefined>(socket: S, ready: string, timeoutMs: number): S {
  if (socket === null || socket === undefined) return socket;
  const timer = setTimeout(() => socket.destroy(timeoutError()), timeoutMs);
  const stop = (): void => clearTimeout(timer);
  socket.once(ready, stop).once("error", stop).once("close", stop);
  return socket;
}
