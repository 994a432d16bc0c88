import { describe, expect, it } from "vitest";
import { parsePointInTime } from "./point-in-time.ts";

describe("a point in time", () => {
  it.each([
    { text: "2024-02-29T12:00:00Z", expected: "2024-02-29T12:00:00.000Z" },
    { text: "2024-02-29T12:00:00.123456789Z", expected: "2024-02-29T12:00:00.123Z" },
    { text: "2024-01-01T01:00:00+02:00", expected: "2023-12-31T23:00:00.000Z" },
    { text: "2023-12-31T23:30:00-01:30", expected: "2024-01-01T01:00:00.000Z" },
  ])("is read from $text", ({ text, expected }) => {
    expect(parsePointInTime(text).toISOString()).toBe(expected);
  });

  it.each([
    "",
    "yesterday",
    "2024-01-01",
    "2024-01-01 00:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01t00:00:00z",
    "2023-02-29T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-00-10T00:00:00Z",
    "2024-01-00T00:00:00Z",
    "2024-01-01T25:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:00+99:00",
  ])("is not %s", (text) => {
    expect(() => parsePointInTime(text)).toThrow(/is no date of RFC 3339$/);
  });
});
