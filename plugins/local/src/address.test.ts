import { describe, expect, it } from "vitest";
import { isBelow, toName } from "./address.ts";

describe("a name", () => {
  it.each(["a", "a/b/c", "/a", "größe \u{1f511}", "__proto__", "a b", "..", "a/"])("is the path %j itself", (path) => {
    expect(toName(path)).toBe(path);
  });

  it.each([
    { path: "", message: "a value needs a name" },
    { path: "a\nb", message: "a name holds no control characters" },
    { path: "a\u0085", message: "a name holds no control characters" },
  ])("is not $path", ({ path, message }) => {
    expect(() => toName(path)).toThrow(expect.objectContaining({ kind: "badRequest", message }) as Error);
  });
});

describe("a listing", () => {
  const names = ["a", "a/b", "a/b/c", "ab", "/a", "a/"];
  it.each([
    { path: "", recursive: true, expected: names },
    { path: "", recursive: false, expected: ["a", "ab"] },
    { path: "a", recursive: false, expected: ["a/b"] },
    { path: "a/", recursive: false, expected: ["a/b"] },
    { path: "a", recursive: true, expected: ["a/b", "a/b/c"] },
    { path: "/", recursive: true, expected: ["/a"] },
    { path: "b", recursive: true, expected: [] },
  ])("of $path, recursive $recursive, has $expected", ({ path, recursive, expected }) => {
    expect(names.filter((name) => isBelow(name, path, recursive))).toEqual(expected);
  });
});
