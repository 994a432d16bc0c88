import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Facade } from "../context.ts";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { runProgram } from "../../test/helpers/run-program.ts";
import { tableFolder } from "../../test/helpers/table-folder.ts";
import { splitPair } from "./insert-run.ts";

const secret = "s3cr3t-to-write";
const env = { PATH: process.env["PATH"] ?? "" };

/** A facade that writes only after it has shown what it is doing. */
function slowWriter(): Facade {
  const fake = createFakeFacade({ "VAULT://a": "" });
  return {
    ...fake,
    createConfigManager(options) {
      const manager = fake.createConfigManager(options);
      return {
        ...manager,
        async put(_items, putOptions) {
          options?.onProgress?.({ kind: "launching", prefixes: ["VAULT"] });
          await vi.advanceTimersByTimeAsync(1_000);
          const { values } = await manager.retrieve(["VAULT://a"]);
          const results = values.map(({ reference }) => ({ reference }));
          for (const result of results) await putOptions?.onResult?.(result);
          return results;
        },
      };
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("insert", () => {
  it("writes standard input, without the line feed at its end, and says where", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["insert", "--config-pair", "TABLE://a"], { cwd, env, stdin: `${secret}\n` });
    expect(run).toMatchObject({ exitCode: 0, stdout: "written: TABLE://a, version 1\n", stderr: "" });
  });

  it("asks on a terminal, and shows nothing of the value", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["put", "--config-pair", "TABLE://a"], {
      cwd,
      env,
      stdin: secret,
      stdinIsTerminal: true,
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: "value of TABLE://a: " });
    expect(run.stdout + run.stderr).not.toContain(secret);
  });

  it("takes a value among the arguments, with a warning", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["i", "--config-pair", `TABLE://a[x=1]=${secret}=`, "--config-pair", "TABLE://b=c"], {
      cwd,
      env,
    });
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: "written: TABLE://a[x=1], version 1\nwritten: TABLE://b, version 2\n",
    });
    expect(run.stderr).toMatch(/^warning: a value among the arguments can be seen by others/);
    expect(run.stderr).not.toContain(secret);
  });

  it("says what was written when another value was not", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const pairs = ["TABLE://a=1", "TABLE://a=2", "TABLE://b=3"].flatMap((pair) => ["--config-pair", pair]);
    const run = await runProgram(["insert", "--create-only", ...pairs], { cwd, env });
    expect(run.exitCode).toBe(6);
    expect(run.stdout).toBe("written: TABLE://a, version 1\nwritten: TABLE://b, version 2\n");
    expect(run.stderr).toMatch(/error CM_STORE_EXISTS: .*"a" of "TABLE" is there already/);
  });

  it("writes nothing with --quiet but errors", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["insert", "-q", "--config-pair", "TABLE://a=b"], { cwd, env });
    expect(run).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("masks the value in the log of a CI runner before it is written anywhere", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["insert", "--config-pair", "TABLE://a"], {
      cwd,
      env: { ...env, GITHUB_ACTIONS: "true" },
      stdin: secret,
    });
    expect(run.stderr).toBe(`::add-mask::${secret}\n`);
  });

  const empties = [
    { from: "standard input", stdin: "", stdinIsTerminal: false, reason: "standard input is empty" },
    { from: "an empty line", stdin: "\n", stdinIsTerminal: false, reason: "standard input is empty" },
    { from: "a terminal", stdin: "", stdinIsTerminal: true, reason: "nothing was typed" },
  ];
  it.each(empties)("takes no empty value from $from", async ({ reason, ...surroundings }) => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["insert", "--config-pair", "TABLE://a"], { cwd, env, ...surroundings });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(`error CM_USAGE: there is no value for "TABLE://a": ${reason}\n`);
    expect(() => readFileSync(join(cwd, "asked"))).toThrow(/ENOENT/);
  });

  it("writes an empty value that is written out", async () => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["insert", "--config-pair", "TABLE://a="], { cwd, env });
    expect(run).toMatchObject({ exitCode: 0, stdout: "written: TABLE://a, version 1\n" });
  });

  it("takes the progress line away before it says what was written", async () => {
    vi.useFakeTimers();
    const { shown } = await runProgram(["insert", "--config-pair", "VAULT://a"], {
      facade: slowWriter(),
      stderrIsTerminal: true,
      stdin: secret,
    });
    expect(shown).toBe("\r\u001b[2Kstarting VAULT\r\u001b[2Kwritten: VAULT://a\n");
  });

  const faults = [
    { name: "no pair", args: [], error: /CM_USAGE: there is nothing to write/ },
    {
      name: "two values from one standard input",
      args: ["TABLE://a", "TABLE://b"],
      error: /CM_USAGE: standard input is/,
    },
    { name: "what is no token", args: ["nothing"], error: /CM_USAGE: "nothing" is not one token/ },
  ];
  it.each(faults)("refuses $name", async ({ args, error }) => {
    const cwd = await tableFolder({ TABLE: {} });
    const run = await runProgram(["insert", ...args.flatMap((pair) => ["--config-pair", pair])], {
      cwd,
      env,
      stdin: "x",
    });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(error);
    expect(() => readFileSync(join(cwd, "asked"))).toThrow(/ENOENT/);
  });
});

describe("splitPair", () => {
  const cases = [
    { text: "A://b", token: "A://b", value: undefined },
    { text: "A://b=", token: "A://b", value: "" },
    { text: "A://b=c=d", token: "A://b", value: "c=d" },
    { text: "A://b[x=1,y=2]=c", token: "A://b[x=1,y=2]", value: "c" },
    { text: "A://b|c=é[=]", token: "A://b|c", value: "é[=]" },
    { text: "A://b[x=1", token: "A://b[x=1", value: undefined },
  ];
  it.each(cases)("reads $text", ({ text, token, value }) => {
    expect(splitPair(text)).toEqual({ token, value });
  });
});
