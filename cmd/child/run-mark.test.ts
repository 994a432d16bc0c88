import process from "node:process";
import { describe, expect, it } from "vitest";
import { isGone, runMark } from "./run-mark.ts";

const send = (pid: number, signal: NodeJS.Signals | 0): void => void process.kill(pid, signal);
const [boot, namespace, pid, started] = runMark(process.pid).split("-");
const isLinux = process.platform === "linux";

describe("a mark of a run", () => {
  it("of one that lives is not gone", () => {
    expect(isGone(runMark(process.pid), send)).toBe(false);
  });

  it("of another user's, who may not be asked, is not gone", () => {
    const refuse = (): never => {
      throw Object.assign(new Error("no"), { code: "EPERM" });
    };
    expect(isGone(runMark(process.pid), refuse)).toBe(false);
  });

  it("of one that is not there is gone", () => {
    expect(isGone([boot, namespace, 2 ** 22 + 1, started].join("-"), send)).toBe(true);
  });

  it("of one from before the system was started is gone", () => {
    expect(isGone(["00000001", namespace, pid, started].join("-"), send)).toBe(true);
  });

  it.skipIf(!isLinux)("of one whose id was given again is gone", () => {
    expect(isGone([boot, namespace, pid, Number(started) - 1].join("-"), send)).toBe(true);
  });

  it.skipIf(!isLinux)("of another container's, whose ids mean nothing here, is not gone", () => {
    expect(isGone([boot, "1", 2 ** 22 + 1, started].join("-"), send)).toBe(false);
  });
});
