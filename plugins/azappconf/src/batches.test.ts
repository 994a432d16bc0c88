import { describe, expect, it } from "vitest";
import { settingAddress } from "./address.ts";
import { keyFilter, labelFilter, planBatches, prefixFilter } from "./batches.ts";

function plan(requests: readonly [path: string, metadata?: Record<string, string>][]): string[][] {
  const items = requests.map(([path, metadata = {}]) => ({ path, address: settingAddress({ path, metadata }) }));
  return planBatches(items).map((batch) => batch.map(({ path }) => path));
}

describe("the settings that are asked for together", () => {
  it("are five keys of one store under one label, as they come", () => {
    const paths = [1, 2, 3, 4, 5, 6, 7].map((number): [string] => [`shop/k${number}`]);
    expect(plan(paths)).toEqual([
      ["shop/k1", "shop/k2", "shop/k3", "shop/k4", "shop/k5"],
      ["shop/k6", "shop/k7"],
    ]);
  });

  it("are not of two stores or labels, and an empty label is none", () => {
    const dev = { label: "dev" };
    expect(
      plan([["a/1"], ["b/1"], ["a/2", dev], ["a/3"], ["b.azconfig.io/2"], ["a/4", dev], ["a/5", { label: "" }]]),
    ).toEqual([
      ["a/1", "a/3", "a/5"],
      ["b/1", "b.azconfig.io/2"],
      ["a/2", "a/4"],
    ]);
  });

  it("are not those of a point in time or an etag", () => {
    expect(
      plan([["a/1"], ["a/2", { etag: "x" }], ["a/3", { acceptedDateTime: "2024-01-01T00:00:00Z" }], ["a/4"]]),
    ).toEqual([["a/1", "a/4"], ["a/2"], ["a/3"]]);
  });

  it("count a key once that is asked for twice", () => {
    const paths = ["a/1", "a/2", "a/3", "a/4", "a/5", "/a/1", "/a/5"];
    expect(plan(paths.map((path): [string] => [path]))).toEqual([paths]);
  });

  it("make no URL that is too long", () => {
    const long = "ü".repeat(200);
    expect(plan([[`a/${long}1`], [`a/${long}2`], ["a/3"]])).toHaveLength(2);
  });
});

describe("a filter", () => {
  it.each([
    { name: "two keys", filter: keyFilter(["a/b", "ü&#?%"]), expected: "a%2Fb,%C3%BC%26%23%3F%25" },
    { name: "what means something in a filter", filter: keyFilter(["a,b*", "c\\"]), expected: "a%5C%2Cb%5C*,c%5C%5C" },
    { name: "a beginning", filter: prefixFilter("a/*b,"), expected: "a%2F%5C*b%5C%2C*" },
    { name: "no label", filter: labelFilter(undefined), expected: "%00" },
    { name: "a label", filter: labelFilter("d,v"), expected: "d%5C%2Cv" },
  ])("of $name is encoded", ({ filter, expected }) => {
    expect(filter).toBe(expected);
  });
});
