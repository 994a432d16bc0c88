import { Agent } from "node:http";
import {
  type Connections,
  createConnections,
  failed,
  type HttpResponse,
  readRetryAfterMs,
  sendRequest,
} from "configmanager/plugin";
import { encodePath } from "./address.ts";
import { refusal, type VaultSettings } from "./settings.ts";
import { lookUpService } from "./srv.ts";
import type { TlsOptions } from "./tls.ts";

/** A request below the `/v1/` of a Vault. */
export interface VaultRequest {
  /** GET unless set. */
  readonly method?: "GET" | "PUT" | "POST" | undefined;
  /** Not encoded, without a slash in front. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** JSON that is sent as it stands, in place of `body`. */
  readonly json?: string | undefined;
}

/** An answer of 200 to 299, or 404. */
export interface VaultResponse {
  readonly status: number;
  readonly text: string;
}

/** An answer of any other status. */
export class VaultFailure extends Error {
  override readonly name = "VaultFailure";
  readonly status: number;
  /** The body, which may hold what a proxy between had to say. */
  readonly text: string;
  readonly retryAfterMs: number | undefined;
  /** What was asked for, without its query. */
  readonly url: string;

  constructor(url: string, { status, body, headers }: HttpResponse) {
    super(`${status}`);
    this.status = status;
    this.text = body.toString();
    this.retryAfterMs = readRetryAfterMs(headers);
    this.url = url;
  }
}

/** One Vault, or the agent or proxy that stands for it. */
export interface VaultServer {
  /** For people: host and port, or the socket. */
  readonly host: string;
  /** One request and its answer; follows one redirect, which a standby node gives. Rejects with VaultFailure or the network's error. */
  readonly send: (request: VaultRequest, signal: AbortSignal) => Promise<VaultResponse>;
  readonly close: () => void;
}

/** Makes the connections to a Vault; none is opened yet. Throws `badRequest` for a proxy that cannot be used. */
export function createVaultServer(settings: VaultSettings, tls: TlsOptions, env: VaultEnv): VaultServer {
  const { address, host, namespace, socketPath } = settings;
  const connections = socketPath === undefined ? connect(settings, tls, env) : connectToSocket(socketPath);
  const basicAuth =
    settings.basicAuth === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(settings.basicAuth).toString("base64")}` };
  let located: Promise<URL> | undefined;

  return {
    host,
    async send({ method = "GET", path, query = {}, token, body, json }, signal) {
      const content = json ?? (body === undefined ? undefined : JSON.stringify(body));
      located ??= locate(settings);
      const base = await located;
      const url = new URL(`${base.pathname.replace(/\/+$/, "")}/v1/${encodePath(path)}`, base);
      const search = new URLSearchParams(query).toString();
      url.search = search;
      const headers = {
        ...settings.headers,
        ...basicAuth,
        // A service found by its records still goes by its own name.
        ...(base.host === address.host ? {} : { host: address.host }),
        "x-vault-request": "true",
        ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        ...(token === undefined ? {} : { "x-vault-token": token }),
        ...(content === undefined ? {} : { "content-type": "application/json" }),
      };
      const request = {
        method,
        headers,
        ...(content === undefined ? {} : { body: content }),
        connections,
        signal,
      };
      let response = await sendRequest({ url, ...request });
      if (isRedirect(response) && settings.followRedirect) {
        const target = redirectTarget(response, url, search);
        const { host: _host, ...followed } = headers as Record<string, string>;
        response = await sendRequest({ url: target, ...request, headers: followed });
        if (isRedirect(response)) throw failed(`"${host}" redirects in a circle, or more than once`);
      }
      const { status } = response;
      if ((status >= 200 && status < 300) || status === 404) return { status, text: response.body.toString() };
      throw new VaultFailure(`${base.origin}${url.pathname}`, response);
    },
    close: () => connections.close(),
  };
}

type VaultEnv = Readonly<Record<string, string | undefined>>;

function connect(settings: VaultSettings, tls: TlsOptions, env: VaultEnv): Connections {
  const { proxyUrl } = settings;
  try {
    return createConnections({ env, ...tls, proxyUrl });
  } catch (error) {
    if (proxyUrl === undefined) throw error;
    throw refusal("VAULT_PROXY_ADDR is no proxy", "set VAULT_PROXY_ADDR to http://host:port", error);
  }
}

function connectToSocket(socketPath: string): Connections {
  // Node hands an agent's options to each connection, which its types do not say of this one.
  const agent = new Agent({ keepAlive: true, maxSockets: 16, socketPath } as object);
  return {
    httpAgent: agent,
    // Only for a redirect to https, which then ends in an error of TLS.
    httpsAgent: agent as unknown as Connections["httpsAgent"],
    agentFor: () => agent,
    close: () => agent.destroy(),
  };
}

/** Records count only for an address without a port, as in the draft that Vault's clients follow. */
async function locate({ address, srvLookup, socketPath }: VaultSettings): Promise<URL> {
  if (!srvLookup || address.port !== "" || socketPath !== undefined) return address;
  const service = await lookUpService(address.hostname);
  if (service === undefined) return address;
  const located = new URL(address);
  located.host = service;
  return located;
}

function isRedirect({ status }: HttpResponse): boolean {
  return status === 301 || status === 302 || status === 307;
}

/** The token goes along, so that it must not be readable on the way, unless it was before and the machine is the same. */
function redirectTarget({ headers }: HttpResponse, from: URL, search: string): URL {
  const { location = "" } = headers;
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol)) {
    throw failed(`"${from.host}" redirects to no address`);
  }
  if (target.protocol === "http:" && (from.protocol === "https:" || !isSameMachine(target, from))) {
    throw failed(`"${from.host}" redirects to "${target.host}" without TLS`, {
      hint: `set VAULT_ADDR to the address of the active node, if "${target.host}" is one of yours`,
    });
  }
  target.search = search;
  return target;
}

function isSameMachine(one: URL, other: URL): boolean {
  const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return one.hostname === other.hostname || (isLoopback(one) && isLoopback(other));
}
