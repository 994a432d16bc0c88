import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFile } from "./replace-file.ts";

let folder = "";
beforeEach(() => void (folder = fs.mkdtempSync(join(tmpdir(), "cm-replace-"))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const modeOf = (name: string): number => fs.statSync(at(name)).mode & 0o7777;

describe("a file that is replaced", () => {
  it("holds the new bytes, keeps its mode, and stays the old one for whoever reads it", async () => {
    fs.writeFileSync(at("a"), "old");
    fs.chmodSync(at("a"), 0o640);
    const open = fs.openSync(at("a"), "r");
    await replaceFile(at("a"), Buffer.from("new"));
    expect([fs.readFileSync(at("a"), "utf8"), fs.readFileSync(open, "utf8")]).toEqual(["new", "old"]);
    fs.closeSync(open);
    expect([modeOf("a"), fs.readdirSync(folder)]).toEqual([0o640, ["a"]]);
  });

  it("that is new is its owner's alone, also under the longest name there is", async () => {
    const name = "n".repeat(255);
    await replaceFile(at(name), Buffer.from("new"));
    expect(modeOf(name)).toBe(0o600);
  });

  it("is left alone when the signal is aborted", async () => {
    fs.writeFileSync(at("a"), "old");
    const reason = new Error("no longer wanted");
    const controller = new AbortController();
    const replacing = replaceFile(at("a"), Buffer.alloc(8_000_000), { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(replacing).rejects.toBe(reason);
    expect([fs.readFileSync(at("a"), "utf8"), fs.readdirSync(folder)]).toEqual(["old", ["a"]]);
  });

  it.each([
    { name: "no folder", path: "none/a", expected: { code: "ENOENT" } },
    { name: "a file for a folder", path: "file/a", expected: { code: "ENOTDIR" } },
    { name: "a folder", path: "folder", expected: { kind: "badRequest" } },
  ])("is an error where there is $name, and nothing is left", async ({ path, expected }) => {
    fs.writeFileSync(at("file"), "old");
    fs.mkdirSync(at("folder"));
    await expect(replaceFile(at(path), Buffer.from("new"))).rejects.toMatchObject(expected);
    expect(fs.readdirSync(folder)).toEqual(["file", "folder"]);
  });

  it.skipIf(process.platform === "win32")("is no FIFO", async () => {
    execFileSync("mkfifo", [at("fifo")]);
    await expect(replaceFile(at("fifo"), Buffer.from("new"))).rejects.toMatchObject({ kind: "badRequest" });
    expect(fs.statSync(at("fifo")).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)("is not one that its owner closed", async () => {
    fs.writeFileSync(at("a"), "old", { mode: 0o400 });
    await expect(replaceFile(at("a"), Buffer.from("new"))).rejects.toMatchObject({ code: "EACCES" });
    expect(fs.readFileSync(at("a"), "utf8")).toBe("old");
  });
});
