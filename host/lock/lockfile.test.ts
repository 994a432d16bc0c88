import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleProgram } from "../../test/helpers/bundle-program.ts";
import { lockFileOf, readLock, updateLock } from "./lockfile.ts";
import type { Checksum, LockedPlugin, PluginLock } from "./plugin-lock.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "cm-lockfile-"));
  file = lockFileOf(join(folder, ".configmanager", "plugins"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const checksum: Checksum = `sha256:${"a".repeat(64)}`;
const mark = (): string => join(folder, ".configmanager", ".plugins.lock.json.turn");

function adding(name: string): (lock: PluginLock) => PluginLock {
  const plugin: LockedPlugin = { name, checksums: new Map([["linux-amd64", checksum]]) };
  return ({ plugins }) => ({ plugins: new Map([...plugins, [name, plugin]]) });
}

const names = (): readonly string[] => [...(readLock(file)?.plugins.keys() ?? [])];

describe("a lock file", () => {
  it("lies beside the folder of the plugins", () => {
    expect(file).toBe(join(folder, ".configmanager", "plugins.lock.json"));
  });

  it("is not there, or has the folder's name taken by a file", () => {
    expect(readLock(file)).toBeUndefined();
    fs.writeFileSync(join(folder, ".configmanager"), "");
    expect(readLock(file)).toBeUndefined();
  });

  it("that cannot be read is CM_LOCKFILE_INVALID", () => {
    fs.mkdirSync(file, { recursive: true });
    expect(() => readLock(file)).toThrow(expect.objectContaining({ code: "CM_LOCKFILE_INVALID" }) as Error);
  });
});

describe("updateLock", () => {
  it("makes folder and file, and leaves nothing beside it", async () => {
    await updateLock(file, adding("a"));
    await updateLock(file, adding("b"));
    expect(names()).toEqual(["a", "b"]);
    expect(fs.readdirSync(join(folder, ".configmanager"))).toEqual(["plugins.lock.json"]);
  });

  it.runIf(process.platform === "linux")("says that no folder can be made, where nobody can make one", async () => {
    const nowhere = lockFileOf("/proc/nowhere/.configmanager/plugins");
    await expect(updateLock(nowhere, adding("a"))).rejects.toMatchObject({ code: "CM_OUTPUT_UNWRITABLE" });
  });

  it("does not touch a file that stays the same", async () => {
    await updateLock(file, adding("a"));
    const before = fs.statSync(file, { bigint: true });
    await updateLock(file, (lock) => lock);
    expect(fs.statSync(file, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  });

  it("leaves a file that it cannot read as it is", async () => {
    await updateLock(file, adding("a"));
    fs.writeFileSync(file, "{");
    await expect(updateLock(file, adding("b"))).rejects.toMatchObject({ code: "CM_LOCKFILE_INVALID" });
    expect(fs.readFileSync(file, "utf8")).toBe("{");
    expect(fs.existsSync(mark())).toBe(false);
  });

  it("writes behind a link", async () => {
    const real = join(folder, "elsewhere.json");
    await updateLock(file, adding("a"));
    fs.renameSync(file, real);
    fs.symlinkSync(real, file);
    await updateLock(file, adding("b"));
    expect([fs.lstatSync(file).isSymbolicLink(), [...readLock(real)!.plugins.keys()]]).toEqual([true, ["a", "b"]]);
  });

  it("loses no change of one process", async () => {
    const all = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, "0")}`);
    await Promise.all(all.map((name) => updateLock(file, adding(name))));
    expect(names()).toEqual(all);
  });

  it("loses no change of several processes", async () => {
    const program = await bundleProgram("writers/lock-plugins.ts", fs.mkdtempSync(join(folder, "program-")));
    const exits = ["a", "b", "c"].map((name) => once(spawn(process.execPath, [program, file, name, "15"]), "exit"));
    expect((await Promise.all(exits)).map(([code]) => code as unknown)).toEqual([0, 0, 0]);
    expect(names()).toHaveLength(45);
  });

  it("takes the turn of a process that was killed long ago, once for many", async () => {
    await updateLock(file, adding("a"));
    fs.writeFileSync(mark(), "left by somebody");
    fs.utimesSync(mark(), new Date(Date.now() - 11_000), new Date(Date.now() - 11_000));
    await Promise.all(["b", "c", "d"].map((name) => updateLock(file, adding(name))));
    expect(names()).toEqual(["a", "b", "c", "d"]);
    expect(fs.readdirSync(join(folder, ".configmanager"))).toEqual(["plugins.lock.json"]);
  });

  it("waits for the turn of a process at work, and no longer than is wanted", async () => {
    await updateLock(file, adding("a"));
    fs.writeFileSync(mark(), "somebody at work");
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const waiting = updateLock(file, adding("b"), { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(waiting).rejects.toBe(reason);
    expect([names(), fs.readFileSync(mark(), "utf8")]).toEqual([["a"], "somebody at work"]);
  });

  it.skipIf(process.getuid?.() === 0)("says that the folder cannot be written", async () => {
    await updateLock(file, adding("a"));
    fs.chmodSync(join(folder, ".configmanager"), 0o555);
    await expect(updateLock(file, adding("b"))).rejects.toMatchObject({ code: "CM_OUTPUT_UNWRITABLE" });
    fs.chmodSync(join(folder, ".configmanager"), 0o755);
  });
});
