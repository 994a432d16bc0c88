import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const facade = createFakeFacade({ "VAULT://a": "A", "VAULT://b": "B" });

async function withFiles(files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = await temporaryFolder();
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), content);
  }
  return cwd;
}

function filesIn(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    files
      .filter((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.isFile())
      .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
}

const deploy = { "deploy/a.yaml": "VAULT://a", "deploy/x/b.yaml": "VAULT://b", "deploy/x/c.json": "c" };
const outputs = { "a.yaml": "A", "x/b.yaml": "B" };

describe("many files", () => {
  it.each([
    { name: "a glob", argv: ["render", "deploy/**/*.yaml", "--out-dir", "out"], expected: outputs },
    { name: "a glob of string-input", argv: ["fromstr", "-i", "deploy/**/*.yaml", "-p", "out/"], expected: outputs },
    {
      name: "a glob, the folder not there yet",
      argv: ["fromstr", "-i", "deploy/**/*.yaml", "-p", "out"],
      expected: outputs,
    },
    { name: "a folder", argv: ["render", "deploy", "--out-dir", "out"], expected: { ...outputs, "x/c.json": "c" } },
    {
      name: "single files",
      argv: ["render", "deploy/a.yaml", "deploy/x/b.yaml", "--out-dir", "out"],
      expected: { "a.yaml": "A", "b.yaml": "B" },
    },
    { name: "one file", argv: ["render", "deploy/x/b.yaml", "--out-dir", "out"], expected: { "b.yaml": "B" } },
    {
      name: "one file, to a folder by its slash",
      argv: ["fromstr", "-i", "deploy/x/b.yaml", "-p", "out/"],
      expected: { "b.yaml": "B" },
    },
    {
      name: "a file named twice",
      argv: ["render", "deploy/a.yaml", "./deploy/a.yaml", "--out-dir", "out"],
      expected: { "a.yaml": "A" },
    },
  ])("go below the output folder: $name", async ({ argv, expected }) => {
    const cwd = await withFiles(deploy);
    const { exitCode, stdout, stderr } = await runProgram(argv, { cwd, facade });
    expect([exitCode, stdout, stderr]).toEqual([0, "", ""]);
    expect(filesIn(join(cwd, "out"))).toEqual(expected);
    expect(filesIn(join(cwd, "deploy"))).toEqual({ "a.yaml": "VAULT://a", "x/b.yaml": "VAULT://b", "x/c.json": "c" });
  });

  it("may go to a folder among the inputs, again and again", async () => {
    const cwd = await withFiles(deploy);
    for (const runs of [1, 2]) {
      const { exitCode } = await runProgram(["render", ".", "--out-dir", "out"], { cwd, facade });
      expect([runs, exitCode, Object.keys(filesIn(join(cwd, "out")))]).toEqual([
        runs,
        0,
        ["deploy/a.yaml", "deploy/x/b.yaml", "deploy/x/c.json"],
      ]);
    }
  });

  it("report an error with the file and line it is in, and write none", async () => {
    const cwd = await withFiles({ "in/1": "VAULT://a", "in/2": "x\n VAULT://no", "in/3": "VAULT://b" });
    const { exitCode, stderr } = await runProgram(["render", "in", "--out-dir", "out"], { cwd, facade });
    expect(exitCode).toBe(4);
    expect(stderr).toContain("  --> in/2:2:2\n  2 |  VAULT://no\n    |  ^\n");
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });
});

describe("--in-place", () => {
  it.each([
    { name: "render", argv: ["render", "deploy/**/*.yaml", "--in-place"] },
    { name: "string-input", argv: ["fromstr", "-i", "deploy/a.yaml", "-i", "deploy/x", "--in-place"] },
  ])("of $name rewrites the inputs themselves", async ({ argv }) => {
    const cwd = await withFiles(deploy);
    expect(await runProgram(argv, { cwd, facade })).toMatchObject({ exitCode: 0, stderr: "" });
    expect(filesIn(cwd)).toEqual({ "deploy/a.yaml": "A", "deploy/x/b.yaml": "B", "deploy/x/c.json": "c" });
  });

  it("follows links, counts two names of one file once, and keeps each of two links to one file of its own", async () => {
    const cwd = await withFiles({ "real/a": "VAULT://a", b: "VAULT://b" });
    symlinkSync("real/a", join(cwd, "link"));
    linkSync(join(cwd, "b"), join(cwd, "b2"));
    const { exitCode } = await runProgram(["render", "link", "real/a", "b", "b2", "--in-place"], { cwd, facade });
    expect([exitCode, filesIn(cwd)]).toEqual([0, { b: "B", b2: "B", link: "A", "real/a": "A" }]);
  });

  it.each([
    { flags: ["--backup"], suffix: ".bak" },
    { flags: ["--backup-suffix", "~"], suffix: "~" },
  ])("keeps what it replaces with $flags, and takes no backup for an input", async ({ flags, suffix }) => {
    const cwd = await withFiles({ "in/a": "VAULT://a", "in/b": "b" });
    const expected = { "in/a": "A", [`in/a${suffix}`]: "VAULT://a", "in/b": "b" };
    for (const runs of [1, 2]) {
      expect(await runProgram(["render", "in", "--in-place", ...flags], { cwd, facade })).toMatchObject({
        exitCode: 0,
      });
      expect([runs, filesIn(cwd)]).toEqual([runs, expected]);
    }
  });
});

describe("a command line about many files that is wrong", () => {
  it.each([
    {
      name: "has no folder for them",
      argv: ["render", "deploy/*"],
      message: "several inputs need a folder for their outputs",
    },
    {
      name: "has a file for them",
      argv: ["render", "deploy/a.yaml", "flat.yaml", "-o", "x"],
      message: "several inputs need a folder for their outputs",
    },
    {
      name: "has v3's default for them",
      argv: ["fromstr", "-i", "deploy"],
      message: "several inputs need a folder for their outputs",
    },
    {
      name: "has two outputs",
      argv: ["render", "flat.yaml", "--out-dir", "out", "-o", "x"],
      message: '"--output" and "--out-dir" exclude each other',
    },
    {
      name: "has a path and is in place",
      argv: ["fromstr", "-i", "flat.yaml", "-p", "x", "--in-place"],
      message: '"--path" and "--in-place" exclude each other',
    },
    {
      name: "names two files of one name",
      argv: ["render", "deploy/a.yaml", "other/a.yaml", "--out-dir", "out"],
      message: '"deploy/a.yaml" and "other/a.yaml" would both be written to "out/a.yaml"',
    },
    {
      name: "names two that meet behind a link",
      argv: ["render", "deploy/a.yaml", "flat.yaml", "--out-dir", "linked"],
      message: '"deploy/a.yaml" and "flat.yaml" would both be written to "linked/flat.yaml"',
    },
    {
      name: "has a backup in the way",
      argv: ["render", "flat.yaml", "flat.yaml.bak", "--in-place", "--backup"],
      message: '"flat.yaml.bak" is an output, and would be the backup of "flat.yaml"',
    },
    {
      name: "has standard input in place",
      argv: ["render", "-", "--in-place"],
      message: "standard input cannot be rewritten in place",
    },
    {
      name: "has standard input in a folder",
      argv: ["render", "-", "flat.yaml", "--out-dir", "out"],
      message: 'standard input has no name below "out"',
    },
    {
      name: "has a text in a folder",
      argv: ["fromstr", "-i", "VAULT://a", "-p", "out/"],
      message: 'a text has no name below "out/"',
    },
    {
      name: "has a suffix that is a path",
      argv: ["render", "flat.yaml", "--in-place", "--backup-suffix", "/x"],
      message: '"/x" of --backup-suffix is no end of a file\'s name',
    },
    {
      name: "watches standard output",
      argv: ["render", "flat.yaml", "--watch"],
      message: "--watch needs an output file",
    },
    {
      name: "watches standard input",
      argv: ["render", "-", "-o", "x", "--watch"],
      message: "standard input cannot be watched",
    },
    {
      name: "watches what it writes",
      argv: ["render", "flat.yaml", "--in-place", "--watch"],
      message: '"flat.yaml" would be watched and written',
    },
    {
      name: "watches for no time",
      argv: ["render", "flat.yaml", "-o", "x", "--watch-stores", "60"],
      message: '"60" of --watch-stores is not a duration between 1ms and 596h',
    },
  ])("because it $name is CM_USAGE, and nothing is asked", async ({ argv, message }) => {
    const cwd = await withFiles({ ...deploy, "flat.yaml": "VAULT://a", "flat.yaml.bak": "", "other/a.yaml": "" });
    mkdirSync(join(cwd, "linked"));
    symlinkSync("flat.yaml", join(cwd, "linked", "a.yaml"));
    const before = filesIn(cwd);
    const { exitCode, stdout, stderr } = await runProgram(argv, {
      cwd,
      facade: createFakeFacade(),
      stdin: "VAULT://a",
    });
    expect([exitCode, stdout, stderr.split("\n")[0]]).toEqual([2, "", `error CM_USAGE: ${message}`]);
    expect(filesIn(cwd)).toEqual(before);
  });
});

it("watches for no report, which tells of one run", async () => {
  const cwd = await withFiles({ a: "" });
  const argv = ["render", "a", "-o", "x", "--watch", "--report", "report.json"];
  const { exitCode, stderr } = await runProgram(argv, { cwd, facade });
  expect([exitCode, stderr]).toEqual([
    2,
    'error CM_USAGE: "--report" tells of one run, and "--watch" is many\n  hint: give one of them\n',
  ]);
});
