import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type Socket } from "node:net";
import { hostOf, portOf } from "./proxy.ts";

/** Why there is no way through a proxy: it cannot be reached (`cause` says why), or it said no (`status`). */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  /** Host and port, without what may be a password. */
  readonly proxy: string;
  /** Its answer to CONNECT, when it gave one. */
  readonly status: number | undefined;

  constructor(proxy: string, reason: { readonly status: number } | { readonly cause: unknown }) {
    super(`no way through the proxy ${proxy}`, "cause" in reason ? { cause: reason.cause } : undefined);
    this.proxy = proxy;
    this.status = "status" in reason ? reason.status : undefined;
  }
}

/**
 * A connection to `target` (`host:port`) through an HTTP proxy, by CONNECT; nothing has been sent over it yet. Rejects
 * with a ProxyError. `ca` is trusted for a proxy that is itself reached over TLS.
 */
export function openTunnel(proxy: URL, target: string, timeoutMs: number, ca: string[] | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { username, password } = proxy;
    const authorization =
      username === "" && password === ""
        ? {}
        : {
            "proxy-authorization": `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`,
          };
    const send = proxy.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization },
      agent: false,
      // Of the proxy and not of the target, which the header names.
      servername: isIP(hostOf(proxy)) === 0 ? hostOf(proxy) : "",
      ...(ca === undefined ? {} : { ca }),
    });
    const timer = setTimeout(() => request.destroy(timeoutError()), timeoutMs);
    request.once("connect", ({ statusCode = 0 }, socket) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(new ProxyError(proxy.host, { status: statusCode }));
    });
    // A proxy may answer a CONNECT like any request when it refuses it.
    request.once("response", (response) => {
      clearTimeout(timer);
      response.destroy();
      reject(new ProxyError(proxy.host, { status: response.statusCode ?? 0 }));
    });
    request.once("error", (cause) => {
      clearTimeout(timer);
      reject(new ProxyError(proxy.host, { cause }));
    });
    request.end();
  });
}

/** What a connection fails with that is not there in time. */
export function timeoutError(): Error {
  return Object.assign(new Error("the connection was not there in time"), { code: "ETIMEDOUT" });
}
