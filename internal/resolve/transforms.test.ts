import { describe, expect, it } from "vitest";
import type { Transform } from "../token/token.ts";
import { applyTransforms } from "./transforms.ts";

const changed: { name: string; value: string | Buffer; transforms: Transform[]; expected: string | Buffer }[] = [
  { name: "nothing without a transform", value: " a ", transforms: [], expected: " a " },
  {
    name: "bytes to base64 with padding",
    value: Buffer.from([0xff, 0xfb, 0xf0, 0x00]),
    transforms: ["base64"],
    expected: "//vwAA==",
  },
  { name: "nothing to base64", value: "", transforms: ["base64"], expected: "" },
  {
    name: "base64 of the standard alphabet",
    value: "//vwAA==",
    transforms: ["base64decode"],
    expected: Buffer.from([0xff, 0xfb, 0xf0, 0x00]),
  },
  {
    name: "base64 of the URL alphabet",
    value: "__vwAA==",
    transforms: ["base64decode"],
    expected: Buffer.from([0xff, 0xfb, 0xf0, 0x00]),
  },
  { name: "base64 without padding", value: "YWI", transforms: ["base64decode"], expected: "ab" },
  {
    name: "base64 with white space anywhere",
    value: " Y\tW\r\nI\v=\f\n",
    transforms: ["base64decode"],
    expected: "ab",
  },
  { name: "base64 with bits left over", value: "YR==", transforms: ["base64decode"], expected: "a" },
  { name: "empty base64", value: " ", transforms: ["base64decode"], expected: "" },
  {
    name: "everything but unreserved characters for a URL",
    value: "aZ09-._~ /?#[]@!$&'()*+,;=:%é\n",
    transforms: ["url"],
    expected: "aZ09-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%25%C3%A9%0A",
  },
  {
    name: "bytes that are no UTF-8 for a URL",
    value: Buffer.from([0xff, 0x00]),
    transforms: ["url"],
    expected: "%FF%00",
  },
  {
    name: "the inside of a JSON string",
    value: 'q"\\\n\t\u0001é😀/',
    transforms: ["json"],
    expected: String.raw`q\"\\\n\t\u0001é😀/`,
  },
  { name: "white space at both ends", value: " \t\r\n\v\fa b\n ", transforms: ["trim"], expected: "a b" },
  { name: "no white space beyond ASCII", value: "\u00a0a\u2003", transforms: ["trim"], expected: "\u00a0a\u2003" },
  { name: "white space alone to nothing", value: " \n ", transforms: ["trim"], expected: "" },
  { name: "several in order", value: " a ", transforms: ["trim", "base64"], expected: "YQ==" },
  { name: "several in the other order", value: " a ", transforms: ["base64", "trim"], expected: "IGEg" },
  { name: "the same twice", value: "a", transforms: ["base64", "base64"], expected: "WVE9PQ==" },
];

const refused: { name: string; value: string | Buffer; transforms: Transform[] }[] = [
  { name: "base64 with a foreign character", value: "a!bc", transforms: ["base64decode"] },
  { name: "base64 of an impossible length", value: "YWJjZ", transforms: ["base64decode"] },
  { name: "base64 with too little padding", value: "YQ=", transforms: ["base64decode"] },
  { name: "base64 with too much padding", value: "YWI==", transforms: ["base64decode"] },
  { name: "padding where none is due", value: "YWJj====", transforms: ["base64decode"] },
  { name: "padding alone", value: "==", transforms: ["base64decode"] },
  { name: "base64 that goes on after its padding", value: "YQ==YQ==", transforms: ["base64decode"] },
  { name: "base64 with a NUL", value: "YQ\0=", transforms: ["base64decode"] },
  { name: "bytes that are no text in a JSON string", value: Buffer.from([0x73, 0x33, 0xff]), transforms: ["json"] },
];

describe("applyTransforms", () => {
  it.each(changed)("changes $name", ({ value, transforms, expected }) => {
    expect(Buffer.from(applyTransforms(Buffer.from(value), transforms))).toEqual(Buffer.from(expected));
  });

  it.each(refused)("refuses $name and does not show it", ({ value, transforms }) => {
    let thrown: unknown;
    try {
      applyTransforms(Buffer.from(value), transforms);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "CM_VALUE_INVALID", details: { transform: transforms[0] } });
    expect(String(thrown)).not.toContain(value.toString());
  });

  it("leaves the value itself as it was", () => {
    const value = Buffer.from(' "a" ');
    for (const transform of ["base64", "url", "json", "trim"] as const) applyTransforms(value, [transform]);
    expect(value.toString()).toBe(' "a" ');
  });

  it("decodes what it encoded, for every length", () => {
    for (let length = 0; length < 70; length++) {
      const value = Buffer.from(Array.from({ length }, (_, index) => (index * 89) & 0xff));
      expect(Buffer.from(applyTransforms(value, ["base64", "base64decode"]))).toEqual(value);
    }
  });
});
