/** Every command and flag with what it cannot take: one clear error, exit code 2, and nothing written. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { describe, expect, it } from "vitest";
import { flagOf, settingSpecs } from "../internal/config/settings-table.ts";
import { runProgram, temporaryFolder } from "../test/helpers/run-program.ts";
import { commandSpecs } from "./program.ts";

/** A command line that is refused; whatever it names is there, so that nothing else can be at fault. */
async function refused(argv: readonly string[]): Promise<string> {
  const cwd = await temporaryFolder();
  writeFileSync(join(cwd, "in.conf"), "a=ENV://BAD_INPUT_TEST[default=x]\n");
  const { exitCode, stdout, stderr } = await runProgram(argv, { cwd, env: {}, stdin: "" });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(readdirSync(cwd)).toEqual(["in.conf"]);
  expect(stderr.match(/^error CM_/gm)).toHaveLength(1);
  expect(stderr).toMatch(/^error CM_(USAGE|INPUT_UNREADABLE): \S.*\n {2}hint: \S/m);
  return stderr;
}

const needsValue = commandSpecs.flatMap(({ name, options }) =>
  options.filter(({ flags }) => flags.includes("<")).map(({ flags }) => ({ name, flag: new Option(flags).long! })),
);
/** What a command cannot be called without. */
function neededWords(name: string): readonly string[] {
  const { operands } = commandSpecs.find((spec) => spec.name === name)!;
  // That of `diff` and `render` can be left out where standard input is meant.
  return name === "render" || name === "diff" || operands.some(({ usage }) => usage.startsWith("<")) ? ["in.conf"] : [];
}

const choices = commandSpecs.flatMap(({ name, options }) =>
  options
    .filter((option) => option.choices !== undefined)
    .map(({ flags }) => ({ name, flag: new Option(flags).long! })),
);

describe.each(commandSpecs.map(({ name }) => name))("%s", (name) => {
  it("refuses a flag that it does not have, and says where flags are listed", async () => {
    const stderr = await refused([...name.split(" "), "--no-such-flag"]);
    expect(stderr).toContain('"--no-such-flag"');
  });

  it("says the nearest flag to a mistyped one", async () => {
    expect(await refused([...name.split(" "), "--verbos"])).toContain("--verbose");
  });
});

it.each(needsValue)("$name $flag without its value is refused", async ({ name, flag }) => {
  expect(await refused([...name.split(" "), flag])).toContain(flag);
});

it.each(needsValue)("$name $flag with an empty value is refused", async ({ name, flag }) => {
  expect(await refused([...name.split(" "), ...neededWords(name), flag, ""])).toContain(flag);
});

it.each(choices)("$name $flag with a word that is none of its choices is refused", async ({ name, flag }) => {
  expect(await refused([...name.split(" "), ...neededWords(name), flag, "no-such-word"])).toContain('"no-such-word"');
});

describe("a global flag", () => {
  const valued = settingSpecs.filter(({ valueName }) => valueName !== undefined);
  it.each(valued.map(flagOf))("%s without its value is refused", async (flag) => {
    expect(await refused(["render", "in.conf", flag])).toContain(flag);
  });

  const wrong: Readonly<Record<string, string>> = {
    "--token-separator": "a b",
    "--key-separator": "ab",
    "--envsubst-vars": "9",
    "--allow": "no pattern",
    "--plugin-source": "no\0path",
  };
  it.each(valued.map(flagOf))("%s with a wrong value is refused", async (flag) => {
    const { exitCode, stderr, stdout } = await runProgram(["render", "-", flag, wrong[flag] ?? "no-such-value"], {
      env: {},
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr.match(/^error CM_/gm)).toHaveLength(1);
    expect(stderr).toMatch(/^ {2}hint: \S/m);
  });
});

const faults: { name: string; argv: string[] }[] = [
  { name: "no input", argv: ["string-input"] },
  { name: "an input that is not there", argv: ["render", "no-such-file"] },
  { name: "a mistyped path as text", argv: ["string-input", "-i", "in.cnf"] },
  { name: "a mode that is none", argv: ["render", "in.conf", "-o", "out", "--file-mode", "rw"] },
  { name: "no token", argv: ["retrieve", "-p", "-"] },
  { name: "a token that is none", argv: ["retrieve", "-t", "nothing", "-p", "-"] },
  { name: "a path of no store", argv: ["retrieve", "--under", "nothing", "-p", "-"] },
  { name: "nothing to write", argv: ["insert"] },
  { name: "a report to standard output", argv: ["render", "in.conf", "--report", "-"] },
];
it.each(faults)("$name is refused", async ({ argv }) => {
  await refused(argv);
});
