import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isAlive, liveProcesses, untilGone } from "../helpers/processes.ts";
import { workFolder } from "./program.ts";
import { deadline, startWatching, type Watching, write } from "./watching.ts";

/** Tells what it has got; at its end, what its file holds then. */
const command = `
  const fs = require("node:fs");
  const read = () => (process.env.CONFIGMANAGER_FILE ? fs.readFileSync(process.env.CONFIGMANAGER_FILE, "utf8") : "");
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => { console.log("end " + signal + " " + read()); process.exit(0); });
  }
  console.log("start " + process.pid + " " + process.env.A + " " + read());
  setInterval(() => {}, 1e9);
`;

function prepare(files: Readonly<Record<string, string>>): string {
  const cwd = workFolder();
  write(cwd, { "command.cjs": command, ...files });
  return cwd;
}

const run = ["--", process.execPath, "command.cjs"];

function startsOf(watching: Watching): readonly number[] {
  return Array.from(watching.printed().matchAll(/start (\d+) /g), ([, pid]) => Number(pid));
}

describe("exec --watch", () => {
  it("starts the command again with what has changed, its plugins kept running, until a signal ends all", async () => {
    const cwd = prepare({ "f.env": "A=1 ENV://WHO", "t.tmpl": "file 1" });
    mkdirSync(join(cwd, "run"), { mode: 0o700 });
    const foldersIn = (): readonly string[] =>
      existsSync(join(cwd, "run", "configmanager")) ? readdirSync(join(cwd, "run", "configmanager")) : [];
    const args = ["exec", "--env-file", "f.env", "--file", "t.tmpl", "--watch", ...run];
    const watching = startWatching(cwd, args, { WHO: "me", XDG_RUNTIME_DIR: join(cwd, "run") });
    await watching.hasPrinted(/^start \d+ 1 me file 1\n$/);
    const [first] = startsOf(watching);
    const plugins = watching.children().filter((pid) => pid !== first);
    expect(plugins).toHaveLength(1);
    expect(foldersIn()).toHaveLength(1);

    write(cwd, { "f.env": "A=2 ENV://WHO" });
    await watching.hasPrinted(/\nend SIGTERM file 1\nstart \d+ 2 me file 1\n$/);
    await watching.hasSaid(/^\$A changed; the command is started again \d\d:\d\d:\d\d\n$/);
    // The old file is there until the old command has ended.
    write(cwd, { "t.tmpl": "file 2" });
    await watching.hasPrinted(/\nend SIGTERM file 1\nstart \d+ 2 me file 2\n$/);
    await watching.hasSaid(/\nt changed; the command is started again \d\d:\d\d:\d\d\n$/);
    const third = startsOf(watching)[2]!;
    expect(new Set(watching.children())).toEqual(new Set([...plugins, third]));
    expect(foldersIn()).toHaveLength(1);

    const { exitCode, stdout, stderr } = await watching.end("SIGINT");
    expect([exitCode, stderr.split("\n").at(-2)]).toEqual([130, "error CM_CANCELED: interrupted"]);
    expect(stdout.toString()).toMatch(/\nend SIGINT file 2\n$/);
    expect(liveProcesses().filter(({ pid }) => [...plugins, third].includes(pid))).toEqual([]);
    expect(foldersIn()).toEqual([]);
  });

  it("leaves the command alone when something fails, says why, and goes on", async () => {
    const cwd = prepare({ "f.env": "A=1 ENV://WHO" });
    const watching = startWatching(cwd, ["exec", "--env-file", "f.env", "--watch", ...run], { WHO: "me" });
    await watching.hasPrinted(/^start \d+ 1 me \n$/);
    const [first] = startsOf(watching);
    write(cwd, { "f.env": "A=ENV://NOT_SET_1 ENV://NOT_SET_2" });
    await watching.hasSaid(/f\.env:1:3\n[^]*2 errors; the command runs on as it is\n$/);
    expect(isAlive(first!)).toBe(true);
    write(cwd, { "f.env": "A=3 ENV://WHO" });
    await watching.hasPrinted(/\nend SIGTERM \nstart \d+ 3 me \n$/);
    expect((await watching.end("SIGTERM")).exitCode).toBe(143);
  });

  it("waits for a change when the command has ended by itself, and a signal ends that", async () => {
    const cwd = prepare({ "f.env": "A=1" });
    const watching = startWatching(cwd, ["exec", "--env-file", "f.env", "--watch", "--", "sh", "-c", "exit $A"]);
    await watching.hasSaid(/^the command ended with 1; waiting for a change\n$/);
    write(cwd, { "f.env": "A=2" });
    await watching.hasSaid(/\n\$A changed; .*\nthe command ended with 2; waiting for a change\n$/);
    expect((await watching.end("SIGHUP")).exitCode).toBe(129);
  });

  it("kills a command that does not end, and waits for nobody whom it has left behind", async () => {
    const cwd = prepare({ "f.env": "A=ENV://WHO" });
    const script = `trap "" TERM; sleep 60 & echo "$A left $!."; wait; wait`;
    const args = ["exec", "--env-file", "f.env", "--watch", "--", "sh", "-c", script];
    const watching = startWatching(cwd, args, { WHO: "somebody" });
    await watching.hasPrinted(/^\*\*\* left \d+\.\n$/);
    const commands = (): readonly number[] => {
      const own = watching.children();
      return liveProcesses().flatMap(({ pid, command: line }) =>
        own.includes(pid) && line.startsWith("sh ") ? [pid] : [],
      );
    };
    write(cwd, { "f.env": "A=2 ENV://WHO" });
    await watching.hasPrinted(/\n2 \*\*\* left \d+\.\n$/);
    const left = Array.from(watching.printed().matchAll(/left (\d+)\./g), ([, pid]) => Number(pid));
    expect(left.map(isAlive)).toEqual([true, true]);
    const [second, ...others] = commands();
    expect(others).toEqual([]);
    const finished = watching.end("SIGINT");
    await untilGone(() => liveProcesses().filter(({ pid }) => pid === second));
    for (const pid of left) process.kill(pid, "SIGKILL");
    expect((await finished).exitCode).toBe(130);
  });

  it("goes on when a new command cannot be run, and tries again with the next change", async () => {
    const cwd = prepare({ "f.env": "A=1" });
    const watching = startWatching(cwd, ["exec", "--env-file", "f.env", "--watch", ...run]);
    await watching.hasPrinted(/^start \d+ 1 \n$/);
    write(cwd, { "f.env": `A=${"x".repeat(3_000_000)}` });
    await watching.hasSaid(/error CM_COMMAND_NOT_EXECUTABLE: /);
    write(cwd, { "f.env": "A=2" });
    await watching.hasPrinted(/\nend SIGTERM \nstart \d+ 2 \n$/);
    await watching.end("SIGINT");
  });

  it("says that a changed configuration needs a new start", async () => {
    const cwd = prepare({ "f.env": "A=1", ".configmanager/config.yaml": "lax: true\n" });
    const watching = startWatching(cwd, ["exec", "--env-file", "f.env", "--watch", ...run]);
    await watching.hasPrinted(/^start/);
    write(cwd, { ".configmanager/config.yaml": "lax: false\n" });
    await watching.hasSaid(/^the configuration has changed: start again for it to hold\n$/);
    await watching.end("SIGINT");
  });
});

describe("exec --watch-stores", () => {
  it("starts the command again only when a value has changed, and masks all values that there were", async () => {
    const cwd = prepare({ value: "value-1\n" });
    // Whenever the store is asked, it leaves a mark.
    const store = { options: { commands: { v: { command: ["sh", "-c", "echo >> asked; cat value"] } } } };
    write(cwd, { ".configmanager/config.yaml": JSON.stringify({ stores: { EXEC: store } }) });
    const script = `echo "start $A value-1 value-2 value-3"; exec sleep 60`;
    const args = ["exec", "-t", "A=EXEC://v", "--watch-stores", "50ms", "--", "sh", "-c", script];
    const watching = startWatching(cwd, args);
    await watching.hasPrinted(/^start \*\*\* \*\*\* value-2 value-3\n$/);
    await vi.waitFor(() => expect(readFileSync(join(cwd, "asked")).length).toBeGreaterThan(4), deadline);
    expect(watching.printed().match(/start/g)).toHaveLength(1);
    write(cwd, { value: "value-2\n" });
    await watching.hasPrinted(/\nstart \*\*\* \*\*\* \*\*\* value-3\n$/);
    expect(watching.said()).toMatch(/^\$A changed; the command is started again \d\d:\d\d:\d\d\n$/);
    expect((await watching.end("SIGINT")).exitCode).toBe(130);
  });
});
