/**
 * A host of the barest kind for tests of plugins: it spawns an executable, keeps every byte of it, takes the handshake
 * apart by hand and makes raw grpc-js calls. It uses nothing of `host/`, so that the two cannot be wrong together.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { ChannelCredentials, Client, type ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect } from "vitest";
import { TokenStoreService, type ValueResult } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { TokenStore } from "../../internal/gen/proto/token_store_pb.js";
import { createClient, type ServiceClient } from "../../internal/goplugin/grpc-service.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";

/** How a plugin is launched. */
export interface RawLaunchOptions {
  readonly file: string;
  /** Added to a bare environment that holds the cookie; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** The words that start a plugin: where scripts are tested, this Node runs them, and not that of PATH. */
export function commandOf(file: string): readonly [string, ...string[]] {
  return testedExecutable === undefined ? [process.execPath, file] : [file];
}

/** How a process ended. */
export interface RawExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The fields of a handshake line. */
export interface RawHandshake {
  readonly line: string;
  readonly fields: readonly string[];
  readonly appVersion: string;
  readonly network: string;
  readonly address: string;
}

/** A plugin's process and what it has written so far. */
export class RawPlugin {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<RawExit>;
  stdout = "";
  stderr = "";
  readonly #clients: Client[] = [];

  constructor({ file, env = {}, cwd }: RawLaunchOptions, tempDir: string) {
    const whole = { PATH: process.env["PATH"], TMPDIR: tempDir, CONFIGMANAGER_PLUGIN: "hello", ...env };
    const [program, ...args] = commandOf(file);
    this.child = spawn(program, args, {
      env: whole,
      cwd: cwd ?? tempDir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    // `close`, so that all output is there.
    this.exited = once(this.child, "close").then(([code, signal]) => ({ code, signal }));
  }

  /** The first line of stdout; rejects when the process ends without one. */
  async handshake(): Promise<RawHandshake> {
    const ended = this.exited.then(({ code }) => {
      if (!this.stdout.includes("\n")) throw new Error(`no handshake, exit code ${code}: ${this.stderr}`);
    });
    while (!this.stdout.includes("\n")) await Promise.race([once(this.child.stdout, "data"), ended]);
    const line = this.stdout.slice(0, this.stdout.indexOf("\n"));
    const fields = line.split("|");
    return { line, fields, appVersion: fields[1]!, network: fields[2]!, address: fields[3]! };
  }

  /** A channel to the plugin, ready; it is closed with the test. */
  async connect(
    credentials: ChannelCredentials = ChannelCredentials.createInsecure(),
    options: object = {},
  ): Promise<Client> {
    const { network, address } = await this.handshake();
    const client = new Client(network === "unix" ? `unix:${address}` : address, credentials, {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.enable_http_proxy": 0,
      "grpc.ssl_target_name_override": "localhost",
      "grpc.use_local_subchannel_pool": 1,
      ...options,
    });
    this.#clients.push(client);
    await waitForReady(client);
    return client;
  }

  closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

/** Rejects when the channel is not ready within five seconds. */
export function waitForReady(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + 5000, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** Launches plugins for each test of a file; after it, none may be left of those that were asked to end, and all are killed. */
export function useRawHost(): {
  readonly launch: (options: RawLaunchOptions) => RawPlugin;
  readonly tempDir: () => string;
} {
  let tempDir = "";
  let plugins: RawPlugin[] = [];
  beforeEach(async () => {
    tempDir = await mkdtemp(path.join(tmpdir(), "cm-"));
    plugins = [];
  });
  afterEach(async () => {
    for (const plugin of plugins) {
      plugin.closeClients();
      plugin.child.kill("SIGTERM");
    }
    const exits = await Promise.all(plugins.map(({ exited }) => exited));
    // A plugin that ends by itself or by SIGTERM leaves no socket behind.
    const left = (await readdir(tempDir)).filter((name) => name.startsWith("plugin"));
    await rm(tempDir, { recursive: true });
    if (exits.every(({ signal }) => signal === null)) expect(left).toEqual([]);
  });
  return {
    launch(options) {
      const plugin = new RawPlugin(options, tempDir);
      plugins.push(plugin);
      return plugin;
    },
    tempDir: () => tempDir,
  };
}

/** The calls of app protocol 1. */
export function protocol1(client: Client): ServiceClient<(typeof TokenStore)["method"]> {
  return createClient(TokenStore, client);
}

/** The calls of app protocol 2. */
export function protocol2(client: Client): ServiceClient<(typeof TokenStoreService)["method"]> {
  return createClient(TokenStoreService, client);
}

/** One value on app protocol 1; metadata as the bytes of its text. */
export async function askOne(client: Client, token: string, metadata = ""): Promise<string> {
  const { value } = await protocol1(client).value({ token, metadata: Buffer.from(metadata) });
  return value;
}

/** The error of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    (answer) => Promise.reject(new Error(`the call was answered: ${JSON.stringify(answer)}`)),
    (error: unknown) => error as ServiceError,
  );
}

/** Values on app protocol 2 by path, over one stream; in the order of the answers. */
export async function askStream(
  client: Client,
  requests: readonly { readonly path: string; readonly metadata?: Record<string, string> }[],
): Promise<ReadonlyMap<string, ValueResult["result"]>> {
  const call = protocol2(client).getValues();
  const results = new Map<string, ValueResult["result"]>();
  call.on("data", (response) => {
    for (const { id, result } of response.results) {
      const { path } = requests[Number(id)]!;
      if (results.has(path)) throw new Error(`"${path}" was answered twice`);
      results.set(path, result);
    }
  });
  call.write({ requests: requests.map(({ path, metadata = {} }, index) => ({ id: BigInt(index), path, metadata })) });
  call.end();
  await once(call, "end");
  return results;
}

/** Resolves as soon as the condition holds; the test's time limit is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** True while a process runs; one that has ended and that nobody has collected does not. */
export async function isRunning(processId: number): Promise<boolean> {
  if (process.platform !== "linux") {
    try {
      return process.kill(processId, 0);
    } catch {
      return false;
    }
  }
  if (!existsSync(`/proc/${processId}`)) return false;
  const status = await readFile(`/proc/${processId}/stat`, "utf8").catch(() => ") Z");
  return !/\) [ZX]/.test(status);
}
