import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { connect, type Connection } from "../../../host/connect.ts";
import { createSocketFolder } from "../../../host/socket-folder.ts";
import { ConfigManagerError } from "../../../internal/errors/errors.ts";
import {
  Code,
  type ConfigureRequest,
  TokenStoreService,
  type ValueResult,
} from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { TokenStore } from "../../../internal/gen/proto/token_store_pb.js";
import { cookieValues } from "../../../internal/goplugin/constants.ts";
import { createClient } from "../../../internal/goplugin/grpc-service.ts";
import { createHandshakeEnv, withoutPluginVariables } from "../../../internal/goplugin/handshake-env.ts";
import { parseHandshakeLine } from "../../../internal/goplugin/handshake-line.ts";
import type { ExecutableSubject, TestAnswer, TestRequest, TestStore } from "./test-store.ts";

const startLimitMs = 10_000;
const exitLimitMs = 2000;

/**
 * Launches a plugin as a host does and asks it over the wire. Rejects with CM_PLUGIN_EXITED_EARLY,
 * CM_PLUGIN_START_TIMEOUT or what is wrong with the handshake (CM_HANDSHAKE_*); the end of its stderr is in the details.
 */
export async function openExecutableStore(subject: ExecutableSubject): Promise<TestStore> {
  const { executable, env, cwd, options, protocol = 2 } = subject;
  // As a host does: what a plugin leaves that has to be killed goes with its folder.
  const sockets = createSocketFolder(tmpdir());
  const handshakeEnv = createHandshakeEnv({
    cookieValue: cookieValues[0],
    appVersions: [protocol],
    socketDir: sockets.path,
  });
  const child = spawn(executable, [], {
    cwd,
    env: { ...withoutPluginVariables(env), ...handshakeEnv },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-4096)));
  try {
    const line = await firstLine(child, () => stderr);
    const parsed = parseHandshakeLine(line, { appVersions: [protocol], autoMtls: false });
    const connection = await connect({
      line: parsed,
      certificate: undefined,
      timeoutMs: startLimitMs,
      onOutput: () => {},
    });
    const { client } = connection;
    if (options !== undefined && protocol === 2) {
      await createClient(TokenStoreService, client).configure({ options: { ...options } as ConfigureOptions });
    }
    return {
      ask: (requests, signal) =>
        protocol === 2 ? askStream(client, requests, signal) : askEach(client, requests, signal),
      async close() {
        try {
          await connection.requestShutdown(exitLimitMs);
          connection.close();
          await ended(child, () => stderr);
        } finally {
          sockets.remove();
        }
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    sockets.remove();
    throw error;
  }
}

type Client = Connection["client"];
type ConfigureOptions = ConfigureRequest["options"] & {};

async function firstLine(child: ChildProcess, stderr: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const exited = once(child, "exit");
  const timeout = AbortSignal.timeout(startLimitMs);
  const late = once(timeout, "abort").then(() => {
    throw new ConfigManagerError(
      "CM_PLUGIN_START_TIMEOUT",
      `the plugin printed no handshake within ${startLimitMs} ms`,
    );
  });
  const early = exited.then(([code]: unknown[]) => {
    throw new ConfigManagerError("CM_PLUGIN_EXITED_EARLY", "the plugin exited before its handshake", {
      details: { exitCode: Number(code), stderr: stderr() },
    });
  });
  // Whoever loses the race must not end the process of the tests.
  late.catch(() => {});
  early.catch(() => {});
  const [line] = (await Promise.race([once(lines, "line"), late, early])) as [string];
  return line;
}

async function askStream(
  client: Client,
  requests: readonly TestRequest[],
  signal: AbortSignal | undefined,
): Promise<readonly TestAnswer[]> {
  const call = createClient(TokenStoreService, client).getValues({ signal });
  const answers: TestAnswer[] = [];
  call.on("data", ({ results }) => {
    for (const { id, result } of results) {
      const index = Number(id);
      if (answers[index] !== undefined || requests[index] === undefined) {
        call.destroy(new ConfigManagerError("CM_PLUGIN_MISBEHAVED", `the plugin answered id "${id}" unasked or twice`));
      }
      answers[index] = toAnswer(result);
    }
  });
  const end = once(call, "end");
  call.write({ requests: requests.map(({ path, metadata = {} }, index) => ({ id: BigInt(index), path, metadata })) });
  call.end();
  try {
    await end;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return answers;
}

function toAnswer(result: ValueResult["result"]): TestAnswer {
  if (result.case === "value") {
    const { data, version, expiresAt } = result.value;
    if (expiresAt === undefined) return { ok: true, data, version, expiresAt };
    const ms = Number(expiresAt.seconds) * 1000 + expiresAt.nanos / 1_000_000;
    return { ok: true, data, version, expiresAt: new Date(ms) };
  }
  if (result.case === undefined) return { ok: false, code: "UNSPECIFIED", message: "", hint: "" };
  const { code, message, hint } = result.value;
  return { ok: false, code: Code[code] ?? String(code), message, hint };
}

function askEach(
  client: Client,
  requests: readonly TestRequest[],
  signal: AbortSignal | undefined,
): Promise<readonly TestAnswer[]> {
  const calls = createClient(TokenStore, client);
  return Promise.all(
    requests.map(async ({ path, metadata = {} }): Promise<TestAnswer> => {
      const text = Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata);
      try {
        const { value } = await calls.value({ token: path, metadata: new TextEncoder().encode(text) }, { signal });
        return { ok: true, data: new TextEncoder().encode(value), version: "", expiresAt: undefined };
      } catch (error) {
        signal?.throwIfAborted();
        const { code, details } = error as { code: number; details: string };
        // The codes of protocol 2 have gRPC's names and numbers.
        return { ok: false, code: Code[code] ?? String(code), message: details, hint: "" };
      }
    }),
  );
}

async function ended(child: ChildProcess, stderr: () => string): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), exitLimitMs);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  clearTimeout(timer);
  if (child.exitCode === 0) return;
  const how = child.exitCode === null ? `did not exit within ${exitLimitMs} ms` : `exited with code ${child.exitCode}`;
  throw new ConfigManagerError("CM_PLUGIN_MISBEHAVED", `the plugin was asked to exit and ${how}`, {
    details: { stderr: stderr() },
  });
}
