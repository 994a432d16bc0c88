import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { connect, type Connection } from "../../../host/connect.ts";
import { createSocketFolder } from "../../../host/socket-folder.ts";
import { ConfigManagerError, isConfigManagerError } from "../../../internal/errors/errors.ts";
import {
  Code,
  type ConfigureRequest,
  TokenStoreService,
  type Value,
  type ValueResult,
} from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { TokenStore } from "../../../internal/gen/proto/token_store_pb.js";
import { cookieValues, hintTrailer } from "../../../internal/goplugin/constants.ts";
import type { CallError } from "../../../internal/goplugin/grpc/call-error.ts";
import { createHandshakeEnv, withoutPluginVariables } from "../../../internal/goplugin/handshake-env.ts";
import { parseHandshakeLine } from "../../../internal/goplugin/handshake-line.ts";
import { callForMany, callForOne } from "../../../internal/goplugin/message-calls.ts";
import type {
  ExecutableSubject,
  TestAnswer,
  TestFailure,
  TestListAnswer,
  TestListRequest,
  TestPutAnswer,
  TestPutRequest,
  TestRequest,
  TestStore,
  TestValue,
} from "./test-store.ts";

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
      await callForOne(client, method.configure, { options: { ...options } as ConfigureOptions }, {});
    }
    return {
      ask: (requests, signal) =>
        protocol === 2 ? askStream(client, requests, signal) : askEach(client, requests, signal),
      put: (request) => put(client, request),
      list: (request) => list(client, request),
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

const { method } = TokenStoreService;

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
  const answers: TestAnswer[] = [];
  const asked = requests.map(({ path, metadata = {} }, index) => ({ id: BigInt(index), path, metadata }));
  await callForMany(client, method.getValues, { requests: asked }, { signal }, ({ results }) => {
    for (const { id, result } of results) {
      const index = Number(id);
      if (answers[index] !== undefined || requests[index] === undefined) {
        throw new ConfigManagerError("CM_PLUGIN_MISBEHAVED", `the plugin answered id "${id}" unasked or twice`);
      }
      answers[index] = toAnswer(result);
    }
  });
  return answers;
}

async function put(
  client: Client,
  { path, metadata = {}, data, createOnly = false }: TestPutRequest,
): Promise<TestPutAnswer> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  try {
    const { version } = await callForOne(client, method.putValue, { path, metadata, data: bytes, createOnly }, {});
    return { ok: true, version };
  } catch (error) {
    return toFailure(error);
  }
}

async function list(
  client: Client,
  { path, metadata = {}, recursive = true }: TestListRequest,
): Promise<TestListAnswer> {
  const listed: (Omit<TestValue, "ok"> & { readonly path: string })[] = [];
  try {
    await callForMany(client, method.listValues, { path, metadata, recursive }, {}, ({ values }) => {
      for (const { path: listedPath, value } of values) {
        if (value !== undefined) listed.push({ path: listedPath, ...toValue(value) });
        else {
          throw new ConfigManagerError("CM_PLUGIN_MISBEHAVED", `the plugin listed "${listedPath}" without a value`);
        }
      }
    });
    return { ok: true, values: listed };
  } catch (error) {
    if (isConfigManagerError(error)) throw error;
    return toFailure(error);
  }
}

function toAnswer(result: ValueResult["result"]): TestAnswer {
  if (result.case === "value") return { ok: true, ...toValue(result.value) };
  if (result.case === undefined) return { ok: false, code: "UNSPECIFIED", message: "", hint: "" };
  const { code, message, hint } = result.value;
  return { ok: false, code: Code[code] ?? String(code), message, hint };
}

function toValue({ data, version, expiresAt }: Value): Omit<TestValue, "ok"> {
  if (expiresAt === undefined) return { data, version, expiresAt };
  const ms = Number(expiresAt.seconds) * 1000 + expiresAt.nanos / 1_000_000;
  return { data, version, expiresAt: new Date(ms) };
}

/** Of the status of a call, whose trailer has the hint. */
function toFailure(error: unknown): TestFailure {
  const { code, details, trailers } = error as CallError;
  const hint = trailers?.[hintTrailer] ?? "";
  // The codes of protocol 2 have gRPC's names and numbers.
  return { ok: false, code: Code[code] ?? String(code), message: details, hint: hint.toString() };
}

function askEach(
  client: Client,
  requests: readonly TestRequest[],
  signal: AbortSignal | undefined,
): Promise<readonly TestAnswer[]> {
  return Promise.all(
    requests.map(async ({ path, metadata = {} }): Promise<TestAnswer> => {
      const text = Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata);
      try {
        const request = { token: path, metadata: new TextEncoder().encode(text) };
        const { value } = await callForOne(client, TokenStore.method.value, request, { signal });
        return { ok: true, data: new TextEncoder().encode(value), version: "", expiresAt: undefined };
      } catch (error) {
        signal?.throwIfAborted();
        return toFailure(error);
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
