import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { projectFolder } from "../../test/helpers/project-folder.ts";
import { runProgram } from "../../test/helpers/run-program.ts";

interface FindingRecord {
  readonly level: string;
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly token?: string;
}

async function findingsOf(
  text: string,
  flags: readonly string[] = [],
  parts: Parameters<typeof projectFolder>[0] = {},
): Promise<{ readonly exitCode: number; readonly findings: readonly FindingRecord[] }> {
  const project = await projectFolder({ ...parts, files: { "app.tmpl": text } });
  const { exitCode, stdout } = await runProgram(["check", "app.tmpl", "--format", "json", ...flags], project);
  return { exitCode, findings: JSON.parse(stdout) as readonly FindingRecord[] };
}

const inShort = ({ level, code, line, column }: FindingRecord): string => `${line}:${column} ${level} ${code ?? ""}`;

describe("check", () => {
  it("finds what is wrong in the text, in document order, with the exit code of a run", async () => {
    const { exitCode, findings } = await findingsOf(
      "TABLE://a[x TABLE://\nTABLEE://a\nMYSTORE://a HTTPS://a\nTABLE://b|.c\n",
    );
    expect(findings.map(inShort)).toEqual([
      "1:10 error CM_METADATA_UNCLOSED",
      "1:13 error CM_TOKEN_EMPTY_PATH",
      "2:1 error CM_PREFIX_UNKNOWN",
      "3:1 warning ",
      "4:11 error CM_KEY_PATH_INVALID",
    ]);
    expect(exitCode).toBe(3);
    expect(findings[2]).toEqual({
      level: "error",
      code: "CM_PREFIX_UNKNOWN",
      message: '"TABLEE" is no known prefix, so "TABLEE://" is plain text',
      hint: 'write "TABLE"',
      file: "app.tmpl",
      line: 2,
      column: 1,
    });
  });

  it("ends well when there are warnings alone", async () => {
    const { exitCode, findings } = await findingsOf("MYSTORE://a MYVAULT_://b");
    expect([exitCode, findings.map(inShort)]).toEqual([0, ["1:1 warning ", "1:13 warning "]]);
  });

  it("finds metadata that a plugin does not know, that of an alias and of the stores of a composite store too", async () => {
    const stores = { BOTH: ["TABLE", "PROBE"], REGIONAL: { plugin: "probe", metadata: { regio: "x" } } };
    const { configmanagerDir } = await buildTestPlugins();
    const project = await projectFolder({
      stores,
      files: { f: "PROBE://a[VERSION=1] PROBE://a[verison=1]\nBOTH://a[regiom=2] TABLE://any[thing=1] REGIONAL://a" },
    });
    const { exitCode, stdout } = await runProgram(["check", "f", "--format", "json"], {
      ...project,
      env: { ...project.env, CONFIGMANAGER_DIR: configmanagerDir },
    });
    const findings = JSON.parse(stdout) as readonly FindingRecord[];
    expect(findings.map(({ code, hint, token }) => [code, hint, token])).toEqual([
      ["CM_METADATA_INVALID", 'write "Version"', "PROBE://a[verison=1]"],
      ["CM_METADATA_INVALID", 'write "region"', "BOTH://a[regiom=2]"],
      ["CM_METADATA_INVALID", 'write "region"', "REGIONAL://a"],
    ]);
    expect(exitCode).toBe(3);
  });

  it("finds plugins that are missing, cannot be executed or do not start, at each of their tokens", async () => {
    const { file } = await buildTestPlugins();
    const { exitCode, findings } = await findingsOf("GONE://a GONE://b\nTEXT://c\nBROKEN://d MIXED://e\n", [], {
      stores: {
        GONE: { path: "bin/gone" },
        TEXT: { path: "app.tmpl" },
        BROKEN: { path: file("probe"), env: { PROBE_STORE: "throws" } },
        MIXED: ["TABLE", "GONE"],
      },
    });
    expect(findings.map(inShort)).toEqual([
      "1:1 error CM_PLUGIN_NOT_FOUND",
      "1:10 error CM_PLUGIN_NOT_FOUND",
      "2:1 error CM_PLUGIN_NOT_EXECUTABLE",
      "3:1 error CM_PLUGIN_EXITED_EARLY",
      "3:12 error CM_PLUGIN_NOT_FOUND",
    ]);
    expect(exitCode).toBe(5);
  });

  it("finds unset variables with -e, and tokens in what variables hold, at their places in the file", async () => {
    const unset = await findingsOf("a ${CHECK_TEST_UNSET}", ["-e"]);
    expect([unset.exitCode, unset.findings.map(inShort)]).toEqual([3, ["1:3 error CM_ENV_UNSET"]]);
    const project = await projectFolder({ files: { f: "long ${P} TABLEE://y" } });
    const { stdout } = await runProgram(["check", "f", "-e", "--format", "json"], {
      ...project,
      env: { ...project.env, P: "MYSTORE://a VALT://b" },
    });
    expect((JSON.parse(stdout) as readonly FindingRecord[]).map(inShort)).toEqual([
      "1:6 warning ",
      "1:6 error CM_PREFIX_UNKNOWN",
      "1:11 error CM_PREFIX_UNKNOWN",
    ]);
  });

  it("softens what a run would soften", async () => {
    const { exitCode, findings } = await findingsOf("GONE://a", ["--lax-all"], {
      stores: { GONE: { path: "bin/gone" } },
    });
    expect([exitCode, findings.map(inShort)]).toEqual([0, ["1:1 warning CM_PLUGIN_NOT_FOUND"]]);
  });

  it("finds what may not be asked, and starts no plugin for it", async () => {
    const { file } = await buildTestPlugins();
    const { exitCode, findings } = await findingsOf("BROKEN://a", ["--allow", "TABLE://**"], {
      stores: { BROKEN: { path: file("probe"), env: { PROBE_STORE: "throws" } } },
    });
    expect([exitCode, findings.map(inShort)]).toEqual([3, ["1:1 error CM_TOKEN_FORBIDDEN"]]);
  });

  it("asks no store", async () => {
    const log = "asked.log";
    const { file } = await buildTestPlugins();
    const project = await projectFolder({
      files: { f: "LOGGED://a" },
      stores: { LOGGED: { path: file("table"), options: { values: { a: "1" } }, env: { TABLE_LOG: log } } },
    });
    expect((await runProgram(["check", "f"], project)).exitCode).toBe(0);
    await expect(readFile(join(project.cwd, log))).rejects.toThrow("ENOENT");
    expect((await runProgram(["check", "f", "--resolve"], project)).exitCode).toBe(0);
    expect(await readFile(join(project.cwd, log), "utf8")).toContain('"a"');
  });

  it("says on stderr that it found nothing, unless only errors are wanted", async () => {
    const project = await projectFolder({ files: { f: "TABLE://a PROBE://b", g: "" } });
    const { exitCode, stdout, stderr } = await runProgram(["check", "f", "g"], project);
    expect([exitCode, stdout, stderr]).toEqual([0, "", "no fault in 2 tokens of 2 files\n"]);
    expect((await runProgram(["check", "f", "-q"], project)).stderr).toBe("");
    expect((await runProgram(["check", "f", "--format", "json"], project)).stdout).toBe("[]\n");
    const json = await runProgram(["check", "f", "--log-format", "json"], project);
    expect(JSON.parse(json.stderr)).toEqual({ level: "info", message: "no fault in 2 tokens of 1 file" });
  });

  it("reads several files, and standard input", async () => {
    const project = await projectFolder({ files: { f: "TABLE://", g: "\nTABLEE://x" } });
    const { stderr } = await runProgram(["check", "g", "-", "f"], { ...project, stdin: "VALT://x" });
    expect(stderr.match(/--> .*/g)).toEqual(["--> g:2:1", "--> -:1:1", "--> f:1:1"]);
    expect(stderr).toContain("3 errors\n");
  });

  it("names every file that cannot be read", async () => {
    const project = await projectFolder();
    const { exitCode, stderr } = await runProgram(["check", "a", "b"], project);
    expect([exitCode, stderr.match(/error .*/g)]).toEqual([
      2,
      ['error CM_INPUT_UNREADABLE: "a" is not there', 'error CM_INPUT_UNREADABLE: "b" is not there'],
    ]);
  });
});

describe("check --resolve", () => {
  const table = { there: "secret-value", denied: { error: "denied" }, json: '{"k":"secret-value"}' };

  it("finds values that are not there, refused, or without the key, and never prints one", async () => {
    const text =
      "TABLE://there TABLE://gone TABLE://gone[default=x]\nTABLE://denied TABLE://json|k TABLE://json|x TABLEE://a";
    const project = await projectFolder({ table, files: { f: text } });
    for (const flags of [[], ["--format", "json"], ["--format", "github"], ["-v"]]) {
      const { exitCode, stdout, stderr } = await runProgram(["check", "f", "--resolve", ...flags], project);
      expect((stdout + stderr).match(/CM_\w+/g)).toEqual([
        "CM_STORE_NOT_FOUND",
        "CM_STORE_DENIED",
        "CM_KEY_PATH_NO_MATCH",
        "CM_PREFIX_UNKNOWN",
      ]);
      expect(stdout + stderr).not.toContain("secret-value");
      expect(exitCode).toBe(3);
    }
  });

  it("--expires-within finds values that expire soon", async () => {
    // PROBE's value expires on 2 January 2030.
    const flags = ["--resolve", "--expires-within"];
    const soon = await findingsOf("PROBE://versioned/x PROBE://echo/x", [...flags, "100000d"]);
    expect([soon.exitCode, soon.findings.length]).toEqual([4, 1]);
    expect(soon.findings[0]).toMatchObject({
      code: "CM_VALUE_EXPIRES",
      message: "the value expires at 2030-01-02T03:04:05.678Z",
      token: "PROBE://versioned/x",
    });
    const later = await findingsOf("PROBE://versioned/x", [...flags, "1m"]);
    expect([later.exitCode, later.findings]).toEqual([0, []]);
  });

  it.each([
    { name: "no time", flags: ["--resolve", "--expires-within", "14"], message: '"14" of --expires-within is no time' },
    { name: "without --resolve", flags: ["--expires-within", "14d"], message: 'says nothing without "--resolve"' },
    { name: "an unknown format", flags: ["--format", "xml"], message: '"xml" of --format is not supported' },
  ])("refuses $name", async ({ flags, message }) => {
    const { exitCode, stdout, stderr } = await runProgram(["check", "-", ...flags], await projectFolder());
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});

describe("check --format github", () => {
  it("is a command of the runner for each finding, which text of the input can neither end nor begin", async () => {
    const project = await projectFolder({
      files: { "a,b:c%.tmpl": "x: TABLEE://a%0A::error::x\n::error::y TABLE://|a[\n" },
    });
    const { exitCode, stdout, stderr } = await runProgram(["check", "a,b:c%.tmpl", "--format", "github"], project);
    expect([exitCode, stderr]).toEqual([3, ""]);
    expect(stdout.split("\n")).toEqual([
      '::error file=a%2Cb%3Ac%25.tmpl,line=1,col=4,title=CM_PREFIX_UNKNOWN::"TABLEE" is no known prefix, so "TABLEE://" is plain text%0Ahint: write "TABLE"',
      expect.stringMatching(/^::error file=a%2Cb%3Ac%25.tmpl,line=2,col=12,title=CM_TOKEN_EMPTY_PATH::/) as string,
      "",
    ]);
  });

  it("names no file for standard input", async () => {
    const project = await projectFolder();
    const { stdout } = await runProgram(["check", "--format", "github"], { ...project, stdin: "MYSTORE://x" });
    expect(stdout).toMatch(/^::warning title=configmanager::"MYSTORE" is no known prefix.*\n$/);
  });
});
