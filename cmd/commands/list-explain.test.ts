import { describe, expect, it } from "vitest";
import { projectFolder } from "../../test/helpers/project-folder.ts";
import { runProgram } from "../../test/helpers/run-program.ts";

const table = { there: "secret-value", empty: "", denied: { error: "denied" } };
const stores = { BOTH: ["TABLE", "PROBE://versioned/{path}"] };
const text = "TABLE://there\nBOTH://there BOTH://x\nTABLE://gone[default=d] TABLE://empty\n";

describe("list of several files", () => {
  it("shows the tokens of all in order, and every fault of all", async () => {
    const project = await projectFolder({ files: { "b/f": "TABLE://x TABLE://", a: "PROBE://y\nTABLE://" } });
    const { exitCode, stdout, stderr } = await runProgram(["list", "b/f", "a"], project);
    expect(stdout).toBe("PLACE    PREFIX  PATH  KEY PATH  METADATA\nb/f:1:1  TABLE   x\na:1:1    PROBE   y\n");
    expect([exitCode, stderr.match(/--> .*/g)]).toEqual([3, ["--> b/f:1:11", "--> a:2:1"]]);
  });
});

describe("list --explain", () => {
  it("says which store answered, with version, expiry and time", async () => {
    const project = await projectFolder({ table, stores, files: { f: text } });
    const { exitCode, stdout, stderr } = await runProgram(["list", "f", "--explain"], project);
    expect(exitCode).toBe(0);
    expect(stdout.replace(/\d+ ms/g, "N ms").split("\n")).toEqual([
      "PLACE   TOKEN                    STORE  VERSION  EXPIRES                   STATUS           TOOK",
      "f:1:1   TABLE://there            TABLE  7                                  resolved         N ms",
      "f:2:1   BOTH://there             TABLE  7                                  resolved         N ms",
      "f:2:14  BOTH://x                 PROBE  7        2030-01-02T03:04:05.678Z  resolved         N ms",
      "f:3:1   TABLE://gone[default=d]                                            default          N ms",
      "f:3:25  TABLE://empty            TABLE  7                                  resolved, empty  N ms",
      "",
    ]);
    expect(stderr).toContain('the value of "TABLE://empty" is empty');
  });

  it("has the same fields in JSON, and never a value", async () => {
    const project = await projectFolder({ table, stores, files: { f: text } });
    const { stdout, stderr } = await runProgram(["list", "f", "--explain", "--json", "-v"], project);
    const records = JSON.parse(stdout) as readonly Record<string, unknown>[];
    expect(records).toHaveLength(5);
    expect(records[2]).toEqual({
      file: "f",
      line: 2,
      column: 14,
      token: "BOTH://x",
      prefix: "BOTH",
      path: "x",
      metadata: {},
      status: "resolved",
      store: "PROBE",
      version: "7",
      expiresAt: "2030-01-02T03:04:05.678Z",
      tookMs: expect.any(Number) as number,
    });
    expect(stdout + stderr).not.toContain("secret-value");
  });

  it("shows what failed in the table, and its errors with the exit code of a run", async () => {
    const project = await projectFolder({ table, files: { f: "TABLE://denied TABLE://there" } });
    const { exitCode, stdout, stderr } = await runProgram(["list", "f", "--explain"], project);
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(/TABLE:\/\/denied +failed, CM_STORE_DENIED/);
    expect(stdout).toMatch(/TABLE:\/\/there +TABLE +7 +resolved/);
    expect(stderr).toContain("error CM_STORE_DENIED");
  });

  it("asks no store for a text with a fault", async () => {
    const project = await projectFolder({ table, files: { f: "TABLE://there TABLE://" } });
    const { exitCode, stdout, stderr } = await runProgram(["list", "f", "--explain"], project);
    expect([exitCode, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("error CM_TOKEN_EMPTY_PATH");
  });
});
