/**
 * A host of the barest kind: it spawns an executable, keeps what it prints, takes the handshake apart by hand and makes raw
 * grpc-js calls. It uses nothing of `host/`, so that the two cannot be wrong together. Used by `plugin test` and by the
 * conformance tests of the plugins' side.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { ChannelCredentials, Client } from "@grpc/grpc-js";
import { within } from "./within.ts";

/** How a plugin is launched. */
export interface RawLaunchOptions {
  readonly file: string;
  readonly args?: readonly string[];
  /** All of it; `undefined` takes a variable out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Leads a process group of its own, so that all it has started can be ended with it. Not for Windows. */
  readonly leadsGroup?: boolean;
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

/** What has come of the first line of stdout. */
export type RawFirstLine =
  | { readonly kind: "line"; readonly line: string }
  /** stdout, or the process, ended before a line feed; or the file could not be started at all. */
  | { readonly kind: "closed" }
  | { readonly kind: "too long" }
  | { readonly kind: "late" };

/** Go's scanner, too, takes no longer line (go-plugin protocol, section 2.2). */
const maxLineCharacters = 65_536;
/** What is kept of each stream; a plugin may write without end. */
const maxKeptCharacters = 8 * 1024 * 1024;
/** From the exit to the end of stdout, which a process that was left behind may hold for ever. */
const drainMs = 250;

/** A plugin's process and what it has written so far. */
export class RawPlugin {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** The process is gone and nobody holds its output any more, so that all of it is there. */
  readonly exited: Promise<RawExit>;
  /** The process is gone. */
  readonly ended: Promise<RawExit>;
  readonly file: string;
  stdout = "";
  stderr = "";
  /** Milliseconds from the launch to the first line. */
  handshakeMs: number | undefined;
  /** Undefined while it runs. */
  exit: RawExit | undefined;
  readonly #clients: Client[] = [];
  readonly #stdoutEnded: Promise<unknown>;

  constructor({ file, args = [], env, cwd, leadsGroup = false }: RawLaunchOptions) {
    this.file = file;
    const launchedAt = performance.now();
    this.child = spawn(file, args, {
      env: { ...env },
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      detached: leadsGroup,
      windowsHide: true,
    });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (this.stdout.length < maxKeptCharacters) this.stdout += text;
      if (this.handshakeMs === undefined && text.includes("\n")) this.handshakeMs = performance.now() - launchedAt;
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (this.stderr.length < maxKeptCharacters) this.stderr += text;
    });
    this.#stdoutEnded = new Promise((resolve) => {
      this.child.stdout.once("end", resolve).once("close", resolve);
      this.child.once("exit", () => setTimeout(resolve, drainMs).unref());
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.exit ??= { code, signal };
        resolve(this.exit);
      };
      // `close` alone comes when the file could not be started.
      this.child.once("exit", end).once("close", end);
    });
    this.exited = new Promise((resolve) => {
      this.child.once("close", (code, signal) => resolve({ code, signal }));
    });
    this.child.on("error", (error) => (this.stderr += `${error.message}\n`));
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("error", () => {});
  }

  /** Waits for the first line of stdout, as long as told. */
  async firstLine(timeoutMs: number): Promise<RawFirstLine> {
    const arrival = async (): Promise<RawFirstLine> => {
      let isOver = false;
      void this.#stdoutEnded.then(() => (isOver = true));
      for (;;) {
        const end = this.stdout.indexOf("\n");
        if (end > maxLineCharacters || (end < 0 && this.stdout.length > maxLineCharacters)) return { kind: "too long" };
        if (end >= 0) return { kind: "line", line: this.stdout.slice(0, end) };
        if (isOver) return { kind: "closed" };
        await Promise.race([nextData(this.child.stdout), this.#stdoutEnded]);
      }
    };
    return (await within(arrival(), timeoutMs)) ?? { kind: "late" };
  }

  /** The fields of the first line; rejects when stdout ends without one, or 30 seconds have passed. */
  async handshake(): Promise<RawHandshake> {
    const first = await this.firstLine(30_000);
    if (first.kind === "line") return parseRawHandshake(first.line);
    const { code } = await this.ended;
    throw new Error(`no handshake, exit code ${code}: ${this.stderr}`);
  }

  /** A channel to the plugin, ready; `closeClients` closes it. Rejects when it is not within five seconds. */
  async connect(credentials?: ChannelCredentials, options?: object): Promise<Client> {
    const client = await this.dial(credentials, options);
    await waitForReady(client);
    return client;
  }

  /** A channel to the plugin, whose first call finds out whether it works; `closeClients` closes it. */
  async dial(
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
    return client;
  }

  closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

/** The fields of a handshake line as they stand; those that are not there are empty. */
export function parseRawHandshake(line: string): RawHandshake {
  const fields = line.replace(/\r$/, "").trim().split("|");
  const [, appVersion = "", network = "", address = ""] = fields;
  return { line, fields, appVersion, network, address };
}

/** Rejects when the channel is not ready within five seconds. */
export function waitForReady(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + 5000, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

function nextData(stream: Readable): Promise<unknown> {
  return once(stream, "data").catch(() => {});
}
