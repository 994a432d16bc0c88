import { describe, expect, it } from "vitest";
import { createAllowList } from "./allow.ts";

const cases: { name: string; patterns: string[]; prefix?: string; path: string; expected: boolean }[] = [
  { name: "a literal pattern allows exactly itself", patterns: ["AWSPARAMSTR:///a"], path: "/a", expected: true },
  { name: "a literal pattern allows nothing longer", patterns: ["AWSPARAMSTR:///a"], path: "/ab", expected: false },
  { name: "a star stops at a slash", patterns: ["AWSPARAMSTR:///app/*"], path: "/app/x/y", expected: false },
  { name: "a star stands for any one segment", patterns: ["AWSPARAMSTR:///app/*"], path: "/app/x.y-z", expected: true },
  { name: "two stars cross slashes", patterns: ["AWSPARAMSTR:///app/**"], path: "/app/x/y", expected: true },
  { name: "another prefix does not match", patterns: ["VAULT:///app/*"], path: "/app/x", expected: false },
  { name: "the second pattern is tried too", patterns: ["VAULT://x", "AWSPARAMSTR:///b"], path: "/b", expected: true },
  { name: "an empty list allows nothing", patterns: [], path: "/a", expected: false },
  { name: "a dot-dot segment never matches", patterns: ["**"], path: "/app/../etc", expected: false },
  { name: "a dot segment never matches", patterns: ["**"], path: "./x", expected: false },
  { name: "dots inside a segment are ordinary", patterns: ["**"], path: "/a..b", expected: true },
  {
    name: "characters of regular expressions mean themselves",
    patterns: ["AWSPARAMSTR:///a+(b)"],
    path: "/a+(b)",
    expected: true,
  },
  { name: "a dot is no wildcard", patterns: ["AWSPARAMSTR:///a.b"], path: "/axb", expected: false },
];

describe("createAllowList", () => {
  it.each(cases)("$name", ({ patterns, prefix, path, expected }) => {
    expect(createAllowList(patterns)({ prefix: prefix ?? "AWSPARAMSTR", path })).toBe(expected);
  });

  it("allows everything without a list", () => {
    expect(createAllowList(undefined)({ prefix: "ENV", path: "../x" })).toBe(true);
  });
});
