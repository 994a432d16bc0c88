/** Signals, the parent's death, output (go-plugin protocol, sections 6.7, 6.8, 9.2 and 11.2). */
import { existsSync } from "node:fs";
import { askAnything, isAlive } from "../alive.ts";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { Session, TestBench } from "../bench.ts";
import { endText, exitText, quote } from "../describe-seen.ts";
import { within } from "../within.ts";

const orphanMs = 5000;
const signalMs = 2000;
const maxLogBytes = 65_536;
const logLevels: ReadonlySet<unknown> = new Set(["trace", "debug", "info", "warn", "error"]);

function needsSignals(bench: TestBench): void {
  if (bench.isWindows) throw new Skipped("Windows has no signals");
}

/** A plugin that got SIGTERM, when it is gone. */
async function terminated(bench: TestBench): Promise<Session> {
  needsSignals(bench);
  const session = await bench.open();
  session.plugin.child.kill("SIGTERM");
  const exit = await within(session.plugin.ended, signalMs);
  const seen = endText(session.plugin);
  await bench.end(session.plugin);
  meet(exit !== undefined, `its exit within ${signalMs} ms`, seen);
  return session;
}

/** The log records on stderr of every plugin so far, as they stand. */
async function logLines(bench: TestBench): Promise<readonly string[]> {
  await askAnything(bench, await bench.either());
  return bench.launched.flatMap(({ stderr }) => stderr.split("\n")).filter((line) => line !== "");
}

type LogRecord = Readonly<Record<string, unknown>>;

// None for what is no JSON object.
function recordsOf(line: string): readonly LogRecord[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as LogRecord];
  } catch {
    return [];
  }
}

/** P23 to P25, P31, P32. */
export const processAssertions: readonly Assertion[] = [
  {
    id: "P23",
    sentence: "it ignores SIGINT, once and again",
    level: "must",
    fix: "ignore SIGINT once the handshake is printed: Ctrl-C in a terminal reaches plugins too, and it is the host that decides",
    async check(bench) {
      needsSignals(bench);
      const session = await bench.open();
      const { plugin } = session;
      // Go's own plugins install their handler right behind the handshake line.
      await isAlive(bench, session);
      for (let count = 0; count < 3; count++) {
        plugin.child.kill("SIGINT");
        const exit = await within(plugin.ended, 100);
        meet(exit === undefined, "a plugin that goes on", exit === undefined ? "" : exitText(exit));
      }
      meet(await isAlive(bench, session), "a plugin that still answers", endText(plugin));
      await bench.end(plugin);
    },
  },
  {
    id: "P23b",
    sentence: "SIGTERM ends it",
    level: "must",
    fix: "exit on SIGTERM: it is what a host and a supervisor try before SIGKILL",
    async check(bench) {
      await terminated(bench);
    },
  },
  {
    id: "P23c",
    sentence: "SIGTERM ends it cleanly: exit code 0, its socket removed",
    level: "should",
    fix: "on SIGTERM do what Shutdown does: stop the server, remove the socket, exit with 0",
    async check(bench) {
      const { plugin, line } = await terminated(bench);
      meet(plugin.exit?.code === 0, "exit code 0", plugin.exit === undefined ? "" : exitText(plugin.exit));
      meet(
        line.network !== "unix" || !existsSync(line.address),
        "its socket removed",
        "the socket's file is still there",
      );
    },
  },
  {
    id: "P24",
    sentence: `it exits within ${orphanMs / 1000} s when its host is killed, and removes its socket`,
    level: "should",
    fix: "look once a second whether the parent process is another one, and exit then; go-plugin does not do that by itself",
    async check(bench) {
      needsSignals(bench);
      if (!existsSync("/bin/sh")) throw new Skipped("there is no /bin/sh to be its host");
      const { plugin, line } = await bench.start({}, () => bench.launchBelowShell());
      plugin.child.kill("SIGKILL");
      const closed = await within(plugin.exited, orphanMs);
      await bench.end(plugin);
      meet(closed !== undefined, `its exit within ${orphanMs} ms`, "still running");
      meet(
        line.network !== "unix" || !existsSync(line.address),
        "its socket removed",
        "the socket's file is still there",
      );
    },
  },
  {
    id: "P25",
    sentence: "it survives that nobody reads its stdout and stderr any more",
    level: "should",
    fix: "ignore SIGPIPE, and errors of writing to stdout and stderr",
    async check(bench) {
      const session = await bench.open();
      session.plugin.child.stdout.destroy();
      session.plugin.child.stderr.destroy();
      for (let round = 0; round < 3; round++) await askAnything(bench, session);
      meet(await isAlive(bench, session), "a plugin that still answers", endText(session.plugin));
      await bench.end(session.plugin);
    },
  },
  {
    id: "P31",
    sentence: "log records on stderr are lines below 64 KiB, and their keys that begin with @ are strings",
    level: "must",
    fix: "write one JSON object a line with strings in @level, @message and @timestamp: anything else makes a Go host panic",
    async check(bench) {
      for (const line of await logLines(bench)) {
        const bytes = Buffer.byteLength(line);
        meet(
          bytes < maxLogBytes,
          "lines below 64 KiB",
          `a line of ${bytes} bytes that begins ${quote(line.slice(0, 60))}`,
        );
        for (const [key, value] of Object.entries(recordsOf(line)[0] ?? {})) {
          meet(!key.startsWith("@") || typeof value === "string", `a string in ${quote(key)}`, quote(line));
        }
      }
    },
  },
  {
    id: "P31b",
    sentence: "log records have a level that go-plugin knows, and a time with six digits behind the second",
    level: "should",
    fix: "use trace, debug, info, warn or error, and times such as 2026-01-02T03:04:05.123456Z; others are logged as raw text",
    async check(bench) {
      const records = (await logLines(bench)).flatMap(recordsOf);
      if (records.length === 0) throw new Skipped("it has logged no JSON records");
      for (const { "@level": level, "@timestamp": time } of records) {
        meet(logLevels.has(level), "a known level", quote(String(level)));
        const isTime = typeof time === "string" && /^.{19}\.[0-9]{6}(Z|[+-][0-9]{2}:[0-9]{2})$/.test(time);
        meet(isTime, "six digits behind the second", quote(String(time)));
      }
    },
  },
];

/** P32: looked at last, over all that was launched before. */
export const outputAssertions: readonly Assertion[] = [
  {
    id: "P32",
    sentence: "nothing but the handshake line has come on stdout, in all that was done",
    level: "must",
    fix: "print to stderr, or point stdout elsewhere after the handshake: hosts throw the rest of stdout away, and older ones stop reading it",
    async check(bench) {
      await askAnything(bench, await bench.either());
      for (const { stdout } of bench.launched) {
        const rest = stdout.slice(stdout.indexOf("\n") + 1);
        meet(!stdout.includes("\n") || rest === "", "one line on stdout", `also ${quote(rest)}`);
      }
    },
  },
];
