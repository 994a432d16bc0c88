/** Where a plugin listens (go-plugin protocol, sections 3.1 and 11.2). */
import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { StartedPlugin, TestBench } from "../bench.ts";
import { endText, exitText, quote } from "../describe-seen.ts";
import { parseRawHandshake, type RawPlugin } from "../raw-plugin.ts";
import { within } from "../within.ts";

/** A plugin that has started; `Skipped` unless it listens on that network. */
async function startedOn(
  network: "unix" | "tcp",
  bench: TestBench,
  env: Readonly<Record<string, string>> = {},
): Promise<StartedPlugin> {
  const { line } = await bench.first();
  if (line !== undefined && line.network !== network) throw new Skipped(`it listens on ${line.network}`);
  return bench.start(env);
}

async function addressOf(started: StartedPlugin, bench: TestBench): Promise<string> {
  await bench.end(started.plugin);
  return started.line.address;
}

/** A plugin that has no place for its socket, at its end or when the time is over. */
async function launchedInto(folder: string, bench: TestBench): Promise<RawPlugin> {
  const { line } = await bench.first();
  if (line === undefined) throw new Skipped("it does not start (P3)");
  if (line.network !== "unix") throw new Skipped(`it listens on ${line.network}`);
  const plugin = bench.launch({ PLUGIN_UNIX_SOCKET_DIR: folder });
  const first = await plugin.firstLine(bench.subject.startTimeoutMs);
  if (first.kind === "line") {
    const { address } = parseRawHandshake(first.line);
    const isThere = existsSync(address);
    await bench.end(plugin);
    meet(
      isThere,
      "no handshake, or one with a socket that is there",
      `the address ${quote(address)}, where there is none`,
    );
    throw new Skipped("it listens elsewhere then");
  }
  await within(plugin.exited, bench.shutdownMs);
  return plugin;
}

async function tooLongFolder(bench: TestBench): Promise<string> {
  const folder = path.join(bench.folder, "d".repeat(110));
  await mkdir(folder, { recursive: true });
  return folder;
}

/** P9 to P12. */
export const listenerAssertions: readonly Assertion[] = [
  {
    id: "P9",
    sentence: "it makes its socket in the folder PLUGIN_UNIX_SOCKET_DIR",
    level: "must",
    fix: "make the socket in that folder when the variable is set: the host keeps everybody else out of it, and removes it",
    async check(bench) {
      const folder = path.join(bench.folder, "s9");
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const address = await addressOf(await startedOn("unix", bench, { PLUGIN_UNIX_SOCKET_DIR: folder }), bench);
      meet(path.dirname(address) === folder, `a socket in ${quote(folder)}`, quote(address));
    },
  },
  {
    id: "P9b",
    sentence: "without that variable its socket is in TMPDIR, another one for each process",
    level: "should",
    fix: "fall back to the system's temporary folder, with a random name",
    async check(bench) {
      const first = await addressOf(await startedOn("unix", bench, { PLUGIN_UNIX_SOCKET_DIR: "" }), bench);
      const second = await addressOf(await startedOn("unix", bench, { PLUGIN_UNIX_SOCKET_DIR: "" }), bench);
      meet(path.dirname(first) === bench.tempDir, `a socket in ${quote(bench.tempDir)}`, quote(first));
      meet(first !== second, "two addresses for two processes", `${quote(first)} twice`);
    },
  },
  {
    id: "P9c",
    sentence: "its socket is called plugin and some digits",
    level: "should",
    fix: "call it plugin<random digits>, as go-plugin does, so that people know what is left over",
    async check(bench) {
      const address = await addressOf(await startedOn("unix", bench), bench);
      meet(/^plugin[0-9]+$/.test(path.basename(address)), "plugin<digits>", quote(path.basename(address)));
    },
  },
  {
    id: "P10",
    sentence: "with a path too long for a socket there is no handshake",
    level: "must",
    fix: "check the length (103 bytes on every system) before listening: some systems cut it off silently",
    async check(bench) {
      await bench.end(await launchedInto(await tooLongFolder(bench), bench));
    },
  },
  {
    id: "P10b",
    sentence: "when it cannot listen it says so on stderr and exits, not with 0",
    level: "should",
    fix: "write the reason to stderr and exit with 1",
    async check(bench) {
      const plugin = await launchedInto(path.join(bench.folder, "none"), bench);
      const seen = endText(plugin);
      const { exit } = plugin;
      await bench.end(plugin);
      meet(
        exit !== undefined && exit.code !== 0,
        "an exit code that is not 0",
        exit === undefined ? seen : exitText(exit),
      );
      meet(plugin.stderr !== "", "a reason on stderr", "nothing on stderr");
    },
  },
  {
    id: "P11",
    sentence: "it gives its socket to the group of PLUGIN_UNIX_SOCKET_GROUP, with mode 0660",
    level: "should",
    fix: "after listening, chown the socket to the group (a name or a number) and chmod it to 0660",
    async check(bench) {
      const group = ownGroup();
      const { plugin, line } = await startedOn("unix", bench, { PLUGIN_UNIX_SOCKET_GROUP: String(group) });
      const stats = await stat(line.address);
      await bench.end(plugin);
      const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
      meet(mode === "0660" && stats.gid === group, `mode 0660 of group ${group}`, `mode ${mode} of group ${stats.gid}`);
    },
  },
  {
    id: "P12",
    sentence: "on TCP it listens on 127.0.0.1 alone",
    level: "must",
    fix: "bind to 127.0.0.1 and print that: a plugin holds credentials, and other machines must not reach it",
    async check(bench) {
      const address = await addressOf(await startedOn("tcp", bench), bench);
      meet(/^(127\.0\.0\.1|localhost|\[::1\]):[0-9]+$/.test(address), "127.0.0.1:<port>", quote(address));
    },
  },
  {
    id: "P12b",
    sentence: "on TCP it takes a port from PLUGIN_MIN_PORT to PLUGIN_MAX_PORT",
    level: "should",
    fix: "try the ports of the range one after the other, and let the system choose when neither variable is set",
    async check(bench) {
      const free = await freePort();
      const range = { PLUGIN_MIN_PORT: String(free), PLUGIN_MAX_PORT: String(free + 20) };
      const address = await addressOf(await startedOn("tcp", bench, range), bench);
      const port = Number(address.split(":").at(-1));
      meet(port >= free && port <= free + 20, `a port from ${free} to ${free + 20}`, String(port));
    },
  },
];

// In a container the user may be known by its number only.
function ownGroup(): number {
  try {
    return userInfo().gid;
  } catch {
    throw new Skipped("the group of this user is not known");
  }
}

// One that was free a moment ago; the plugin has twenty more to choose from.
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? Math.min(address.port, 65_000) : 20_000;
}
