import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const facade = createFakeFacade({ "VAULT://a": "it's", "VAULT://key": "\u00e9\n\0" });

describe("retrieve", () => {
  it("writes export lines in the order of the tokens", async () => {
    const { exitCode, stdout } = await runProgram(["retrieve", "-t", "VAULT://key", "-t", "VAULT://a", "-p", "-"], {
      facade: createFakeFacade({ "VAULT://a": "it's", "VAULT://key": "k" }),
    });
    expect([exitCode, stdout]).toEqual([0, "export KEY='k'\nexport A='it'\\''s'\n"]);
  });

  it("writes to ./app.env when no output is named, as in v3", async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout } = await runProgram(["get", "-t", "VAULT://a"], { cwd, facade });
    expect([exitCode, stdout, await readFile(join(cwd, "app.env"), "utf8")]).toEqual([0, "", "export A='it'\\''s'\n"]);
  });

  it("writes the bytes of one token and nothing else with --format raw", async () => {
    const { stdout } = await runProgram(["r", "-t", "VAULT://key", "--format", "raw", "-p", "stdout"], { facade });
    expect(stdout).toBe("\u00e9\n\0");
  });

  it.each([
    { name: "no token", argv: [], expected: "there is no token" },
    {
      name: "two tokens for --format raw",
      argv: ["-t", "VAULT://a", "-t", "VAULT://key", "--format", "raw"],
      expected: '"--format raw" writes one token only',
    },
  ])("refuses $name", async ({ argv, expected }) => {
    const { exitCode, stderr } = await runProgram(["retrieve", ...argv], { facade });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error CM_USAGE: ${expected}\n`);
  });
});
