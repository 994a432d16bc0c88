import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleProgram } from "../../../test/helpers/bundle-program.ts";
import { lockBeside, temporaryBeside } from "./beside.ts";
import { withFileLock } from "./file-lock.ts";
import { ownLife } from "./process-life.ts";
import { replaceFile } from "./replace-file.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "cm-lock-"));
  file = join(folder, "count");
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
const { signal } = new AbortController();

/** The mark of some process in the place of the lock. */
function leaveMark(life: object, name: string = lockBeside(file), token: string = "0123456789abcdef"): void {
  fs.writeFileSync(name, JSON.stringify({ token, ...ownLife(), ...life }));
}

function age(name: string, ms: number): void {
  fs.utimesSync(name, new Date(Date.now() - ms), new Date(Date.now() - ms));
}

/** The id of a process that is dead. */
function deadProcess(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

function countUp(): Promise<void> {
  const { signal } = new AbortController();
  return withFileLock(file, signal, async () => {
    const count = Number(fs.readFileSync(file, "utf8"));
    await replaceFile(file, Buffer.from(String(count + 1)), { signal });
  });
}

describe("the lock of a file", () => {
  it("lets those of one process work one after the other, and leaves nothing", async () => {
    fs.writeFileSync(file, "0");
    await Promise.all(Array.from({ length: 20 }, countUp));
    expect([fs.readFileSync(file, "utf8"), fs.readdirSync(folder)]).toEqual(["20", ["count"]]);
  });

  it("lets processes work one after the other", async () => {
    fs.writeFileSync(file, "0");
    const program = await bundleProgram("writers/count-up.ts", fs.mkdtempSync(join(folder, "program-")));
    const exits = Array.from({ length: 4 }, () => once(spawn(process.execPath, [program, file, "50"]), "exit"));
    expect((await Promise.all(exits)).map(([code]) => code as unknown)).toEqual([0, 0, 0, 0]);
    expect(fs.readFileSync(file, "utf8")).toBe("200");
  });

  it("is given back when the work fails", async () => {
    const reason = new Error("no");
    await expect(withFileLock(file, signal, () => Promise.reject(reason))).rejects.toBe(reason);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it("needs the folder, and not the file", async () => {
    expect(await withFileLock(file, signal, async () => 1)).toBe(1);
    const nowhere = withFileLock(join(folder, "none", "a"), signal, async () => 1);
    await expect(nowhere).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is not waited for without end", async () => {
    leaveMark({});
    await expect(withFileLock(file, signal, async () => 1, { maxWaitMs: 30 })).rejects.toMatchObject({
      kind: "unavailable",
      message: `"${file}" is being written by process ${process.pid}`,
      hint: `try again later, or remove "${lockBeside(file)}" when nobody writes the file`,
    });
    expect(fs.existsSync(lockBeside(file))).toBe(true);
  });

  it("is waited for no longer than is wanted", async () => {
    leaveMark({});
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const waiting = withFileLock(file, controller.signal, async () => 1);
    setImmediate(() => controller.abort(reason));
    await expect(waiting).rejects.toBe(reason);
  });
});

describe("a lock that is left over", () => {
  it("of a dead process is taken over", async () => {
    leaveMark({ id: deadProcess() });
    expect(await withFileLock(file, signal, async () => 1, { maxWaitMs: 0 })).toBe(1);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it.runIf(process.platform === "linux")("of a dead process whose id lives again is taken over", async () => {
    leaveMark({ started: "1" });
    expect(await withFileLock(file, signal, async () => 1, { maxWaitMs: 0 })).toBe(1);
  });

  it("of another machine is taken over when it is old", async () => {
    leaveMark({ machine: "another", id: deadProcess() });
    await expect(withFileLock(file, signal, async () => 1, { maxWaitMs: 30 })).rejects.toMatchObject({
      kind: "unavailable",
    });
    age(lockBeside(file), 61_000);
    expect(await withFileLock(file, signal, async () => 1, { maxWaitMs: 0 })).toBe(1);
  });

  it.each(["", "{", "null", '{"token":"../../x"}'])("that says %j is taken over when it is old", async (text) => {
    fs.writeFileSync(lockBeside(file), text);
    await expect(withFileLock(file, signal, async () => 1, { maxWaitMs: 30 })).rejects.toMatchObject({
      message: `"${file}" is being written by another process`,
    });
    age(lockBeside(file), 3000);
    expect(await withFileLock(file, signal, async () => 1, { maxWaitMs: 0 })).toBe(1);
  });

  it("is taken over by one of many", async () => {
    fs.writeFileSync(file, "0");
    for (let round = 0; round < 20; round++) {
      leaveMark({ id: deadProcess() });
      await Promise.all(Array.from({ length: 5 }, countUp));
    }
    expect([fs.readFileSync(file, "utf8"), fs.readdirSync(folder)]).toEqual(["100", ["count"]]);
  });

  it("is taken over also after a process that died in taking it over", async () => {
    const id = deadProcess();
    const [outer, inner] = ["0123456789abcdef", "fedcba9876543210"];
    leaveMark({ id });
    leaveMark({ id }, `${lockBeside(file)}.${outer}`, inner);
    leaveMark({ id }, `${lockBeside(file)}.${outer}.${inner}`, outer);
    expect(await withFileLock(file, signal, async () => 1, { maxWaitMs: 0 })).toBe(1);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

it("whoever has the lock removes what a killed writer of that file left, and nothing else", async () => {
  const others = [temporaryBeside(join(folder, "other")), join(folder, ".configmanager-0123456789abcdef01234567.tmp")];
  for (const name of [temporaryBeside(file), ...others]) fs.writeFileSync(name, "left");
  await withFileLock(file, signal, async () => 1);
  expect(
    fs
      .readdirSync(folder)
      .map((name) => join(folder, name))
      .toSorted(),
  ).toEqual(others.toSorted());
});
