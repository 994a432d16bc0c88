import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { kill } from "node:process";
import { openTestStore, type TestAnswer } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processesMentioning, untilGone } from "../../../test/helpers/processes.ts";
import { createExecStore } from "./store.ts";

const secret = "s3cr3t-value-of-a-command";
const megabyte = 1024 * 1024;

let folder = "";
let env: Record<string, string> = {};
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "cm-exec-")));
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "sub"));
  env = { PATH: join(folder, "bin"), FOLDER: folder, FROM_HOST: "yes" };
  const programs: Record<string, string> = {
    args: "print(JSON.stringify(process.argv.slice(2)));",
    bytes: "print(Buffer.from([0, 0xff, 10, 13, 10]));",
    surroundings: `let stdin = "";
      process.stdin.on("data", (data) => (stdin += data)).on("end", () => print(JSON.stringify({
        stdin, cwd: process.cwd(), names: Object.keys(process.env).sort(), own: process.env.OWN })));`,
    fail: `print("${secret}"); process.stderr.write(process.argv.slice(3).join("\\n")); process.exitCode = Number(process.argv[2]);`,
    dies: 'process.kill(process.pid, "SIGABRT");',
    // Each does what it is asked for and then waits for ever.
    waits: "setInterval(() => {}, 1000);",
    stubborn: `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);
      print("deaf ", () => process.send?.("ready"));`,
    family: `const { spawn } = require("node:child_process");
      spawn(process.execPath, [__dirname + "/stubborn"], { stdio: ["ignore", "inherit", "inherit"] });
      setInterval(() => {}, 1000);`,
    // Ends itself, and leaves somebody who holds its stdout, in its group or not.
    leaves: `const { spawn } = require("node:child_process");
      const detached = process.argv[2] === "away";
      const child = spawn(process.execPath, [__dirname + "/stubborn"], {
        detached, stdio: ["ignore", "inherit", "inherit", "ipc"] });
      child.once("message", () => print("left", () => process.exit()));`,
    floods: `const block = Buffer.alloc(${megabyte}, "x");
      const write = (n) => n > 0 && process.stdout.write(block, () => write(n - 1));
      write(Number(process.argv[2])); if (process.argv[3]) process.stdout.write(process.argv[3]);`,
  };
  for (const [name, body] of Object.entries(programs)) {
    const print = "const print = (data, done) => process.stdout.write(data, done);";
    writeFileSync(join(folder, "bin", name), `#!${process.execPath}\n${print}\n${body}\n`, { mode: 0o755 });
  }
  writeFileSync(join(folder, "bin", "plain"), `#!${process.execPath}\n`);
  chmodSync(join(folder, "bin", "plain"), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Settings = Readonly<Record<string, unknown>>;

async function askAll(paths: readonly string[], commands: Readonly<Record<string, Settings>>, signal?: AbortSignal) {
  const store = await openTestStore({
    store: createExecStore({ kill }),
    env,
    cwd: folder,
    options: { commands },
  });
  try {
    return await store.ask(
      paths.map((path) => ({ path })),
      signal,
    );
  } finally {
    await store.close();
  }
}

async function ask(path: string, settings: Settings): Promise<TestAnswer> {
  return (await askAll([path], { c: settings }))[0]!;
}

async function textOf(path: string, settings: Settings): Promise<string> {
  const answer = await ask(path, settings);
  if (!answer.ok) throw new Error(answer.message);
  return Buffer.from(answer.data).toString();
}

const ours = () => processesMentioning(folder);

describe("the store EXEC", () => {
  it("gives what a command prints", async () => {
    expect(await textOf("c", { command: ["args"] })).toBe("[]");
    expect(await textOf("c/a b/c", { command: ["args", "-n", "{1}", "x={2}"] })).toBe('["-n","a b","x=c"]');
  });

  it.each(["; touch x", "$(touch x)", "`touch x`", "a\"b'c", "| cat & > x", "$HOME ~ * \\"])(
    "hands %s over as it is, and no shell sees it",
    async (argument) => {
      const text = await textOf(`c/${argument}`, { command: ["args", "{1}", "x{1}"] });
      expect(JSON.parse(text)).toEqual([argument, `x${argument}`]);
    },
  );

  it("takes one line feed from the end, and none when it is told so", async () => {
    const bytes = Buffer.from([0, 0xff, 10, 13, 10]);
    expect(await ask("c", { command: ["bytes"] })).toMatchObject({ ok: true, data: bytes.subarray(0, -1) });
    expect(await ask("c", { command: ["bytes"], trim: false })).toMatchObject({ ok: true, data: bytes });
    expect(await textOf("c", { command: ["floods", "0"] })).toBe("");
  });

  it("runs in the folder and with the variables that it is given, and with an empty stdin", async () => {
    const seen = async (settings: Settings): Promise<unknown> =>
      JSON.parse(await textOf("c", { command: ["surroundings"], ...settings }));
    expect(await seen({})).toEqual({ stdin: "", cwd: folder, names: ["FOLDER", "FROM_HOST", "PATH"] });
    expect(await seen({ cwd: "sub", env: { OWN: "{1} $FOLDER", FOLDER: "other" } })).toEqual({
      stdin: "",
      cwd: join(folder, "sub"),
      names: ["FOLDER", "FROM_HOST", "OWN", "PATH"],
      own: "{1} $FOLDER",
    });
  });

  it("finds the program on the PATH that the command is given", async () => {
    const settings = { command: ["args"], env: { PATH: join(folder, "sub") } };
    expect(await ask("c", settings)).toMatchObject({ ok: false, code: "UNKNOWN" });
    expect(await textOf("c", { ...settings, command: [join(folder, "bin", "args")] })).toBe("[]");
  });

  it("gives 64 MiB, and refuses a byte more", async () => {
    const whole = await ask("c", { command: ["floods", "64"] });
    expect(whole.ok && whole.data.length).toBe(64 * megabyte);
    expect(await ask("c", { command: ["floods", "64", "x"] })).toMatchObject({
      ok: false,
      code: "OUT_OF_RANGE",
      message: `command "c" printed more than ${64 * megabyte} bytes`,
    });
  });

  it.each([
    {
      name: "a failure, with the last lines of its stderr",
      command: ["fail", "3", "one", "", "two", "\u001b[31mthree\u001b[0m", "  four  ", ""],
      message: 'command "c" ended with exit code 3: two | three | four',
    },
    { name: "a failure that says nothing", command: ["fail", "1"], message: 'command "c" ended with exit code 1' },
    {
      name: "a failure that says a lot",
      command: ["fail", "1", `${"x".repeat(500)}end`],
      message: `command "c" ended with exit code 1: …${"x".repeat(397)}end`,
    },
    { name: "a signal", command: ["dies"], message: 'command "c" was ended by SIGABRT' },
    {
      name: "a program that is not there",
      command: ["nowhere"],
      message: 'command "c" could not be started: program "nowhere" was not found',
      hint: "install it, or add its folder to PATH",
    },
    {
      name: "a program that is not executable",
      command: ["plain"],
      message: 'command "c" could not be started: program "plain" is not executable',
      hint: "make it executable, or correct the command in the configuration",
    },
  ])("reports $name", async ({ command, message, hint = "" }) => {
    expect(await ask("c", { command })).toEqual({ ok: false, code: "UNKNOWN", message, hint });
  });

  it("reports a folder that is not there", async () => {
    expect(await ask("c", { command: ["args"], cwd: "none" })).toEqual({
      ok: false,
      code: "UNKNOWN",
      message: `command "c" could not be started: "${join(folder, "none")}" is no folder`,
      hint: 'correct "cwd" of the command in the configuration',
    });
  });

  it("reports an argument that no program can be given", async () => {
    const answer = await ask(`c/${"x".repeat(megabyte)}`, { command: ["args", "{1}"] });
    expect(answer).toMatchObject({ ok: false, code: "INVALID_ARGUMENT", message: "the argument is too long" });
  });

  it.each([
    { name: "its exit code", settings: { notFoundExitCodes: [44, 2] }, code: "NOT_FOUND" },
    { name: "what it says", settings: { notFoundPattern: "^no .* here$" }, code: "NOT_FOUND" },
    { name: "neither", settings: { notFoundExitCodes: [3], notFoundPattern: "^here" }, code: "UNKNOWN" },
  ])("knows by $name whether something is not there", async ({ settings, code }) => {
    const answer = await ask("c/x", { command: ["fail", "2", "no {1} here"], ...settings });
    expect(answer).toMatchObject({ ok: false, code });
    if (code === "NOT_FOUND") expect(answer).toMatchObject({ message: '"c/x" was not found' });
  });

  it("tells nothing of what a command printed before it failed", async () => {
    const commands = {
      fails: { command: ["fail", "1", "why"] },
      missing: { command: ["fail", "1"], notFoundExitCodes: [1] },
      late: { command: ["stubborn"], timeout: "200ms" },
      large: { command: ["floods", "65", secret] },
    };
    const answers = await askAll(Object.keys(commands), commands);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false, false, false]);
    expect(JSON.stringify(answers)).not.toMatch(/s3cr3t|deaf|xxx/);
  });

  it("names the nearest command that it knows", async () => {
    const commands = { passage: { command: ["args"] }, op: { command: ["args"] } };
    expect(await askAll(["passagw", "vault/x", "constructor"], commands)).toEqual([
      {
        ok: false,
        code: "INVALID_ARGUMENT",
        message: 'command "passagw" is not known',
        hint: 'did you mean "passage"?',
      },
      { ok: false, code: "INVALID_ARGUMENT", message: 'command "vault" is not known', hint: "known are passage, op" },
      {
        ok: false,
        code: "INVALID_ARGUMENT",
        message: 'command "constructor" is not known',
        hint: "known are passage, op",
      },
    ]);
  });

  it("runs nothing without a configuration", async () => {
    const store = await openTestStore({ store: createExecStore({ kill }), env, cwd: folder });
    expect(await store.ask([{ path: "args" }, { path: "args/x" }])).toEqual(
      Array.from({ length: 2 }, () => ({
        ok: false,
        code: "INVALID_ARGUMENT",
        message: 'option "commands" is not set',
        hint: "set stores.EXEC.options.commands in the configuration",
      })),
    );
    await store.close();
  });

  it("ends a command that takes too long, with a grandchild that ignores SIGTERM", async () => {
    expect(await ask("c", { command: ["family"], timeout: "1s" })).toEqual({
      ok: false,
      code: "DEADLINE_EXCEEDED",
      message: 'command "c" took longer than 1s',
      hint: 'see whether it waits for an answer, or raise its "timeout" in the configuration',
    });
    await untilGone(ours, 500);
  });

  it("ends a command that ignores SIGTERM", async () => {
    const answer = await ask("c", { command: ["stubborn"], timeout: "300ms" });
    expect(answer).toMatchObject({ ok: false, code: "DEADLINE_EXCEEDED" });
    await untilGone(ours, 500);
  });

  it("ends what a command leaves behind, and gives its whole value", async () => {
    expect(await textOf("c", { command: ["leaves"], timeout: "20s" })).toBe("deaf left");
    await untilGone(ours, 500);
  });

  it("waits for all of a value, and not for ever for somebody who has left the group", async () => {
    const answer = await ask("c", { command: ["leaves", "away"], timeout: "1s" });
    expect(answer).toMatchObject({ ok: false, code: "DEADLINE_EXCEEDED" });
    for (const { pid } of ours()) process.kill(pid, "SIGKILL");
  });

  it("ends its commands when nobody waits for them any more", async () => {
    const abort = new AbortController();
    const asked = askAll(["a", "b", "c", "d", "e"], commandsThatWait(), abort.signal);
    await until(() => ours().length >= 8);
    abort.abort(new Error("nobody waits"));
    await expect(asked).rejects.toThrow("nobody waits");
    await untilGone(ours, 500);
  });

  it("ends its commands before it is torn down", async () => {
    const store = await openTestStore({
      store: createExecStore({ kill }),
      env,
      cwd: folder,
      options: { commands: commandsThatWait() },
    });
    const asked = store.ask(["a", "b"].map((path) => ({ path })));
    await until(() => ours().length >= 4);
    await store.close();
    await untilGone(ours, 500);
    expect((await asked).map(({ ok }) => ok)).toEqual([false, false]);
  });

  it("runs four commands at once", async () => {
    const abort = new AbortController();
    const asked = askAll(["a", "b", "c", "d", "e"], commandsThatWait("waits"), abort.signal).catch(() => {});
    await until(() => ours().length >= 4);
    expect(ours().length).toBe(4);
    abort.abort();
    await asked;
  });
});

function commandsThatWait(program: string = "family"): Record<string, Settings> {
  return Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, { command: [program] }]));
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error("it did not happen within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
