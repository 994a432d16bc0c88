import { randomInt } from "node:crypto";
import { unlinkSync } from "node:fs";
import {
  type AddressInfo,
  createServer,
  type ListenOptions as NetListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { join } from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { maxSocketPathBytes } from "../../internal/goplugin/constants.ts";
import type { HandshakeEnv } from "../../internal/goplugin/handshake-env.ts";
import type { PluginNetwork } from "../../internal/goplugin/handshake-line.ts";
import { shareWithGroup } from "./socket-group.ts";

/** Where a plugin can be reached, for its handshake line. */
export interface Listener {
  readonly network: PluginNetwork;
  readonly address: string;
  /** Takes no more connections; those that there are stay. */
  readonly close: () => void;
  /** Removes the socket's file when it is still there; synchronous, never throws. */
  readonly unlink: () => void;
}

/** Where to listen. */
export interface ListenOptions {
  readonly network: PluginNetwork;
  readonly handshake: Pick<HandshakeEnv, "socketDir" | "socketGroup" | "minPort" | "maxPort" | "portProblem">;
  readonly tempDir: string;
  readonly createServer: CreateServer;
}

/** A server that does not listen yet, and does what is right with its connections. */
export type CreateServer = () => Server;

/** One for connections without TLS. */
export function createPlainServer(onConnection: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.setNoDelay(true);
    onConnection(socket);
  });
}

/**
 * Accepts connections on a new unix socket or on a TCP port of this machine (go-plugin protocol,
 * section 3.1). Throws CM_PLUGIN_CONNECT when it cannot listen, and for a socket path that the system would cut off.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  return options.network === "unix" ? listenOnSocket(options) : listenOnPort(options);
}

async function listenOnSocket({ handshake, tempDir, createServer: create }: ListenOptions): Promise<Listener> {
  const address = join(handshake.socketDir ?? tempDir, `plugin${randomInt(1e9, 1e10)}`);
  const length = Buffer.byteLength(address);
  if (length > maxSocketPathBytes) {
    throw cannotListen(
      `the socket's path "${address}" has ${length} bytes, more than the ${maxSocketPathBytes} a socket can have`,
      {
        hint: "set TMPDIR to a folder with a shorter path",
      },
    );
  }
  const server = await bind(create(), { path: address }, address);
  const unlink = (): void => {
    try {
      unlinkSync(address);
    } catch {
      // It has been removed with the server.
    }
  };
  try {
    if (handshake.socketGroup !== undefined) await shareWithGroup(address, handshake.socketGroup);
  } catch (cause) {
    unlink();
    throw cannotListen(`the socket cannot be given to the group "${handshake.socketGroup}"`, { cause });
  }
  return { network: "unix", address, close: () => void server.close(), unlink };
}

async function listenOnPort({ handshake, createServer: create }: ListenOptions): Promise<Listener> {
  const { minPort, maxPort, portProblem } = handshake;
  if (portProblem !== undefined) throw cannotListen(portProblem);
  const ports = maxPort - minPort + 1;
  // Go begins at the lowest port, where all plugins that start together collide.
  const first = randomInt(ports);
  for (let step = 0; ; step++) {
    const port = minPort + ((first + step) % ports);
    try {
      const server = await bind(create(), { host: "127.0.0.1", port }, `127.0.0.1:${port}`);
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return { network: "tcp", address, close: () => void server.close(), unlink: () => {} };
    } catch (error) {
      if (step + 1 >= ports) throw error;
    }
  }
}

function bind(server: Server, where: NetListenOptions, address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(cannotListen(`cannot listen on "${address}": ${cause.message}`, { cause }));
    });
    server.listen(where, () => resolve(server));
  });
}

function cannotListen(message: string, options: { hint?: string; cause?: unknown } = {}): ConfigManagerError {
  return new ConfigManagerError("CM_PLUGIN_CONNECT", message, options);
}
