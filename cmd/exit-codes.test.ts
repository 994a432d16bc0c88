import { describe, expect, it } from "vitest";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { ErrorCode } from "../internal/errors/codes.ts";
import { canceledBy, endingSignals, exitCodeOfRun, exitCodeOfSignal } from "./exit-codes.ts";

describe("exitCodeOfRun", () => {
  it.each<{ codes: ErrorCode[]; expected: number }>([
    { codes: [], expected: 0 },
    { codes: ["CM_INTERNAL"], expected: 1 },
    { codes: ["CM_STORE_NOT_FOUND"], expected: 4 },
    { codes: ["CM_STORE_NOT_FOUND", "CM_STORE_DENIED"], expected: 6 },
    { codes: ["CM_STORE_NOT_FOUND", "CM_STORE_DENIED", "CM_PLUGIN_CRASHED"], expected: 5 },
    { codes: ["CM_PLUGIN_CRASHED", "CM_ENV_UNSET"], expected: 3 },
    { codes: ["CM_ENV_UNSET", "CM_USAGE"], expected: 2 },
    { codes: ["CM_USAGE", "CM_PLUGIN_UNTRUSTED"], expected: 7 },
    { codes: ["CM_OUTPUT_UNWRITABLE"], expected: 8 },
    { codes: ["CM_CANCELED"], expected: 130 },
  ])("of $codes is $expected", ({ codes, expected }) => {
    expect(exitCodeOfRun(codes.map((code) => new ConfigManagerError(code, "x")))).toBe(expected);
  });

  it.each(endingSignals)("after %s is that of the signal", (signal) => {
    expect(exitCodeOfRun([canceledBy(signal)])).toBe(exitCodeOfSignal(signal));
  });

  it("has the numbers that shells use", () => {
    expect(endingSignals.map((signal) => [signal, exitCodeOfSignal(signal)])).toEqual([
      ["SIGHUP", 129],
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ]);
  });
});
