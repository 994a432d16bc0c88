import { describe, expect, it } from "vitest";
import { settingSpecs, variableOf } from "../internal/config/settings-table.ts";
import { createFakeFacade } from "../test/helpers/fake-facade.ts";
import { runProgram } from "../test/helpers/run-program.ts";
import { commandSpecs } from "./program.ts";

describe("a command line that is wrong", () => {
  it.each([
    {
      name: "an unknown command, with the nearest one",
      argv: ["rendr"],
      expected: 'error CM_USAGE: unknown command "rendr"\n  hint: write render\n',
    },
    {
      name: "an unknown flag, with the nearest one",
      argv: ["render", "f", "--timout", "1s"],
      expected: 'error CM_USAGE: unknown option "--timout"\n  hint: write --timeout\n',
    },
    {
      name: "an unknown flag that is like no other",
      argv: ["render", "f", "--xyzzy"],
      expected: 'error CM_USAGE: unknown option "--xyzzy"\n  hint: see configmanager render --help\n',
    },
    {
      name: "a flag without its value",
      argv: ["render", "f", "-o"],
      expected: 'error CM_USAGE: "--output" needs a value\n  hint: write --output FILE\n',
    },
    {
      name: "a flag with an empty value",
      argv: ["render", "f", "-o", ""],
      expected:
        'error CM_USAGE: the value of "--output" is empty\n' +
        "  hint: give it one; a variable of the shell in its place may not be set\n",
    },
    {
      name: "a word that is missing",
      argv: ["render"],
      expected: 'error CM_USAGE: no "file" is given\n  hint: see configmanager render --help\n',
    },
    {
      name: "a word too many",
      argv: ["completion", "bash", "zsh"],
      expected:
        'error CM_USAGE: "completion" takes 1 word beside its flags, not 2\n  hint: see configmanager completion --help\n',
    },
    {
      name: "a word for a command, called by its alias, that takes none",
      argv: ["get", "ENV://A"],
      expected: 'error CM_USAGE: "retrieve" takes nothing but flags\n  hint: see configmanager retrieve --help\n',
    },
    {
      name: "the help of an unknown command, with the nearest one",
      argv: ["help", "rendr"],
      expected: 'error CM_USAGE: unknown command "rendr"\n  hint: write render\n',
    },
    {
      name: "the help of a command that is like no other",
      argv: ["help", "xyzzy"],
      expected: 'error CM_USAGE: unknown command "xyzzy"\n  hint: see configmanager --help\n',
    },
    {
      name: "a report to standard output",
      argv: ["render", "f", "--report", "-"],
      expected: 'error CM_USAGE: "--report" names a file\n  hint: name one, standard output is for data\n',
    },
    {
      name: "an escape that is not there",
      argv: ["render", "f", "--escape", "ini"],
      expected:
        'error CM_USAGE: "ini" of --escape is not supported\n' +
        "  hint: use one of none, auto, json, yaml, xml, toml, properties, dotenv, shell\n",
    },
    {
      name: "a format that is not there",
      argv: ["retrieve", "-t", "VAULT://a", "--format", "ini"],
      expected:
        'error CM_USAGE: "ini" of --format is not supported\n  hint: use one of export, dotenv, json, yaml, fish, powershell, github, raw\n',
    },
    {
      name: "several wrong values, all of them",
      argv: ["render", "f", "--timeout", "60", "--concurrency", "many"],
      expected:
        'error CM_USAGE: "60" of --timeout is not a duration between 1ms and 596h\n' +
        "  hint: write a number with its unit (ms, s, m, h), such as 60s, 1m30s or 500ms\n" +
        'error CM_USAGE: "many" of --concurrency is not a whole number from 1 to 10000\n' +
        "  hint: write a whole number from 1 to 10000\n" +
        "2 errors; nothing was written\n",
    },
    {
      name: "flags that exclude each other",
      argv: ["render", "f", "-q", "-v"],
      expected: 'error CM_USAGE: "--verbose" and "--quiet" exclude each other\n  hint: set one of them\n',
    },
    {
      name: "a flag that says nothing alone",
      argv: ["render", "f", "--envsubst-vars", "A"],
      expected: 'error CM_USAGE: "--envsubst-vars" says nothing without "--enable-envsubst"\n  hint: add -e\n',
    },
  ])("is $name", async ({ argv, expected }) => {
    const result = await runProgram(argv, { facade: createFakeFacade() });
    expect(result).toMatchObject({ exitCode: 2, stdout: "", stderr: expected });
  });

  it("is reported as JSON when that is asked for", async () => {
    const { exitCode, stderr } = await runProgram(["--log-format", "json", "rendr"]);
    expect([exitCode, JSON.parse(stderr)]).toEqual([
      2,
      { code: "CM_USAGE", message: 'unknown command "rendr"', hint: "write render" },
    ]);
  });

  it("is reported as JSON when the environment asks for it", async () => {
    const { stderr } = await runProgram(["rendr"], { env: { CONFIGMANAGER_LOG_FORMAT: "json" } });
    expect(JSON.parse(stderr)).toMatchObject({ code: "CM_USAGE" });
  });
});

describe("the help", () => {
  it("goes to stdout when it is asked for", async () => {
    for (const argv of [["--help"], ["-h"], ["help"]]) {
      const { exitCode, stdout, stderr } = await runProgram(argv);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Usage: configmanager");
    }
  });

  it("goes to stderr with the exit code of a wrong command line when there is no command", async () => {
    const { exitCode, stdout, stderr } = await runProgram([]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: configmanager");
  });

  it.each(commandSpecs)("of $name is shown by help too", async ({ name }) => {
    const words = name.split(" ");
    const asked = await runProgram(["help", ...words]);
    expect(asked).toEqual(await runProgram([...words, "--help"]));
    expect(asked.exitCode).toBe(0);
  });

  it("fits into 80 columns", async () => {
    const { stdout } = await runProgram(["--help"]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("names every global flag, and every command has them too", async () => {
    const flags = ["--token-separator", "--key-separator", "--allow", "--trust-plugin-modes", "--config"];
    const { stdout: own } = await runProgram(["--help"]);
    const { stdout: ofCommand } = await runProgram(["retrieve", "--help"]);
    for (const flag of flags) {
      expect(own).toContain(flag);
      expect(ofCommand).toContain(flag);
    }
  });

  it.each(commandSpecs)("of $name shows its examples", async ({ name, examples }) => {
    const { exitCode, stdout } = await runProgram([...name.split(" "), "--help"]);
    expect(exitCode).toBe(0);
    for (const [line] of examples) expect(stdout).toContain(`  ${line}\n`);
    expect(examples.length).toBeGreaterThan(0);
  });

  it("shows each default that there is", async () => {
    const { stdout } = await runProgram(["string-input", "--help"]);
    const text = stdout.replace(/\s+/g, " ");
    for (const part of [
      "(default: ://)",
      "(default: |)",
      "(default: 1m)",
      "(default: 10s)",
      "(default: ./app.env)",
      "(default: 0600)",
    ]) {
      expect(text).toContain(part);
    }
  });
});

it.each(["-V", "--version"])("%s shows the version", async (flag) => {
  const { exitCode, stdout } = await runProgram([flag]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe("global flags", () => {
  it.each([
    { name: "before the command", argv: ["-s", "#", "--lax", "render", "-"] },
    { name: "behind the command", argv: ["render", "-s", "#", "-", "--lax"] },
    { name: "glued together", argv: ["render", "-s#", "-", "--lax"] },
    { name: "with an equals sign", argv: ["render", "--token-separator=#", "-", "--lax"] },
  ])("may stand $name", async ({ argv }) => {
    const facade = createFakeFacade();
    expect((await runProgram(argv, { facade })).exitCode).toBe(0);
    expect(facade.opened).toMatchObject([{ tokenSeparator: "#", lax: true, keySeparator: "|" }]);
  });

  it("all reach the facade", async () => {
    const facade = createFakeFacade();
    const flags =
      "-k ! -e --envsubst-vars A,B --lax --lax-all --fail-on-empty --allow VAULT://a --allow VAULT://b,c --timeout 1s --plugin-start-timeout 2s --run-timeout 3s --concurrency 4 --mtls always --trust-plugin-modes --trust ask";
    await runProgram(["render", "-", ...flags.split(" ")], { facade });
    const { stores, ...options } = facade.opened[0]!;
    const listeners = ["context", "logger", "onProgress", "onValues", "onReport", "askTrust", "broughtAlong"];
    const given = Object.fromEntries(Object.entries(options).filter(([name]) => !listeners.includes(name)));
    expect(given).toEqual({
      tokenSeparator: "://",
      keySeparator: "!",
      enableEnvsubst: true,
      envsubstVars: ["A", "B"],
      lax: true,
      laxAll: true,
      failOnEmpty: true,
      allow: ["VAULT://a", "VAULT://b,c"],
      timeoutMs: 1000,
      pluginStartTimeoutMs: 2000,
      runTimeoutMs: 3000,
      concurrency: 4,
      mtls: "always",
      trustPluginModes: true,
      trust: "ask",
    });
    expect(stores).toEqual(new Map());
  });

  it("have a variable each, and none is one of v3's", () => {
    const variables = settingSpecs.map(variableOf);
    expect(new Set(variables).size).toBe(settingSpecs.length);
    expect(variables).not.toContain("CONFIGMANAGER_DIR");
    expect(variables).not.toContain("CONFIGMANAGER_PLUGIN");
  });
});

it.each([
  ["fromstr", "string-input"],
  ["getfromstr", "string-input"],
  ["r", "retrieve"],
  ["fetch", "retrieve"],
  ["get", "retrieve"],
  ["i", "insert"],
  ["send", "insert"],
  ["put", "insert"],
])("%s is another name of %s", async (alias, name) => {
  expect((await runProgram([alias, "--help"])).stdout).toBe((await runProgram([name, "--help"])).stdout);
});
