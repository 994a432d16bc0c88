import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../test/helpers/project-folder.ts";
import { runProgram } from "../../test/helpers/run-program.ts";

const table = { user: "new-user", password: "new-secret", key: "line 1\nline 2\n" };
const template = "user: TABLE://user\npassword: TABLE://password\n# end\n";

describe("diff", () => {
  it("finds nothing after a render, with exit code 0", async () => {
    const project = await projectFolder({ table, files: { "in/app.tmpl": `${template}k: TABLE://key` } });
    await runProgram(["render", "in/app.tmpl", "-o", "app.txt"], project);
    const { exitCode, stdout, stderr } = await runProgram(["diff", "in/app.tmpl", "-p", "app.txt"], project);
    expect([exitCode, stdout, stderr]).toEqual([0, "", ""]);
  });

  it("names the tokens whose place would change, never a value, with exit code 9", async () => {
    const old = "user: old-user\npassword: new-secret\n# old-comment\n";
    const project = await projectFolder({ table, files: { "app.tmpl": template, out: old } });
    const { exitCode, stdout, stderr } = await runProgram(["diff", "app.tmpl", "-p", "out", "-v"], project);
    expect(exitCode).toBe(9);
    expect(stdout).toBe("app.tmpl:1:7 TABLE://user changed\nout:3 text outside of tokens changed\n");
    expect(stdout + stderr).not.toMatch(/old-|new-/);
    expect(await readFile(join(project.cwd, "out"), "utf8")).toBe(old);
  });

  it("says the same in JSON", async () => {
    const files = { "a.tmpl": template, "b.tmpl": "x\n", "out/a.tmpl": "user: old\npassword: new-secret\n" };
    const project = await projectFolder({ table, files });
    const { exitCode, stdout } = await runProgram(["diff", "a.tmpl", "b.tmpl", "-p", "out", "--json"], project);
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      9,
      [
        {
          input: "a.tmpl",
          output: "out/a.tmpl",
          status: "changed",
          tokens: [{ line: 1, column: 7, token: "TABLE://user" }],
          lines: [{ change: "added", from: 3, to: 3 }],
        },
        { input: "b.tmpl", output: "out/b.tmpl", status: "new", tokens: [], lines: [] },
      ],
    ]);
  });

  it("compares a folder and a glob as a run would write them", async () => {
    const project = await projectFolder({
      table,
      files: { "in/a/f": "TABLE://user", "in/g": "x", "out/a/f": "new-user" },
    });
    expect((await runProgram(["diff", "in", "-p", "out"], project)).stdout).toBe("out/g is not there\n");
    expect((await runProgram(["diff", "in/**/f", "-p", "out"], project)).exitCode).toBe(0);
  });

  it("takes a folder for one file too", async () => {
    const project = await projectFolder({
      table,
      files: { "a/f": "TABLE://user", "out/f": "new-user", "out2/x": "" },
    });
    expect((await runProgram(["diff", "a/f", "-p", "out"], project)).exitCode).toBe(0);
    expect((await runProgram(["diff", "a/f", "-p", "out2/"], project)).stdout).toBe("out2/f is not there\n");
  });

  it("reads standard input", async () => {
    const project = await projectFolder({ table, files: { out: "old" } });
    const { stdout } = await runProgram(["diff", "-", "-p", "out"], { ...project, stdin: "TABLE://user" });
    expect(stdout).toBe("-:1:1 TABLE://user changed\n");
  });

  it("reports what a render would, with its exit code", async () => {
    const project = await projectFolder({ table, files: { f: "TABLE://gone", out: "x" } });
    const { exitCode, stdout, stderr } = await runProgram(["diff", "f", "-p", "out"], project);
    expect([exitCode, stdout]).toEqual([4, ""]);
    expect(stderr).toContain("error CM_STORE_NOT_FOUND");
  });

  it.each([
    { name: "no output", argv: ["f"], message: "there is no output to compare with" },
    { name: "standard output", argv: ["f", "-p", "-"], message: '"-" is no output to compare with' },
    {
      name: "standard input in a folder",
      argv: ["f", "-", "-p", "out"],
      message: 'standard input has no name below "out"',
    },
    {
      name: "two inputs of one output",
      argv: ["f", "d/f", "-p", "out"],
      message: '"f" and "d/f" would both be written to "out/f"',
    },
    { name: "an output below a file", argv: ["f", "g", "-p", "f"], exit: 9 },
  ])("with $name ends at once", async ({ argv, message, exit = 2 }) => {
    const project = await projectFolder({ table, files: { f: "x", g: "y", "d/f": "z" } });
    const { exitCode, stderr } = await runProgram(["diff", ...argv], project);
    expect([exitCode, stderr.includes(message ?? "")]).toEqual([exit, true]);
  });

  it("names an output that is no file", async () => {
    const project = await projectFolder({ files: { f: "x", "out/f/x": "" } });
    await writeFile(join(project.cwd, "f"), "TABLE://user");
    const { exitCode, stderr } = await runProgram(["diff", "f", "-p", "out"], project);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('"out/f" is a folder') as string]);
  });
});
