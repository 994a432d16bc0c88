import { execFileSync } from "node:child_process";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { canceledBy } from "../exit-codes.ts";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const facade = createFakeFacade({ "VAULT://a": "A" });

describe("render", () => {
  it("writes a file's result to stdout", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "app.tmpl"), "x=VAULT://a\n");
    const { exitCode, stdout, stderr } = await runProgram(["render", "app.tmpl"], { cwd, facade });
    expect([exitCode, stdout, stderr]).toEqual([0, "x=A\n", ""]);
  });

  it.each(["-", "stdout"])("reads stdin, and writes to stdout with -o %s", async (target) => {
    const { stdout } = await runProgram(["render", "-", "-o", target], { stdin: "VAULT://a", facade });
    expect(stdout).toBe("A");
  });

  it("writes a file with -o, its mode 0600", async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout } = await runProgram(["render", "-", "-o", "out/../app.env"], {
      cwd,
      stdin: "VAULT://a",
      facade,
    });
    expect([exitCode, stdout, await readFile(join(cwd, "app.env"), "utf8")]).toEqual([0, "", "A"]);
    expect((await stat(join(cwd, "app.env"))).mode & 0o777).toBe(0o600);
  });

  it("gives a new file the mode of --file-mode", async () => {
    const cwd = await temporaryFolder();
    await runProgram(["render", "-", "-o", "app.env", "--file-mode", "0640"], { cwd, stdin: "VAULT://a", facade });
    expect((await stat(join(cwd, "app.env"))).mode & 0o777).toBe(0o640);
  });

  it.each(["0888", "77", "rw", "04755", "-1"])("refuses --file-mode %j", async (mode) => {
    const { exitCode, stderr } = await runProgram(["render", "-", "--file-mode", mode], { facade });
    expect([exitCode, stderr]).toEqual([
      2,
      `error CM_USAGE: "${mode}" of --file-mode is not a file mode\n  hint: write three octal digits, such as 0640\n`,
    ]);
  });

  it("leaves the old file alone when a token has no value", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "app.env"), "old");
    const { exitCode } = await runProgram(["render", "-", "-o", "app.env"], { cwd, stdin: "VAULT://b", facade });
    expect([exitCode, await readFile(join(cwd, "app.env"), "utf8")]).toEqual([4, "old"]);
  });

  it("ends with CM_OUTPUT_UNWRITABLE when the output's folder is not there", async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stderr } = await runProgram(["render", "-", "-o", "no/app.env"], {
      cwd,
      stdin: "VAULT://a",
      facade,
    });
    expect(exitCode).toBe(8);
    expect(stderr).toMatch(/^error CM_OUTPUT_UNWRITABLE: /);
  });

  it("writes the bytes as they are", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "in"), Buffer.from("\uFEFFé\r\n\0"));
    const { stdoutBytes } = await runProgram(["render", "in"], { cwd, facade });
    expect(stdoutBytes).toEqual(Buffer.from("\uFEFFé\r\n\0"));
  });
});

it.skipIf(process.platform === "win32")("reads a FIFO, and stops to wait for one when a signal comes", async () => {
  const cwd = await temporaryFolder();
  execFileSync("mkfifo", [join(cwd, "pipe")]);
  const reading = runProgram(["render", "pipe"], { cwd, facade });
  await writeFile(join(cwd, "pipe"), "x=VAULT://a");
  expect(await reading).toMatchObject({ exitCode: 0, stdout: "x=A" });

  const ending = new AbortController();
  const waiting = runProgram(["render", "pipe"], { cwd, facade, signal: ending.signal });
  setImmediate(() => ending.abort(canceledBy("SIGTERM")));
  expect(await waiting).toMatchObject({ exitCode: 143, stdout: "" });
});

describe("an input that cannot be read", () => {
  it.each([
    { name: "is not there", file: "missing", expected: '"missing" is not there' },
    { name: "is below a file", file: "file/x", expected: '"file/x" is not there' },
  ])("because it $name is CM_INPUT_UNREADABLE", async ({ file, expected }) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "file"), "");
    const { exitCode, stderr } = await runProgram(["render", file], { cwd, facade });
    expect([exitCode, stderr]).toEqual([
      2,
      `error CM_INPUT_UNREADABLE: ${expected}\n  hint: name a file that can be read, or - for standard input\n`,
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("because of its mode is CM_INPUT_UNREADABLE", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "file"), "");
    await chmod(join(cwd, "file"), 0);
    const { exitCode, stderr } = await runProgram(["render", "file"], { cwd, facade });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error CM_INPUT_UNREADABLE: "file" may not be read by this user');
  });
});
