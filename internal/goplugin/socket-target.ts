import { connect, type Socket } from "node:net";
import type { HandshakeLine } from "./handshake-line.ts";

/** What a socket is to be connected to. */
export type SocketTarget = { readonly path: string } | { readonly host: string; readonly port: number };

/** The target of what a handshake line says; exactly that is dialed, without a proxy (go-plugin protocol, section 3.2). */
export function socketTarget({ network, address }: Pick<HandshakeLine, "network" | "address">): SocketTarget {
  if (network === "unix") return { path: address };
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { host: host === "" ? "127.0.0.1" : host, port: Number(address.slice(colon + 1)) };
}

/** Connects without TLS; the socket tells how that went. */
export function connectPlain(line: Pick<HandshakeLine, "network" | "address">): Socket {
  return connect(socketTarget(line)).setNoDelay(true);
}
