/**
 * Where a plugin is put through its paces: launches it as hosts do, keeps running ones at hand for the assertions that leave
 * them as they are, and in the end leaves neither a process nor a file. Made once for a report by `run-assertions.ts`.
 */
import { lstatSync, mkdirSync, rmSync, unlinkSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import type { Client } from "@grpc/grpc-js";
import { cookieKey, cookieValues } from "../../internal/goplugin/constants.ts";
import { createHandshakeEnv } from "../../internal/goplugin/handshake-env.ts";
import { GRPCBroker } from "../../internal/gen/plugin/grpc_broker_pb.js";
import { GRPCController } from "../../internal/gen/plugin/grpc_controller_pb.js";
import { GRPCStdio } from "../../internal/gen/plugin/grpc_stdio_pb.js";
import { createClient } from "./grpc/grpc-service.ts";
import { Skipped, Unmet } from "./assertion.ts";
import { endText } from "./describe-seen.ts";
import { parseRawHandshake, type RawFirstLine, type RawHandshake, RawPlugin } from "./raw-plugin.ts";
import type { TestSubject } from "./subject.ts";
import { within } from "./within.ts";

/** Variables that a launch sets, or takes out. */
export type LaunchEnv = Readonly<Record<string, string | undefined>>;

/** A plugin that has said where it listens. */
export interface StartedPlugin {
  readonly plugin: RawPlugin;
  readonly line: RawHandshake;
}

/** The first plugin that was launched, and what came of it; `line` when that was a handshake, more or less. */
export interface FirstPlugin {
  readonly plugin: RawPlugin;
  readonly firstLine: RawFirstLine;
  readonly line: RawHandshake | undefined;
  /** It has refused every cookie that there is. */
  readonly refusesCookies: boolean;
}

/** A plugin that can be called. */
export interface Session extends StartedPlugin {
  readonly client: Client;
}

/** How long an answer may take, a store's own included. */
const callMs = 15_000;
/** What a plugin has from Shutdown to its exit (go-plugin protocol, section 6.3). */
const shutdownMs = 2000;
/** What a plugin has to refuse a cookie: long enough for an interpreter on a busy machine. */
const refusalMs = 5000;
/** After SIGKILL, for the pipes. */
const killMs = 2000;

/** One executable under test. */
export class TestBench implements AsyncDisposable {
  readonly subject: TestSubject;
  readonly callMs: number = callMs;
  readonly shutdownMs: number = shutdownMs;
  /** Holds everything that a plugin makes of its own accord; below it are `t`, its temporary folder, and `s`, for sockets. */
  readonly folder: string;
  /** Every plugin that has been launched, in that order. */
  readonly launched: RawPlugin[] = [];
  /** Milliseconds from each Shutdown to the exit. */
  readonly shutdownTimesMs: number[] = [];
  /** Some Shutdown has not led to an exit in time. */
  isDeafToShutdown = false;
  readonly #stopWatching: () => void;
  readonly #sessions = new Map<string, Promise<Session>>();
  #cookie: string | undefined;
  #first: Promise<FirstPlugin> | undefined;
  #withoutCookie: Promise<readonly [RawPlugin, RawPlugin]> | undefined;
  #versions: Promise<ReadonlySet<"1" | "2">> | undefined;

  static async open(subject: TestSubject): Promise<TestBench> {
    return new TestBench(subject, await mkdtemp(path.join(subject.context.tempDir, "cm-")));
  }

  private constructor(subject: TestSubject, folder: string) {
    this.subject = subject;
    this.folder = folder;
    for (const name of ["t", "s"]) mkdirSync(path.join(folder, name), { mode: 0o700 });
    this.#stopWatching = subject.context.onProcessExit(() => {
      for (const plugin of this.launched) this.#kill(plugin);
      rmSync(folder, { recursive: true, force: true });
    });
  }

  get isWindows(): boolean {
    return this.subject.context.platform === "win32";
  }

  get tempDir(): string {
    return path.join(this.folder, "t");
  }

  /** Launches the plugin as a host of both protocols does; `env` goes over what such a host sets. */
  launch(env: LaunchEnv = {}): RawPlugin {
    const { command, context } = this.subject;
    return this.#spawn(command.file, command.args, env, context.cwd);
  }

  /** Launches the plugin with a shell as its parent; not for Windows. */
  launchBelowShell(): RawPlugin {
    const { command, context } = this.subject;
    return this.#spawn("/bin/sh", ["-c", '"$@" & wait', "sh", command.file, ...command.args], {}, context.cwd);
  }

  /** The first plugin of all, launched when it is first asked for, with the cookie that it takes; it runs on. */
  first(): Promise<FirstPlugin> {
    this.#first ??= this.#launchFirst();
    return this.#first;
  }

  /** Two plugins, one launched without the magic cookie and one with another, when they are gone or some seconds are over. */
  withoutCookie(): Promise<readonly [unset: RawPlugin, other: RawPlugin]> {
    this.#withoutCookie ??= (async () => {
      const unset = this.launch({ [cookieKey]: undefined });
      const other = this.launch({ [cookieKey]: "of-another-program" });
      await Promise.all([unset, other].map((plugin) => within(plugin.exited, refusalMs)));
      return [unset, other] as const;
    })();
    return this.#withoutCookie;
  }

  /** Launches the plugin and reads its handshake. Throws `Skipped` when there is none: that is for P3 to report. */
  async start(env: LaunchEnv = {}, launch: () => RawPlugin = () => this.launch(env)): Promise<StartedPlugin> {
    const { line: firstLine } = await this.first();
    if (firstLine === undefined) throw new Skipped("it does not start (P3)");
    const plugin = launch();
    const line = handshakeOf(await plugin.firstLine(this.subject.startTimeoutMs));
    if (line === undefined) throw new Unmet("a handshake line, as at other starts", endText(plugin));
    return { plugin, line };
  }

  /** The versions of the app protocol that are spoken, of those that this program speaks. */
  async versions(): Promise<ReadonlySet<"1" | "2">> {
    this.#versions ??= Promise.all(
      (["1", "2"] as const).map(async (version) => {
        const { line } = await this.session(version, { PLUGIN_PROTOCOL_VERSIONS: version });
        return line.appVersion === version ? [version] : [];
      }),
    ).then((found) => new Set(found.flat()));
    return this.#versions;
  }

  /** A running plugin that speaks this version. Throws `Skipped` when it does not speak it, or cannot be connected to. */
  async speaking(version: "1" | "2"): Promise<Session> {
    const versions = await this.versions();
    if (!versions.has(version)) throw new Skipped(`it does not speak protocol ${version}`);
    return this.session(version, { PLUGIN_PROTOCOL_VERSIONS: version });
  }

  /** A running plugin for what holds for both versions. */
  async either(): Promise<Session & { readonly version: "1" | "2" }> {
    const versions = await this.versions();
    const version = versions.has("2") ? "2" : "1";
    return { ...(await this.speaking(version)), version };
  }

  /** A running plugin that is shared by all who name it so; started anew when it is gone. */
  async session(name: string, env: LaunchEnv = {}): Promise<Session> {
    const known = await this.#sessions.get(name)?.catch(() => undefined);
    if (known !== undefined && known.plugin.exit === undefined) return known;
    const opening = this.open(env);
    this.#sessions.set(name, opening);
    return opening;
  }

  /** A plugin for one assertion alone, connected to as hosts do it: its two long streams are open. */
  async open(env: LaunchEnv = {}): Promise<Session> {
    const started = await this.start(env);
    let client: Client;
    try {
      client = await started.plugin.connect();
    } catch {
      throw new Skipped("it cannot be connected to (P6)");
    }
    const stdio = createClient(GRPCStdio, client).streamStdio({});
    const broker = createClient(GRPCBroker, client).startStream();
    for (const stream of [stdio, broker]) stream.on("data", () => {}).on("error", () => {});
    return { ...started, client };
  }

  /** Nobody gets the running plugins any more that were at hand until now: one of them may be broken. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  /** Asks a plugin to exit as a host does; true when it is gone in time. */
  async shutDown({ plugin, client }: Session): Promise<boolean> {
    const began = performance.now();
    // Whatever comes of it means that it was asked (go-plugin protocol, section 5.3).
    const answer = createClient(GRPCController, client).shutdown({}, { deadlineMs: this.shutdownMs });
    answer.catch(() => {});
    const ended = await within(plugin.ended, this.shutdownMs);
    if (ended === undefined) this.isDeafToShutdown = true;
    else this.shutdownTimesMs.push(performance.now() - began);
    plugin.closeClients();
    return ended !== undefined;
  }

  /** Ends a plugin at once, with all it has started. */
  async end(plugin: RawPlugin): Promise<void> {
    plugin.closeClients();
    this.#kill(plugin);
    await within(plugin.exited, killMs);
    plugin.child.stdout.destroy();
    plugin.child.stderr.destroy();
  }

  async #launchFirst(): Promise<FirstPlugin> {
    let plugin: RawPlugin;
    let firstLine: RawFirstLine;
    let refusesCookies = false;
    do {
      this.#cookie = this.#cookie === undefined ? cookieValues[0] : cookieValues[1];
      plugin = this.launch();
      firstLine = await plugin.firstLine(this.subject.startTimeoutMs);
      if (firstLine.kind === "closed") await within(plugin.exited, this.shutdownMs / 4);
      refusesCookies =
        plugin.exit?.code === 1 && plugin.stdout === "" && plugin.stderr.startsWith("This binary is a plugin");
    } while (refusesCookies && this.#cookie !== cookieValues[1]);
    return { plugin, firstLine, line: handshakeOf(firstLine), refusesCookies };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.launched.map((plugin) => this.end(plugin)));
    this.#stopWatching();
    for (const { stdout } of this.launched) removeSocket(parseRawHandshake(stdout.split("\n", 1)[0]!));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(file: string, args: readonly string[], env: LaunchEnv, cwd: string): RawPlugin {
    const handshake = createHandshakeEnv({
      cookieValue: this.#cookie ?? cookieValues[0],
      appVersions: [2, 1],
      socketDir: this.isWindows ? undefined : path.join(this.folder, "s"),
    });
    const temporary = this.isWindows ? {} : { TMPDIR: this.tempDir };
    const plugin = new RawPlugin({
      file,
      args,
      env: { ...this.subject.env, ...temporary, ...handshake, ...env },
      cwd,
      leadsGroup: !this.isWindows,
    });
    this.launched.push(plugin);
    return plugin;
  }

  #kill(plugin: RawPlugin): void {
    const { pid } = plugin.child;
    try {
      if (this.isWindows) plugin.child.kill("SIGKILL");
      else if (pid !== undefined) this.subject.context.kill(-pid, "SIGKILL");
    } catch {
      // Nobody is left in the group.
    }
  }
}

// More or less one: whether its fields are right is for others to say.
function handshakeOf(first: RawFirstLine): RawHandshake | undefined {
  const line = first.kind === "line" ? parseRawHandshake(first.line) : undefined;
  return line !== undefined && line.fields.length >= 4 ? line : undefined;
}

// A killed plugin leaves its socket, perhaps where it was not told to make it. Nothing but a socket: it is the plugin that names it.
function removeSocket({ network, address }: RawHandshake): void {
  if (network !== "unix" || !path.isAbsolute(address)) return;
  try {
    if (lstatSync(address).isSocket()) unlinkSync(address);
  } catch {
    // It is gone.
  }
}
