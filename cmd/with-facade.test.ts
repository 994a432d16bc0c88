import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram, temporaryFolder } from "../test/helpers/run-program.ts";

// The program with the project's own facade, as far as that goes without launching a plugin.

describe("the program and its facade", () => {
  it("list shows what a token says, with the separators of the run", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "app.tmpl"), "\uFEFFé AWSSECRETS#/db!user.name[version=3,default=x,as=trim]\n");
    const { exitCode, stdout, stderr } = await runProgram(["list", "app.tmpl", "--json", "-s", "#", "-k", "!"], {
      cwd,
    });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: "app.tmpl",
        line: 1,
        column: 3,
        token: "AWSSECRETS#/db!user.name[version=3,default=x,as=trim]",
        prefix: "AWSSECRETS",
        path: "/db",
        keyPath: ["user", "name"],
        metadata: { version: "3" },
        default: "x",
        as: ["trim"],
      },
    ]);
  });

  it("list reports a faulty token with its line", async () => {
    const { exitCode, stderr } = await runProgram(["list", "-"], { stdin: "a\nb: AWSPARAMSTR:// c\n" });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("  --> -:2:4\n  2 | b: AWSPARAMSTR:// c\n    |    ^\n");
  });

  it.each([
    { input: "x=MYSTORE://a", argv: [], exitCode: 2, code: "CM_INPUT_UNREADABLE" },
    { input: "$NOT_SET", argv: ["-e"], exitCode: 3, code: "CM_ENV_UNSET" },
    { input: "${X//a}", argv: ["-e"], exitCode: 3, code: "CM_ENV_SYNTAX" },
    { input: "x=LOCAL://a", argv: ["--allow", "VAULT://*"], exitCode: 3, code: "CM_TOKEN_FORBIDDEN" },
    { input: "x=LOCAL://a", argv: ["-k", "ab"], exitCode: 2, code: "CM_KEY_SEPARATOR_INVALID" },
    { input: "x=LOCAL://a", argv: ["-s", "a b"], exitCode: 2, code: "CM_TOKEN_SEPARATOR_INVALID" },
  ])("string-input -i '$input' $argv ends with $code", async ({ input, argv, exitCode, code }) => {
    const cwd = await temporaryFolder();
    const result = await runProgram(["--log-format", "json", "string-input", "-i", input, ...argv], { cwd, home: cwd });
    expect([result.exitCode, JSON.parse(result.stderr.split("\n")[0]!)]).toMatchObject([exitCode, { code }]);
  });

  it("knows the prefixes of the configuration", async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, ".configmanager"));
    await writeFile(join(cwd, ".configmanager", "config.yaml"), "stores: { MYSTORE: { path: ./no } }");
    const { exitCode, stderr } = await runProgram(["string-input", "-i", "x=MYSTORE://a"], { cwd, home: cwd });
    expect(exitCode).toBe(5);
    expect(stderr).toContain("error CM_PLUGIN_NOT_FOUND");
  });

  it("expands variables of the environment it is given", async () => {
    const { exitCode, stdout } = await runProgram(["string-input", "-i", "x=$X", "-e", "-p", "-"], { env: { X: "1" } });
    expect([exitCode, stdout]).toEqual([0, "x=1"]);
  });

  it.each(["x", "AWSPARAMSTR:///a b", "1X=AWSPARAMSTR:///a"])("retrieve -t '%s' is a usage error", async (token) => {
    const { exitCode, stderr } = await runProgram(["retrieve", "-t", token, "-p", "-"]);
    expect([exitCode, stderr.split(":")[0]]).toEqual([2, "error CM_USAGE"]);
  });
});
