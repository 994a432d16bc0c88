/** A store plugin from the start of its process to the first value, as a host sees it; for benchmarks. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { performance } from "node:perf_hooks";
import { connect } from "../host/connect.ts";
import { createSocketFolder } from "../host/socket-folder.ts";
import { decodeResults, encodeRequests } from "../host/value-messages.ts";
import { cookieValues } from "../internal/goplugin/constants.ts";
import { ask } from "../internal/goplugin/grpc/ask.ts";
import { createHandshakeEnv } from "../internal/goplugin/handshake-env.ts";
import { parseHandshakeLine } from "../internal/goplugin/handshake-line.ts";

/** One plugin to time. */
export interface PluginStart {
  /** Node's arguments: the plugin's script, and whatever comes before it. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly path: string;
  readonly metadata?: ReadonlyMap<string, string>;
}

/** Milliseconds from the start of the process. */
export interface StartTimes {
  readonly handshakeMs: number;
  readonly connectedMs: number;
  readonly valueMs: number;
}

/** Starts the plugin, asks it for one value over app protocol 2, and ends it. Rejects when there is no value. */
export async function timePluginStart({ args, env, path, metadata = new Map() }: PluginStart): Promise<StartTimes> {
  const sockets = createSocketFolder(tmpdir());
  const appVersions = [2];
  const handshake = createHandshakeEnv({ cookieValue: cookieValues[0], appVersions, socketDir: sockets.path });
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...env, ...handshake },
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    const handshakeMs = performance.now() - started;
    const line = parseHandshakeLine(chunk.toString().trim(), { appVersions, autoMtls: false });
    const connection = await connect({ line, certificate: undefined, timeoutMs: 10_000, onOutput: () => {} });
    const connectedMs = performance.now() - started;
    const method = "/configmanager.plugin.v2.TokenStoreService/GetValues";
    const [request] = encodeRequests([{ path, metadata, rawMetadata: "" }]);
    const message = await ask(connection.client, method, request!, {});
    const valueMs = performance.now() - started;
    const outcome = decodeResults(message)?.[0]?.outcome;
    if (outcome === undefined || "code" in outcome) throw new Error(`no value: ${JSON.stringify(outcome)}`);
    const exited = once(child, "exit");
    await connection.requestShutdown(2000);
    connection.close();
    await exited;
    return { handshakeMs, connectedMs, valueMs };
  } finally {
    child.kill("SIGKILL");
    sockets.remove();
  }
}
