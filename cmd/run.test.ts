import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../test/helpers/fake-facade.ts";
import { runProgram, temporaryFolder } from "../test/helpers/run-program.ts";
import { canceledBy } from "./exit-codes.ts";

async function folderWithConfig(text: string): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, ".configmanager"));
  await writeFile(join(folder, ".configmanager", "config.yaml"), text);
  return folder;
}

describe("the configuration of a run", () => {
  it("comes from files in the working directory and the home folder, the environment and flags", async () => {
    const facade = createFakeFacade();
    const cwd = await folderWithConfig("timeout: 3s\nconcurrency: 3\nlax: true\nstores: { MINE: { path: bin/x } }");
    const { exitCode } = await runProgram(["render", "-", "--concurrency", "1"], {
      facade,
      cwd,
      home: await folderWithConfig("timeout: 4s\nrunTimeout: 4s"),
      env: { CONFIGMANAGER_CONCURRENCY: "2", CONFIGMANAGER_LAX: "false" },
    });
    expect(exitCode).toBe(0);
    expect(facade.opened).toMatchObject([{ concurrency: 1, lax: false, timeoutMs: 3000, runTimeoutMs: 4000 }]);
    expect(facade.opened[0]?.stores).toEqual(new Map([["MINE", { path: join(cwd, "bin", "x") }]]));
  });

  it("is that of --config alone, or of CONFIGMANAGER_CONFIG", async () => {
    const cwd = await folderWithConfig("lax: true");
    await writeFile(join(cwd, "other.yaml"), "concurrency: 5");
    const facade = createFakeFacade();
    await runProgram(["render", "-", "--config", "other.yaml"], { facade, cwd });
    await runProgram(["render", "-"], { facade, cwd, env: { CONFIGMANAGER_CONFIG: "other.yaml" } });
    expect(facade.opened).toMatchObject([
      { lax: false, concurrency: 5 },
      { lax: false, concurrency: 5 },
    ]);
  });

  it("ends the run with every fault of it, each with its place", async () => {
    const cwd = await folderWithConfig("timeot: 3s\nconcurrency: 0\n");
    const { exitCode, stderr } = await runProgram(["render", "-"], { facade: createFakeFacade(), cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      [
        'error CM_CONFIG_INVALID: "timeot" is no key of the configuration',
        "  --> .configmanager/config.yaml:1:1",
        '  hint: write "timeout"',
        'error CM_CONFIG_INVALID: "concurrency" is not a whole number from 1 to 10000',
        "  --> .configmanager/config.yaml:2:14",
        "  hint: write a whole number from 1 to 10000",
        "2 errors; nothing was written",
        "",
      ].join("\n"),
    );
  });

  it("says where a separator comes from that cannot be one", async () => {
    const cwd = await folderWithConfig("lax: true\nkeySeparator: 'no'\n");
    const facade = createFakeFacade();
    const fromFile = await runProgram(["render", "-"], { facade, cwd });
    expect(fromFile.stderr).toContain("(from the configuration)\n  --> .configmanager/config.yaml:2:1\n");
    const fromVariable = await runProgram(["render", "-"], { facade, env: { CONFIGMANAGER_KEY_SEPARATOR: "no" } });
    expect(fromVariable.stderr).toContain("(from CONFIGMANAGER_KEY_SEPARATOR)\n");
    const fromFlag = await runProgram(["render", "-", "-k", "no"], { facade });
    expect(fromFlag.stderr).toBe(
      'error CM_KEY_SEPARATOR_INVALID: the key separator "no" is not one character (from --key-separator)\n',
    );
    expect([fromFile, fromVariable, fromFlag].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
  });

  it("ends with CM_CONFIG_NOT_FOUND when --config names nothing", async () => {
    const result = await runProgram(["render", "-", "--config", "no.yaml"], { facade: createFakeFacade() });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('error CM_CONFIG_NOT_FOUND: the configuration file "no.yaml" is not there\n');
  });

  it("ends with CM_CONFIG_INVALID when a file is there that cannot be read", async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, ".configmanager", "config.yaml"), { recursive: true });
    const result = await runProgram(["render", "-"], { facade: createFakeFacade(), cwd });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/^error CM_CONFIG_INVALID: the configuration file ".*" cannot be read \(EISDIR\)\n/);
  });
});

describe("the end of a run", () => {
  it("disposes the facade, well or not", async () => {
    const facade = createFakeFacade({ "VAULT://a": "A" });
    await runProgram(["render", "-"], { facade, stdin: "VAULT://a" });
    await runProgram(["render", "-"], { facade, stdin: "VAULT://no" });
    expect([facade.opened.length, facade.disposed]).toEqual([2, 2]);
  });

  it("reports all errors at once, quotes their lines, and counts them", async () => {
    const facade = createFakeFacade();
    const result = await runProgram(["render", "-"], { facade, stdin: "a: VAULT://a\nb: VAULT://b\n" });
    expect(result).toMatchObject({
      exitCode: 4,
      stdout: "",
      stderr: [
        'error CM_STORE_NOT_FOUND: "VAULT://a" is not there',
        "  --> -:1:4",
        "  1 | a: VAULT://a",
        "    |    ^",
        'error CM_STORE_NOT_FOUND: "VAULT://b" is not there',
        "  --> -:2:4",
        "  2 | b: VAULT://b",
        "    |    ^",
        "2 errors; nothing was written",
        "",
      ].join("\n"),
    });
  });

  it("reports each as a JSON object on its line", async () => {
    const { stderr } = await runProgram(["--log-format", "json", "render", "-"], {
      facade: createFakeFacade(),
      stdin: "VAULT://a VAULT://b",
    });
    expect(
      stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        code: "CM_STORE_NOT_FOUND",
        message: '"VAULT://a" is not there',
        file: "-",
        line: 1,
        column: 1,
        token: "VAULT://a",
      },
      {
        code: "CM_STORE_NOT_FOUND",
        message: '"VAULT://b" is not there',
        file: "-",
        line: 1,
        column: 11,
        token: "VAULT://b",
      },
    ]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("after %s says so and has its exit code", async (signal) => {
    const ending = new AbortController();
    ending.abort(canceledBy(signal));
    const { exitCode, stderr } = await runProgram(["render", "-"], {
      facade: createFakeFacade(),
      signal: ending.signal,
    });
    expect(exitCode).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    expect(stderr).toMatch(/^error CM_CANCELED: (interrupted|terminated by SIG(TERM|HUP))\n$/);
  });

  it("after a bug shows the stack", async () => {
    const facade = createFakeFacade();
    facade.createConfigManager = () => {
      throw new TypeError("cannot read properties of undefined");
    };
    const { exitCode, stderr } = await runProgram(["render", "-"], { facade });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error CM_INTERNAL: cannot read properties of undefined\n {4}at .*\n[^]*please report/);
  });
});

describe("what is said on the way", () => {
  const stdin = "dubious";

  it("are warnings", async () => {
    const { exitCode, stdout, stderr } = await runProgram(["render", "-"], { facade: createFakeFacade(), stdin });
    expect([exitCode, stdout, stderr]).toEqual([0, "dubious", "warning: this is dubious\n  hint: look again\n"]);
  });

  it("is nothing with --quiet", async () => {
    const { stderr } = await runProgram(["-q", "render", "-"], { facade: createFakeFacade(), stdin });
    expect(stderr).toBe("");
  });

  it.each([
    {
      name: "a debug log with --verbose",
      argv: ["-v"],
      expected: 'debug: it went well path="a b" count=2\nwarn: hm\n',
    },
    { name: "warnings of the log without", argv: [], expected: "warn: hm\n" },
    { name: "no log with --quiet", argv: ["-q"], expected: "" },
    {
      name: "log lines as JSON",
      argv: ["-v", "--log-format", "json"],
      expected: '{"path":"a b","count":2,"level":"debug","message":"it went well"}\n{"level":"warn","message":"hm"}\n',
    },
  ])("are $name", async ({ argv, expected }) => {
    const facade = createFakeFacade();
    const { createConfigManager } = facade;
    facade.createConfigManager = (options) => {
      options?.logger?.log("debug", "it went well", { path: "a b", count: 2, absent: undefined });
      options?.logger?.log("warn", "hm");
      return createConfigManager(options);
    };
    expect((await runProgram([...argv, "render", "-"], { facade })).stderr).toBe(expected);
  });

  it.each([
    { name: "on a terminal", terminal: true, env: {}, argv: [], colored: true },
    { name: "in a pipe", terminal: false, env: {}, argv: [], colored: false },
    { name: "with NO_COLOR", terminal: true, env: { NO_COLOR: "1" }, argv: [], colored: false },
    { name: "on a dumb terminal", terminal: true, env: { TERM: "dumb" }, argv: [], colored: false },
    { name: "with --color never", terminal: true, env: {}, argv: ["--color", "never"], colored: false },
    {
      name: "with --color always",
      terminal: false,
      env: { NO_COLOR: "1" },
      argv: ["--color", "always"],
      colored: true,
    },
  ])("has colours or not $name", async ({ terminal, env, argv, colored }) => {
    const { stderr } = await runProgram([...argv, "rendr"], { stderrIsTerminal: terminal, env });
    expect(stderr.includes("\u001b[31m")).toBe(colored);
  });
});

it("takes an input of very many tokens", async () => {
  const count = 130_000;
  const stdin = "ENV://MANY\n".repeat(count);
  const { exitCode, stdout, stderr } = await runProgram(["render", "-"], {
    stdin,
    cwd: await temporaryFolder(),
    env: { MANY: "x" },
  });
  expect([exitCode, stderr, stdout.length]).toEqual([0, "", 2 * count]);
});
