import type { Agent } from "node:https";
import { type Connections, createConnections, sendRequest } from "configmanager/plugin";
import { gaxios } from "google-auth-library";

/** How Google's library sends its own requests. */
export interface AuthTransport {
  /** For the clients of the library that take one. */
  readonly transporter: gaxios.Gaxios;
  /** Makes a client, and the clients and helpers inside of it that were made without one, use the transporter. */
  readonly adopt: (client: object) => void;
  /** Sends to a metadata server: never through a proxy. */
  readonly direct: Connections;
  readonly close: () => void;
}

/**
 * Leads what Google's library sends (tokens, impersonation, the metadata server) over the store's connections, without
 * retries of its own. Its metadata requests take the library's default instance, which this changes for the process.
 */
export function createAuthTransport(
  connections: Connections,
  env: Readonly<Record<string, string | undefined>>,
): AuthTransport {
  // A metadata server is on this machine or next to it: it answers at once or is not there.
  const direct = createConnections({ env: {}, connectTimeoutMs: 1000 });
  const send = createAdapter(connections, direct, env);
  const configure = (instance: gaxios.Gaxios): void => {
    // The adapter knows the proxies; the library would load an agent of its own for them.
    Object.assign(instance.defaults, { adapter: send, noProxy: [/./] });
    instance.interceptors.request.add({
      async resolved(options) {
        delete options.retryConfig;
        return Object.assign(options, { retry: false });
      },
    });
  };
  const transporter = new gaxios.Gaxios();
  configure(transporter);
  configure(gaxios.instance);
  return {
    transporter,
    adopt: (client) => adopt(client, transporter),
    direct,
    close: () => direct.close(),
  };
}

function createAdapter(
  connections: Connections,
  direct: Connections,
  env: Readonly<Record<string, string | undefined>>,
): NonNullable<gaxios.GaxiosOptions["adapter"]> {
  return async <T>(options: gaxios.GaxiosOptionsPrepared): Promise<gaxios.GaxiosResponse<T>> => {
    const { url, method = "GET", agent, signal } = options;
    const headers = Object.fromEntries(options.headers.entries());
    const body = toBody(options.body);
    if (options.body instanceof URLSearchParams) headers["content-type"] ??= formType;
    const limit = AbortSignal.timeout(requestTimeoutMs);
    const response = await sendRequest({
      url,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      // An agent is a client certificate, which the library has read from the credentials.
      connections:
        agent === undefined ? (isMetadataServer(url, env) ? direct : connections) : only(connections, agent as Agent),
      signal: signal === undefined || signal === null ? limit : AbortSignal.any([signal, limit]),
    }).catch((error: unknown) => Promise.reject(asNetworkError(error)));
    const text = response.body.toString();
    const status = response.status;
    return {
      config: options,
      data: toData(text, options.responseType, response.headers["content-type"]) as T,
      headers: new Headers(flatten(response.headers)),
      status,
      ok: status >= 200 && status < 300,
      // Else an error of the library's has no data.
      bodyUsed: true,
    } as gaxios.GaxiosResponse<T>;
  };
}

const requestTimeoutMs = 10_000;
const formType = "application/x-www-form-urlencoded;charset=UTF-8";

function toBody(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string" || body instanceof URLSearchParams) return body.toString();
  throw new TypeError("a request of the authentication library has a body of an unknown kind");
}

function toData(text: string, responseType: gaxios.GaxiosOptions["responseType"], contentType = ""): unknown {
  if (responseType !== "json" && (responseType === "text" || !contentType.includes("json"))) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.toString()]],
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

function only(connections: Connections, agent: Agent): Connections {
  return { ...connections, agentFor: () => agent };
}

/** Also the metadata servers of other clouds, which federated credentials are read from. */
function isMetadataServer({ hostname }: URL, env: Readonly<Record<string, string | undefined>>): boolean {
  if (hostname.startsWith("169.254.") || /^metadata\.google\.internal\.?$/.test(hostname)) return true;
  return metadataHosts(env).some((host) => URL.canParse(host) && new URL(host).hostname === hostname);
}

/** Where Google's metadata server may be: what the environment says, else its address and its name. */
export function metadataHosts(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const host = env["GCE_METADATA_IP"] || env["GCE_METADATA_HOST"];
  if (host === undefined || host === "") return ["http://169.254.169.254", "http://metadata.google.internal."];
  return [/^https?:\/\//.test(host) ? host : `http://${host}`];
}

function asNetworkError(error: unknown): unknown {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return isLate ? Object.assign(new Error("no answer in time", { cause: error }), { code: "ETIMEDOUT" }) : error;
}

function adopt(owner: object, transporter: gaxios.Gaxios): void {
  if (!hasTransporter(owner)) return;
  // One with a client certificate is the owner's own.
  if (owner.transporter.defaults.agent === undefined) owner.transporter = transporter;
  for (const part of Object.values(owner) as unknown[]) {
    if (hasTransporter(part) && part.transporter !== transporter) adopt(part, transporter);
  }
}

function hasTransporter(thing: unknown): thing is { transporter: gaxios.Gaxios } {
  return (
    typeof thing === "object" && thing !== null && "transporter" in thing && thing.transporter instanceof gaxios.Gaxios
  );
}
