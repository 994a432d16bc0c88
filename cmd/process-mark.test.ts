import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../test/helpers/run-program.ts";
import { createProcessMark } from "./process-mark.ts";

const own = process.pid;
const writer = createProcessMark({ pid: own, isAlive: (pid) => pid === own || pid === process.ppid });
const [machine, pid, start] = writer.mark.split("-");

describe("the mark of a process", () => {
  it("is told by machine, process and start, in few characters that any file system takes", () => {
    expect(writer.mark).toMatch(/^[0-9a-f]{6}-[0-9a-z]+-[0-9a-z]+$/);
    expect(writer.mark.length).toBeLessThan(30);
    expect(createProcessMark({ pid: own, isAlive: () => true }).mark).toBe(writer.mark);
  });

  it.each([
    { name: "itself", mark: writer.mark, expected: false },
    { name: "a process that is gone", mark: `${machine}-zzzzz-1`, expected: true },
    { name: "no process at all", mark: `${machine}`, expected: true },
  ])("knows of $name whether it is gone", ({ mark, expected }) => {
    expect(writer.isGone(mark, "/nowhere")).toBe(expected);
  });

  it.runIf(process.platform === "linux")("takes one that has only got the number for another", () => {
    expect(start).not.toBe("0");
    expect(writer.isGone(`${machine}-${pid}-${start}0`, "/nowhere")).toBe(true);
  });

  it("takes one of another machine for gone when its file is a day old", async () => {
    const file = join(await temporaryFolder(), "x.tmp");
    writeFileSync(file, "");
    expect(writer.isGone("ffffff-1-1", file)).toBe(false);
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    utimesSync(file, yesterday, yesterday);
    expect(writer.isGone("ffffff-1-1", file)).toBe(true);
  });
});
