import { describe, expect, it } from "vitest";
import { createMetadataMatcher, parseWireMetadata } from "./metadata.ts";
import type { Store } from "./store.ts";

const store: Store = {
  prefix: "X",
  metadataKeys: { Version: "which", region: { description: "where", required: true } },
  value: () => "",
};

describe("metadata on the wire", () => {
  it.each([
    { name: "nothing", text: "", expected: [] },
    {
      name: "a JSON object",
      text: ' {"a":"1","b":""} ',
      expected: [
        ["a", "1"],
        ["b", ""],
      ],
    },
    {
      name: "JSON numbers and booleans as text",
      text: '{"a":7,"b":true}',
      expected: [
        ["a", "7"],
        ["b", "true"],
      ],
    },
    {
      name: "raw text",
      text: "label=dev,etag=abc",
      expected: [
        ["label", "dev"],
        ["etag", "abc"],
      ],
    },
    {
      name: "blanks",
      text: " label = dev , version=2 ",
      expected: [
        ["label", "dev"],
        ["version", "2"],
      ],
    },
    { name: "an equals sign in a value", text: "a=b=c", expected: [["a", "b=c"]] },
    {
      name: "an empty value",
      text: "a=,b=1",
      expected: [
        ["a", ""],
        ["b", "1"],
      ],
    },
    { name: "pieces without an equals sign, as v3", text: "version:123,,x,=y", expected: [] },
    { name: "percent signs as they are", text: "a=b%2Cc", expected: [["a", "b%2Cc"]] },
    { name: "__proto__", text: '{"__proto__":"1"}', expected: [["__proto__", "1"]] },
  ])("$name is read", ({ text, expected }) => {
    expect(parseWireMetadata(Buffer.from(text))).toEqual(expected);
  });

  it.each([
    { name: "half an object", text: "{", message: "metadata begins like a JSON object and is none" },
    { name: "an object in an object", text: '{"a":{}}', message: 'metadata key "a" holds no text' },
    { name: "null", text: '{"a":null}', message: 'metadata key "a" holds no text' },
    { name: "a number that would be rounded", text: '{"a":1.5}', message: 'metadata key "a" holds no text' },
  ])("$name is a bad request", ({ text, message }) => {
    expect(() => parseWireMetadata(Buffer.from(text))).toThrow(
      expect.objectContaining({ kind: "badRequest", message }),
    );
  });
});

describe("metadata of a store", () => {
  const match = createMetadataMatcher(store);

  it("has its keys as declared, whatever their case, the last of two", () => {
    expect({
      ...match([
        ["VERSION", "1"],
        ["region", "eu"],
        ["version", "2"],
      ]),
    }).toEqual({ Version: "2", region: "eu" });
  });

  it.each([
    { name: "near a known one", key: "vesion", hint: 'did you mean "Version"?' },
    { name: "near none", key: "stage", hint: "known are Version, region" },
    { name: "that objects have", key: "constructor", hint: "known are Version, region" },
  ])("refuses a key $name", ({ key, hint }) => {
    const message = `metadata key "${key}" is not known`;
    expect(() =>
      match([
        ["region", "eu"],
        [key, "1"],
      ]),
    ).toThrow(expect.objectContaining({ kind: "badRequest", message, hint }));
  });

  it("refuses a request without a required key", () => {
    const error = {
      kind: "badRequest",
      message: 'metadata key "region" is missing',
      hint: "add [region=…] to the token",
    };
    expect(() => match([])).toThrow(expect.objectContaining(error));
  });

  it("says so when a store takes none", () => {
    const none = createMetadataMatcher({ prefix: "X", value: () => "" });
    expect(() => none([["a", "1"]])).toThrow(expect.objectContaining({ hint: "this store takes no metadata keys" }));
    expect({ ...none([]) }).toEqual({});
  });

  it("takes any key where the store says so, also __proto__, and declared ones as declared", () => {
    const any = createMetadataMatcher({ prefix: "X", anyMetadata: true, metadataKeys: { A: "" }, value: () => "" });
    const metadata = any([
      ["a", "1"],
      ["B", "2"],
      ["__proto__", "3"],
    ]);
    expect(Object.entries(metadata)).toEqual([
      ["A", "1"],
      ["B", "2"],
      ["__proto__", "3"],
    ]);
    expect(Object.getPrototypeOf(metadata)).toBeNull();
  });
});
