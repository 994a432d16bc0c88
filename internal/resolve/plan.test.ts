import { describe, expect, it } from "vitest";
import type { TokenReference } from "../token/token.ts";
import { createPlan, type Plan } from "./plan.ts";

const noAlias = { aliasMetadata: () => undefined };

describe("createPlan", () => {
  it("asks once for each prefix, path and metadata, whatever key path, default or transform uses it", () => {
    const plan = createPlan(
      [
        reference({ path: "/a", keyPath: ["x"] }),
        reference({ path: "/a", keyPath: ["y", "z"] }),
        reference({ path: "/a", defaultText: "d" }),
        reference({ path: "/a", transforms: ["trim"] }),
        reference({ path: "/a", metadata: { version: "3" }, keyPath: ["x"] }),
        reference({ path: "/a", metadata: { version: "3" }, keyPath: ["y"] }),
        reference({ prefix: "VAULT", path: "/a" }),
      ],
      noAlias,
    );
    expect(asked(plan)).toEqual({
      AWSSECRETS: [
        { path: "/a", metadata: [], rawMetadata: "" },
        { path: "/a", metadata: [["version", "3"]], rawMetadata: "version=3" },
      ],
      VAULT: [{ path: "/a", metadata: [], rawMetadata: "" }],
    });
  });

  it("takes no notice of the order of the metadata's keys and asks in the order of the first token", () => {
    const first = reference({ path: "/a", metadata: { b: "1", a: "2" } });
    const second = reference({ path: "/a", metadata: { a: "2", b: "1" } });
    const plan = createPlan([first, second], noAlias);
    expect(asked(plan)).toEqual({
      AWSSECRETS: [
        {
          path: "/a",
          metadata: [
            ["b", "1"],
            ["a", "2"],
          ],
          rawMetadata: "b=1,a=2",
        },
      ],
    });
    expect(plan.requestOf(second)).toBe(plan.requestOf(first));
    expect(plan.stores.get("AWSSECRETS")?.askedBy).toEqual([[first, second]]);
  });

  it("keeps the order in which prefixes and requests came", () => {
    const plan = createPlan(
      [
        reference({ prefix: "VAULT", path: "z" }),
        reference({ prefix: "ENV", path: "y" }),
        reference({ prefix: "VAULT", path: "a" }),
      ],
      noAlias,
    );
    expect([...plan.stores.keys()]).toEqual(["VAULT", "ENV"]);
    expect(plan.stores.get("VAULT")?.requests.map(({ path }) => path)).toEqual(["z", "a"]);
  });

  it("counts a reference that occurs twice once", () => {
    const twice = reference({ path: "/a" });
    expect(createPlan([twice, twice], noAlias).stores.get("AWSSECRETS")?.askedBy).toEqual([[twice]]);
  });

  it.each([
    { name: "a path that looks like another path's key", left: { path: "a" }, right: { path: "m1:a" } },
    {
      name: "a value that holds another pair",
      left: { path: "a", metadata: { k: "1,l=2" } },
      right: { path: "a", metadata: { k: "1", l: "2" } },
    },
    {
      name: "key and value cut elsewhere",
      left: { path: "a", metadata: { ab: "c" } },
      right: { path: "a", metadata: { a: "bc" } },
    },
    {
      name: "path and key cut elsewhere",
      left: { path: "ab", metadata: { c: "d" } },
      right: { path: "a", metadata: { bc: "d" } },
    },
    { name: "an empty value and no metadata", left: { path: "a", metadata: { k: "" } }, right: { path: "a" } },
    {
      name: "lengths that stand in a value",
      left: { path: "a", metadata: { k: "x1:l1:y" } },
      right: { path: "a", metadata: { k: "x", l: "y" } },
    },
    { name: "quotes that would close a string", left: { path: 'a","b' }, right: { path: "a", metadata: { b: "" } } },
    { name: "a key named __proto__", left: { path: "a", metadata: { ["__proto__"]: "1" } }, right: { path: "a" } },
  ])("never takes two requests for one: $name", ({ left, right }) => {
    expect(createPlan([reference(left), reference(right)], noAlias).stores.get("AWSSECRETS")?.requests).toHaveLength(2);
  });

  it("lets an alias's own metadata follow where the token does not set the key, also as raw text", () => {
    const plan = createPlan(
      [
        reference({ path: "/a" }),
        reference({ path: "/a", metadata: { version: "3" } }),
        reference({ path: "/a", metadata: { REGION: "us-east-1" } }),
      ],
      { aliasMetadata: (prefix) => (prefix === "AWSSECRETS" ? { region: "eu-west-1", role: "r" } : undefined) },
    );
    expect(asked(plan)["AWSSECRETS"]).toEqual([
      {
        path: "/a",
        metadata: [
          ["region", "eu-west-1"],
          ["role", "r"],
        ],
        rawMetadata: "region=eu-west-1,role=r",
      },
      {
        path: "/a",
        metadata: [
          ["version", "3"],
          ["region", "eu-west-1"],
          ["role", "r"],
        ],
        rawMetadata: "version=3,region=eu-west-1,role=r",
      },
      {
        path: "/a",
        metadata: [
          ["REGION", "us-east-1"],
          ["role", "r"],
        ],
        rawMetadata: "REGION=us-east-1,role=r",
      },
    ]);
  });

  it("asks once when a token spells out what its alias would add", () => {
    const plan = createPlan([reference({ path: "/a" }), reference({ path: "/a", metadata: { region: "x" } })], {
      aliasMetadata: () => ({ region: "x" }),
    });
    expect(plan.stores.get("AWSSECRETS")?.requests).toHaveLength(1);
  });

  it("hands the host's own keys to no plugin, not even from an alias", () => {
    const plan = createPlan([reference({ path: "/a" })], {
      aliasMetadata: () => ({ default: "d", As: "trim", region: "x" }),
    });
    expect(asked(plan)["AWSSECRETS"]).toEqual([{ path: "/a", metadata: [["region", "x"]], rawMetadata: "region=x" }]);
  });

  it("refuses a reference that it did not plan", () => {
    expect(() => createPlan([], noAlias).requestOf(reference({ path: "/a" }))).toThrow(
      expect.objectContaining({ code: "CM_INTERNAL" }),
    );
  });

  it("plans 100,000 references with metadata each once, quadratic work would outlast the test's time-out", () => {
    const references = Array.from({ length: 100_000 }, (_, index) =>
      reference({ path: `/app/${index % 50_000}`, metadata: { version: "1", stage: "x" }, keyPath: ["k"] }),
    );
    expect(createPlan(references, noAlias).stores.get("AWSSECRETS")?.requests).toHaveLength(50_000);
  });
});

interface Sketch extends Partial<Omit<TokenReference, "metadata">> {
  readonly metadata?: Readonly<Record<string, string>>;
}

function reference({ prefix = "AWSSECRETS", path = "/a", metadata = {}, ...rest }: Sketch): TokenReference {
  const pairs = Object.entries(metadata);
  return {
    text: `${prefix}://${path}`,
    prefix,
    path,
    keyPath: undefined,
    metadata: new Map(pairs),
    rawMetadata: pairs.map(([key, value]) => `${key}=${value}`).join(","),
    defaultText: undefined,
    transforms: [],
    ...rest,
  };
}

function asked(plan: Plan): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(plan.stores, ([prefix, { requests }]) => [
      prefix,
      requests.map(({ path, metadata, rawMetadata }) => ({ path, metadata: [...metadata], rawMetadata })),
    ]),
  );
}
