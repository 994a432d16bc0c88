import { describe, expect, it } from "vitest";
import type { ScannedToken } from "../../configmanager.ts";
import { tokensAsJson, tokenTable } from "./token-list.ts";

const plain: ScannedToken = {
  text: "VAULT://a",
  prefix: "VAULT",
  path: "a",
  metadata: {},
  place: { line: 1, column: 2, start: 1, end: 10 },
};
const full: ScannedToken = {
  text: "AWSSECRETS:///b|c.d[version=3,default=x,as=trim+json]",
  prefix: "AWSSECRETS",
  path: "/b",
  keyPath: ["c", "d"],
  metadata: { version: "3" },
  default: "x",
  as: ["trim", "json"],
  place: { file: "app.yaml", line: 12, column: 34, start: 200, end: 250 },
};

describe("tokenTable", () => {
  it("has a line for each token, in columns", () => {
    expect([...tokenTable([plain, full])].join("")).toBe(
      [
        "PLACE           PREFIX      PATH  KEY PATH  METADATA",
        "1:2             VAULT       a",
        "app.yaml:12:34  AWSSECRETS  /b    c.d       version=3,default=x,as=trim+json",
        "",
      ].join("\n"),
    );
  });

  it("is nothing when there is no token", () => {
    expect([...tokenTable([])]).toEqual([]);
  });

  it("escapes what could move the cursor", () => {
    expect([...tokenTable([{ ...plain, metadata: { a: "\u202e" } }])].join("")).toContain("a=\\u202e");
  });
});

describe("tokensAsJson", () => {
  it("is an array with one token on each line", () => {
    const json = [...tokensAsJson([plain, full])].join("");
    expect(json.split("\n")).toHaveLength(5);
    expect(JSON.parse(json)).toEqual([
      { line: 1, column: 2, token: "VAULT://a", prefix: "VAULT", path: "a", metadata: {} },
      {
        file: "app.yaml",
        line: 12,
        column: 34,
        token: full.text,
        prefix: "AWSSECRETS",
        path: "/b",
        keyPath: ["c", "d"],
        metadata: { version: "3" },
        default: "x",
        as: ["trim", "json"],
      },
    ]);
  });

  it.each([0, 1, 999, 1000, 1001, 2500])("is valid JSON for %i tokens", (count) => {
    const json = [...tokensAsJson(Array.from({ length: count }, () => plain))].join("");
    expect(JSON.parse(json)).toHaveLength(count);
  });
});
