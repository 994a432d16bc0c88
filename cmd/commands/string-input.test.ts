import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const facade = createFakeFacade({ "VAULT://a": "A", "VAULT://file": "F" });

describe("what -i names", () => {
  it.each([
    { name: "- is stdin", input: "-", stdin: "VAULT://a !", flags: [], expected: "A !" },
    { name: "a path that exists is that file", input: "app.tmpl", flags: [], expected: "from file: A" },
    {
      name: "a path that exists is a file even when it looks like a token",
      input: "VAULT://file",
      flags: [],
      expected: "a file",
    },
    { name: "a text with a token is a text", input: "x=VAULT://a", flags: [], expected: "x=A" },
    { name: "a text with a line feed is a text", input: "plain\n", flags: [], expected: "plain\n" },
    {
      name: "a text with a variable is a text with -e",
      input: "home is $HOME",
      flags: ["-e"],
      expected: "home is $HOME",
    },
    { name: "a text with a form is a text with -e", input: "${X:-y}", flags: ["-e"], expected: "${X:-y}" },
  ])("$name", async ({ input, stdin, flags, expected }) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "app.tmpl"), "from file: VAULT://a");
    await mkdir(join(cwd, "VAULT:"));
    await writeFile(join(cwd, "VAULT:", "file"), "a file");
    const result = await runProgram(["fromstr", "-i", input, "-p", "-", ...flags], { cwd, stdin: stdin ?? "", facade });
    expect([result.exitCode, result.stdout, result.stderr]).toEqual([0, expected, ""]);
  });

  it.each([
    { name: "a mistyped path", input: "ap.tmpl", flags: [] },
    { name: "a text with an unknown prefix", input: "NOPE://x", flags: [] },
    { name: "a variable without -e", input: "$HOME", flags: [] },
    { name: "a dollar that begins no form, with -e", input: "5 $ $_ $1", flags: ["-e"] },
    { name: "a path beyond all length", input: "x".repeat(100_000), flags: [] },
    { name: "a NUL", input: "a\0b", flags: [] },
  ])("is no text when it is $name", async ({ input, flags }) => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout, stderr } = await runProgram(["fromstr", "-i", input, ...flags], { cwd, facade });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("error CM_INPUT_UNREADABLE: ");
    expect(stderr).toContain(" is neither a file nor a text with a token\n");
  });

  it("may be a text with a faulty token, whose fault is reported", async () => {
    const { exitCode, stderr } = await runProgram(["fromstr", "-i", "x=VAULT://", "-p", "-"], { facade });
    expect(exitCode).toBe(3);
    expect(stderr).toBe('error CM_TOKEN_EMPTY_PATH: "VAULT://" has no path\n  --> 1:3\n  1 | x=VAULT://\n    |   ^\n');
  });

  it.each([
    { name: "a glob that fits nothing", input: "*.tmpl", message: '"*.tmpl" fits no file' },
    { name: "a form that is none, with a brace", input: "${_}", message: '"${_}" fits no file' },
    { name: "a folder without a file", input: "folder", message: '"folder" holds no file' },
  ])("is an error when it is $name", async ({ input, message }) => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, "folder"));
    const { exitCode, stderr } = await runProgram(["fromstr", "-i", input, "-e"], { cwd, facade });
    expect([exitCode, stderr]).toEqual([2, `error CM_INPUT_UNREADABLE: ${message}\n  hint: correct the path\n`]);
  });

  it.each([
    { name: "is missing", argv: [], expected: "there is no input" },
    { name: "is standard input twice", argv: ["-i", "-", "-i", "-"], expected: "standard input is named twice" },
  ])("is a usage error when it $name", async ({ argv, expected }) => {
    const { exitCode, stderr } = await runProgram(["string-input", ...argv], { facade });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error CM_USAGE: ${expected}\n`);
  });
});

describe("what -p names", () => {
  it("is ./app.env when it is not given, as in v3", async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout } = await runProgram(["string-input", "-i", "x=VAULT://a"], { cwd, facade });
    expect([exitCode, stdout, await readFile(join(cwd, "app.env"), "utf8")]).toEqual([0, "", "x=A"]);
  });

  it("may be the input itself", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "app.env"), "x=VAULT://a");
    const { exitCode } = await runProgram(["string-input", "-i", "app.env", "-p", "app.env"], { cwd, facade });
    expect([exitCode, await readFile(join(cwd, "app.env"), "utf8")]).toEqual([0, "x=A"]);
  });

  it("may be stdout by its name", async () => {
    const { stdout } = await runProgram(["string-input", "-i", "x=VAULT://a", "--path", "stdout"], { facade });
    expect(stdout).toBe("x=A");
  });
});
