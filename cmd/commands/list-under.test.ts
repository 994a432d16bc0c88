import { describe, expect, it } from "vitest";
import { runProgram } from "../../test/helpers/run-program.ts";
import { tableFolder } from "../../test/helpers/table-folder.ts";

const env = { PATH: process.env["PATH"] ?? "" };
const values = { "/app/db/password": "s3cr3t-one", "/app/a": "s3cr3t-two", "/other": "s3cr3t-three" };

async function list(...argv: string[]): ReturnType<typeof runProgram> {
  return runProgram(["list", ...argv], { cwd: await tableFolder({ TABLE: values }), env });
}

describe("list --under", () => {
  it("shows what is below a path with its version, and no value", async () => {
    const { exitCode, stdout, stderr } = await list("--under", "TABLE:///app/");
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout:
        "PREFIX  PATH              VERSION  EXPIRES\n" +
        "TABLE   /app/a            7\n" +
        "TABLE   /app/db/password  7\n",
      stderr: "",
    });
  });

  it("has the same for programs", async () => {
    const { stdout } = await list("--under", "TABLE:///app/", "--json");
    expect(JSON.parse(stdout)).toEqual([
      { prefix: "TABLE", path: "/app/a", below: "a", version: "7" },
      { prefix: "TABLE", path: "/app/db/password", below: "db/password", version: "7" },
    ]);
  });

  it("warns when nothing is there", async () => {
    const { exitCode, stdout, stderr } = await list("--under", "TABLE:///none/");
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^warning: there is no value below "TABLE:\/\/\/none\/"\n {2}hint: check the path\n$/);
  });

  it.each([
    { argv: ["f", "--under", "TABLE://"], message: 'files are not for "--under", which lists stores' },
    { argv: ["--explain", "--under", "TABLE://"], message: '"--explain" is not for "--under", which lists stores' },
  ])("refuses $argv", async ({ argv, message }) => {
    const { exitCode, stderr } = await list(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error CM_USAGE: ${message}\n`);
  });
});
