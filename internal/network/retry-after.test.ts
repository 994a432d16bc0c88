import { describe, expect, it } from "vitest";
import { readRetryAfterMs, type ResponseHeaders } from "./retry-after.ts";

const now = new Date("2026-01-01T00:00:00Z");

describe("how long a service asks to wait", () => {
  it.each<{ name: string; headers: ResponseHeaders; expected: number | undefined }>([
    { name: "seconds", headers: { "retry-after": "2" }, expected: 2000 },
    { name: "a fraction of a second", headers: { "retry-after": "0.5" }, expected: 500 },
    { name: "a date", headers: { "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }, expected: 3000 },
    { name: "a date that is past", headers: { "retry-after": "Wed, 31 Dec 2025 00:00:03 GMT" }, expected: 0 },
    { name: "milliseconds before seconds", headers: { "retry-after": "2", "retry-after-ms": "7" }, expected: 7 },
    { name: "Azure's milliseconds", headers: { "x-ms-retry-after-ms": "8" }, expected: 8 },
    { name: "thirty seconds at most", headers: { "retry-after": "86400" }, expected: 30_000 },
    { name: "the first of several", headers: { "retry-after": ["1", "2"] }, expected: 1000 },
    { name: "an object with get()", headers: new Headers({ "Retry-After": "4" }), expected: 4000 },
    { name: "nothing", headers: {}, expected: undefined },
    { name: "what means nothing", headers: { "retry-after": "soon" }, expected: undefined },
  ])("reads $name", ({ headers, expected }) => {
    expect(readRetryAfterMs(headers, now)).toBe(expected);
  });
});
