import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

describe("list", () => {
  it("shows the tokens of a file in a table", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "app.tmpl"), "VAULT://a\n  AWSPARAMSTR:///b\n");
    const { exitCode, stdout, stderr } = await runProgram(["list", "app.tmpl"], { cwd, facade: createFakeFacade() });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      [
        "PLACE         PREFIX       PATH  KEY PATH  METADATA",
        "app.tmpl:1:1  VAULT        a",
        "app.tmpl:2:3  AWSPARAMSTR  /b",
        "",
      ].join("\n"),
    );
  });

  it.each([["list"], ["list", "-"]])("reads stdin for %j %j", async (...argv) => {
    const { stdout } = await runProgram([...argv, "--json"], { stdin: "VAULT://a", facade: createFakeFacade() });
    expect(JSON.parse(stdout)).toEqual([
      { file: "-", line: 1, column: 1, token: "VAULT://a", prefix: "VAULT", path: "a", metadata: {} },
    ]);
  });

  it("asks for a file when stdin is a terminal", async () => {
    const { exitCode, stderr } = await runProgram(["list"], { stdinIsTerminal: true, facade: createFakeFacade() });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("hint: name a file, or - for standard input\n");
  });

  it("shows what is well formed, and reports the rest with the exit code of a run", async () => {
    const { exitCode, stdout, stderr } = await runProgram(["list", "-"], {
      stdin: "VAULT:// VAULT://a AWSPARAMSTR://",
      facade: createFakeFacade(),
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain("-:1:10  VAULT   a");
    expect(stderr.match(/^error .*$/gm)).toEqual([
      'error CM_TOKEN_EMPTY_PATH: "VAULT://" has no path',
      'error CM_TOKEN_EMPTY_PATH: "AWSPARAMSTR://" has no path',
    ]);
    expect(stderr).toMatch(/\n2 errors\n$/);
  });

  it("writes an empty array when there is no token", async () => {
    const { stdout } = await runProgram(["list", "-", "--json"], { facade: createFakeFacade() });
    expect(stdout).toBe("[]\n");
  });
});
