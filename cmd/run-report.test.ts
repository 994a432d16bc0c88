import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../test/helpers/run-program.ts";
import { tableFolder } from "../test/helpers/table-folder.ts";

const secret = "s3cr3t-value";
const env = { PATH: process.env["PATH"] ?? "" };

interface Report {
  readonly tokens: readonly Record<string, unknown>[];
}

async function reportOf(
  argv: readonly string[],
  text: string,
): Promise<{ report: Report; json: string; stderr: string }> {
  const cwd = await tableFolder({ NEAR: {}, FAR: { a: secret, bad: { error: "denied" } }, APP: ["NEAR", "FAR"] });
  writeFileSync(join(cwd, "in.conf"), text);
  const { stderr } = await runProgram([...argv, "--report", "report.json"], { cwd, env });
  const json = readFileSync(join(cwd, "report.json"), "utf8");
  return { report: JSON.parse(json) as Report, json, stderr };
}

describe("--report", () => {
  it("says of each token where it stands, which store answered, its version and the time it took; never the value", async () => {
    const { report, json } = await reportOf(["render", "in.conf"], "x=APP://a\n  y=APP://b[default=d]\n");
    expect(report.tokens).toEqual([
      {
        file: "in.conf",
        line: 1,
        column: 3,
        token: "APP://a",
        prefix: "APP",
        path: "a",
        metadata: {},
        status: "resolved",
        store: "FAR",
        version: "7",
        tookMs: expect.any(Number) as number,
      },
      {
        file: "in.conf",
        line: 2,
        column: 5,
        token: "APP://b[default=d]",
        prefix: "APP",
        path: "b",
        metadata: {},
        default: "d",
        status: "default",
      },
    ]);
    expect(json).not.toContain(secret);
  });

  it("is written when the run fails, too", async () => {
    const { report, stderr } = await reportOf(["render", "in.conf"], "APP://a APP://bad APP://c");
    expect(report.tokens.map(({ status, code }) => [status, code])).toEqual([
      ["resolved", undefined],
      ["failed", "CM_STORE_DENIED"],
      ["failed", "CM_STORE_NOT_FOUND"],
    ]);
    expect(stderr).toContain("CM_STORE_DENIED");
  });

  it("tells of tokens that lax leaves", async () => {
    const { report } = await reportOf(["render", "in.conf", "--lax"], "APP://c");
    expect(report.tokens).toMatchObject([{ status: "left", code: "CM_STORE_NOT_FOUND" }]);
  });

  it("tells of tokens of the command line", async () => {
    const { report } = await reportOf(["retrieve", "-t", "X=FAR://a", "-p", "-"], "");
    expect(report.tokens).toMatchObject([{ token: "FAR://a", status: "resolved", store: "FAR" }]);
  });

  it("is empty when the run ended before a store was asked", async () => {
    expect((await reportOf(["render", "in.conf"], "FAR://")).report).toEqual({ tokens: [] });
  });

  it("that cannot be written fails the run, beside what else failed", async () => {
    const cwd = await tableFolder({ FAR: {} });
    const { exitCode, stderr } = await runProgram(["render", "-", "--report", "no/where.json"], {
      cwd,
      env,
      stdin: "FAR://a",
    });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/CM_STORE_NOT_FOUND[^]*CM_OUTPUT_UNWRITABLE: output ".*where.json" cannot be written/);
  });
});
