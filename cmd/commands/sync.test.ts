import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { type Project, projectFolder } from "../../test/helpers/project-folder.ts";
import { runProgram } from "../../test/helpers/run-program.ts";

const table = { "/app/db": '{"password":"secret-value"}', plain: "secret-value" };
const text = "a: TABLE:///app/db|password\nb: TABLE://plain\n";

/** A project with one more table to copy to. */
async function projectWithTarget(files: Readonly<Record<string, string>>, options: object = {}): Promise<Project> {
  return projectFolder({ table, files, stores: { NEAR: { path: (await buildTestPlugins()).file("table"), options } } });
}

describe("sync", () => {
  it("says what was written where and from where, and never a value", async () => {
    const project = await projectWithTarget({ f: text, g: "TABLE://plain" });
    const { exitCode, stdout, stderr } = await runProgram(["sync", "f", "g", "--to", "NEAR", "-v"], project);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      "written: NEAR:///app/db, version 1, from TABLE:///app/db\nwritten: NEAR://plain, version 2, from TABLE://plain\n",
    );
    expect(stdout + stderr).not.toContain("secret-value");
  });

  it("says with --dry-run what would be written", async () => {
    const project = await projectWithTarget({ f: text });
    const argv = ["sync", "f", "--to", "NEAR://{prefix}/{name}", "--dry-run"];
    const { exitCode, stdout, stderr } = await runProgram(argv, project);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      "would write: NEAR://table/APP_DB, from TABLE:///app/db\nwould write: NEAR://table/PLAIN, from TABLE://plain\n",
    );
  });

  it("is quiet when it is told to, and says when there is nothing to copy", async () => {
    const project = await projectWithTarget({ f: text, empty: "NEAR://x" });
    expect(await runProgram(["sync", "f", "--to", "NEAR", "-q"], project)).toMatchObject({ stdout: "", stderr: "" });
    const nothing = await runProgram(["sync", "empty", "--to", "NEAR"], project);
    expect(nothing).toMatchObject({ exitCode: 0, stdout: "", stderr: "there is nothing to copy\n" });
  });

  it("ends with the error of what could not be written, and has said what was", async () => {
    const project = await projectWithTarget({ f: "TABLE://plain" }, { readOnly: true });
    const { exitCode, stdout, stderr } = await runProgram(["sync", "f", "--to", "NEAR"], project);
    expect([exitCode, stdout]).toEqual([6, ""]);
    expect(stderr).toContain("the table is read-only");
  });

  it.each([
    { name: "no target", flags: [], message: "there is no store to copy to" },
    { name: "an unknown target", flags: ["--to", "NEER"], message: '"NEER" is no store to copy to' },
    {
      name: "a target that cannot write",
      flags: ["--to", "ENV"],
      message: 'values of "ENV" cannot be written',
      code: 6,
    },
  ])("refuses $name", async ({ flags, message, code = 2 }) => {
    const { exitCode, stdout, stderr } = await runProgram(
      ["sync", "f", ...flags],
      await projectWithTarget({ f: text }),
    );
    expect([exitCode, stdout]).toEqual([code, ""]);
    expect(stderr).toContain(message);
  });

  it("reports a name that would hold two values, with a hint that works when it is typed", async () => {
    const stores = {
      OTHER: { path: (await buildTestPlugins()).file("table"), options: { values: { plain: "another" } } },
    };
    const project = await projectFolder({ table, stores, files: { f: "TABLE://plain OTHER://plain" } });
    const { exitCode, stdout, stderr } = await runProgram(["sync", "f", "--to", "PROBE"], project);
    expect([exitCode, stdout]).toEqual([4, ""]);
    expect(stderr).toContain("error CM_NAME_CONFLICT");
    const to = /--to '([^']+)'/.exec(stderr)![1]!;
    expect((await runProgram(["sync", "f", "--to", to], project)).stdout).toBe(
      "written: PROBE://table/plain, version 1, from TABLE://plain\nwritten: PROBE://other/plain, version 2, from OTHER://plain\n",
    );
  });
});
