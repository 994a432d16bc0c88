import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDays, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    { text: "60s", expected: 60_000 },
    { text: "1m30s", expected: 90_000 },
    { text: "500ms", expected: 500 },
    { text: "1.5s", expected: 1500 },
    { text: "2h", expected: 7_200_000 },
    { text: "1h1m1s1ms", expected: 3_661_001 },
    { text: "0h5s", expected: 5000 },
    { text: "0.1ms", expected: 1 },
    { text: "596h", expected: 2_145_600_000 },
  ])("$text is $expected ms", ({ text, expected }) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    "",
    "60",
    "s",
    "0s",
    "0h0m",
    "-1s",
    "1 s",
    "1d",
    "1S",
    " 1s",
    "1s\n",
    "1.s",
    ".5s",
    "1e3s",
    "597h",
    "99999999999h",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("reads back whatever formatDuration writes", () => {
    assert(
      property(integer({ min: 1, max: 2 ** 31 - 1 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});

describe("parseDays", () => {
  it.each([
    { text: "14d", expected: 14 * 86_400_000 },
    { text: "1d12h", expected: 129_600_000 },
    { text: "90m", expected: 5_400_000 },
    { text: "0d1h", expected: 3_600_000 },
    { text: "100000d", expected: 8_640_000_000_000 },
  ])("$text is $expected ms", ({ text, expected }) => {
    expect(parseDays(text)).toBe(expected);
  });

  it.each(["", "14", "d", "0d", "1.5d", "-1d", "1 d", "60s", "1D", "1d\n", "100001d", "9".repeat(400) + "d"])(
    "refuses %j",
    (text) => {
      expect(parseDays(text)).toBeUndefined();
    },
  );
});
