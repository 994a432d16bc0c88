import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { root } from "../helpers/source-files.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";
import { spawnSync } from "node:child_process";
import { workFolder } from "./program.ts";

const { codeFile } = createRequire(import.meta.url)("../../cmd/bin.cjs") as { codeFile: (file: string) => string };
const plugins = join(root, "dist", "plugins");
const scripts = testedExecutable === undefined ? readdirSync(plugins).filter((file) => file.endsWith(".cjs")) : [];

const where = testedExecutable === undefined ? "" : " (for Node alone: the executable holds its own)";

describe.skipIf(testedExecutable !== undefined)(`the compiled form of what ships${where}`, () => {
  it.each(scripts)("lies beside %s", (script) => {
    expect(existsSync(codeFile(join(plugins, script)))).toBe(true);
  });

  it.each(scripts)("of %s is taken by the Node that made it", (script) => {
    const file = join(plugins, script);
    const text = readFileSync(file, "utf8").replace(/^#!.*/, "");
    const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
    const cachedData = readFileSync(codeFile(file));
    expect(new Script(source, { filename: file, cachedData }).cachedDataRejected).toBe(false);
  });

  it("is for the very Node that made it: V8 takes that of another patch level, and crashes", () => {
    expect(codeFile("x.cjs")).toBe(`x.cjs.${process.version}-${process.platform}-${process.arch}.code`);
  });

  it.each<{ name: string; change: (file: string) => void }>([
    { name: "whole", change: () => {} },
    { name: "missing", change: (file) => rmSync(file) },
    { name: "empty", change: (file) => writeFileSync(file, "") },
    { name: "that of another program", change: (file) => cpSync(file.replace("env.cjs", "file.cjs"), file) },
    { name: "of another version of V8", change: (file) => writeFileSync(file, withOtherVersion(readFileSync(file))) },
  ])("changes nothing when it is $name", ({ change }) => {
    const cwd = workFolder();
    const dist = join(cwd, "dist");
    for (const folder of ["cmd", "plugins"])
      cpSync(join(root, "dist", folder), join(dist, folder), { recursive: true });
    change(codeFile(join(dist, "plugins", "env.cjs")));
    const args = [join(dist, "cmd", "bin.cjs"), "string-input", "-i", "ENV://A_VARIABLE", "-p", "stdout"];
    const env = { PATH: process.env["PATH"], A_VARIABLE: "its value" };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^its value\n?$/),
      stderr: "",
    });
  });
});

// The second word of the head is a number that stands for the version.
function withOtherVersion(code: Buffer): Buffer {
  const other = Buffer.from(code);
  other.writeUInt32LE((other.readUInt32LE(4) ^ 1) >>> 0, 4);
  return other;
}
