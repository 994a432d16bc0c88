import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";
import { version } from "../version.ts";

describe("plugin new", () => {
  it("says what it made and what to type next", async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout, stderr } = await runProgram(["plugin", "new", "mystore"], { cwd });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`Made a plugin for MYSTORE://… in TypeScript, in "mystore":

  src/store.ts        the store: an example, to be replaced by yours
  src/store.test.ts   what it promises, and the contract of every store
  src/main.ts         serves it
  example.yaml        tokens to try
  values.json         the values of the example
  .github/workflows/  tests on each push; a release for each tag v*
  README.md           how to build, test, release and install it
  package.json
  tsconfig.json
  .gitignore

Next:

  cd mystore
  npm install
  npm test
  npm run example  # builds the plugin, and resolves example.yaml through it
`);
    const manifest = JSON.parse(readFileSync(join(cwd, "mystore", "package.json"), "utf8")) as object;
    expect(manifest).toMatchObject({ devDependencies: { configmanager: `^${version}` } });
  });

  it.each([
    [["--lang", "go"], "  cd mystore\n  go test ./...\n", "mystore/go.mod"],
    [["--dir", "."], "Next:\n\n  npm install\n", "package.json"],
    [["--dir", "a folder/it's"], "  cd 'a folder/it'\\''s'\n  npm install\n", "a folder/it's/package.json"],
    [["--dir", "-x"], "  cd '-x'\n", "-x/package.json"],
  ])("with %j says %j", async (flags, next, file) => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout } = await runProgram(["plugin", "new", "MYSTORE", ...flags], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(next);
    expect(existsSync(join(cwd, file))).toBe(true);
  });

  it.each([
    [["my-store"], 2, "CM_USAGE", "write my_store"],
    [["mystore", "--lang", "rust"], 2, "CM_USAGE", "use one of ts, go"],
    [["mystore", "--dir", ""], 2, "CM_USAGE", "give it one"],
    [["mystore", "other"], 2, "CM_USAGE", ""],
    [[], 2, "CM_USAGE", ""],
    [["mystore", "--dir", "taken"], 8, "CM_OUTPUT_UNWRITABLE", "name another with --dir"],
  ])("with %j ends with %i %s", async (args, exitCode, code, hint) => {
    const cwd = await temporaryFolder();
    mkdirSync(join(cwd, "taken"));
    writeFileSync(join(cwd, "taken", "file"), "");
    const result = await runProgram(["plugin", "new", ...args], { cwd });
    expect([result.exitCode, result.stdout]).toEqual([exitCode, ""]);
    expect(result.stderr).toContain(code);
    expect(result.stderr).toContain(hint);
  });

  it("warns of a name that takes the place of a store that ships", async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stderr } = await runProgram(["plugin", "new", "vault"], { cwd });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: "VAULT" is a store that ships with configmanager/);
  });
});
