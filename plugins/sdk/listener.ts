import { randomInt } from "node:crypto";
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Server, ServerCredentials } from "@grpc/grpc-js";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { maxSocketPathBytes } from "../../internal/goplugin/constants.ts";
import type { HandshakeEnv } from "../../internal/goplugin/handshake-env.ts";
import type { PluginNetwork } from "../../internal/goplugin/handshake-line.ts";
import { shareWithGroup } from "./socket-group.ts";

/** Where a plugin can be reached, for its handshake line. */
export interface Listener {
  readonly network: PluginNetwork;
  readonly address: string;
  /** Removes the socket's file when it is still there; synchronous, never throws. */
  readonly unlink: () => void;
}

/** Where to listen. */
export interface ListenOptions {
  readonly network: PluginNetwork;
  readonly handshake: Pick<HandshakeEnv, "socketDir" | "socketGroup" | "minPort" | "maxPort" | "portProblem">;
  readonly tempDir: string;
  readonly credentials: ServerCredentials;
}

/**
 * Makes the server accept connections, on a new unix socket or on a TCP port of this machine (go-plugin protocol,
 * section 3.1). Throws CM_PLUGIN_CONNECT when it cannot listen, and for a socket path that the system would cut off.
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listener> {
  return options.network === "unix" ? listenOnSocket(server, options) : listenOnPort(server, options);
}

async function listenOnSocket(server: Server, { handshake, tempDir, credentials }: ListenOptions): Promise<Listener> {
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
  // Two slashes and an empty authority, or a path that begins with two would lose its first name.
  await bind(server, `unix://${address}`, credentials, address);
  const unlink = (): void => {
    try {
      unlinkSync(address);
    } catch {
      // The server has removed it.
    }
  };
  try {
    if (handshake.socketGroup !== undefined) await shareWithGroup(address, handshake.socketGroup);
  } catch (cause) {
    unlink();
    throw cannotListen(`the socket cannot be given to the group "${handshake.socketGroup}"`, { cause });
  }
  return { network: "unix", address, unlink };
}

async function listenOnPort(server: Server, { handshake, credentials }: ListenOptions): Promise<Listener> {
  const { minPort, maxPort, portProblem } = handshake;
  if (portProblem !== undefined) throw cannotListen(portProblem);
  const ports = maxPort - minPort + 1;
  // Go begins at the lowest port, where all plugins that start together collide.
  const first = randomInt(ports);
  for (let step = 0; ; step++) {
    const port = minPort + ((first + step) % ports);
    try {
      const bound = await bind(server, `ipv4:127.0.0.1:${port}`, credentials, `127.0.0.1:${port}`);
      return { network: "tcp", address: `127.0.0.1:${bound}`, unlink: () => {} };
    } catch (error) {
      if (step + 1 >= ports) throw error;
    }
  }
}

function bind(server: Server, target: string, credentials: ServerCredentials, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(cannotListen(`cannot listen on "${address}": ${error.message}`, { cause: error }));
    });
  });
}

function cannotListen(message: string, options: { hint?: string; cause?: unknown } = {}): ConfigManagerError {
  return new ConfigManagerError("CM_PLUGIN_CONNECT", message, options);
}
