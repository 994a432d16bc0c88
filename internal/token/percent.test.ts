import { describe, expect, it } from "vitest";
import {
  decodeKeySegment,
  decodeMetadataValue,
  decodePath,
  encodeKeySegment,
  encodeMetadataValue,
  encodePath,
} from "./percent.ts";

const pathCodes = [
  "20",
  "22",
  "26",
  "27",
  "28",
  "29",
  "2C",
  "3A",
  "3B",
  "3C",
  "3D",
  "3E",
  "3F",
  "40",
  "5B",
  "5C",
  "5D",
  "60",
  "7B",
  "7C",
  "7D",
];
const everyCode = Array.from({ length: 256 }, (_, code) => code.toString(16).toUpperCase().padStart(2, "0"));

function characterOf(code: string): string {
  return String.fromCharCode(parseInt(code, 16));
}

describe("decodePath", () => {
  it.each(everyCode)("decodes %%%s when it is in the list, and only then", (code) => {
    const expected = pathCodes.includes(code) ? characterOf(code) : `%${code}`;
    expect(decodePath(`a%${code}b`, "|")).toBe(`a${expected}b`);
    expect(decodePath(`a%${code.toLowerCase()}b`, "|")).toBe(
      pathCodes.includes(code) ? `a${characterOf(code)}b` : `a%${code.toLowerCase()}b`,
    );
  });

  it.each([
    { name: "the key separator's own code", text: "a%23b%7C", keySeparator: "#", expected: "a#b|" },
    { name: "the code of no other separator", text: "a%23b", keySeparator: "|", expected: "a%23b" },
    { name: "in one pass", text: "%253A%25253A", keySeparator: "|", expected: "%253A%25253A" },
    { name: "what a percent sign stands before", text: "%%3A%3%3A", keySeparator: "|", expected: "%:%3:" },
    { name: "a dot for a key separator that is one", text: "a%2Eb", keySeparator: ".", expected: "a.b" },
  ])("decodes $name", ({ text, keySeparator, expected }) => {
    expect(decodePath(text, keySeparator)).toBe(expected);
  });
});

describe("decodeKeySegment", () => {
  it.each(everyCode)("decodes %%%s when it is in the list or the dot, and only then", (code) => {
    expect(decodeKeySegment(`%${code}`, "|")).toBe(
      [...pathCodes, "2E"].includes(code) ? characterOf(code) : `%${code}`,
    );
  });
});

describe("decodeMetadataValue", () => {
  it.each(everyCode)("decodes %%%s when it is one of three, and only then", (code) => {
    expect(decodeMetadataValue(`%${code}`)).toBe(["2C", "5D", "25"].includes(code) ? characterOf(code) : `%${code}`);
  });

  it("decodes in one pass and in either hex case", () => {
    expect(decodeMetadataValue("%252C%2c%5d")).toBe("%2C,]");
  });
});

describe("encodePath", () => {
  it.each([
    {
      name: "every terminator that a path can spell",
      path: " \"'@?:`\\,;&<>(){}[]|=",
      expected: "%20%22%27%40%3F%3A%60%5C%2C%3B%26%3C%3E%28%29%7B%7D%5B%5D%7C%3D",
    },
    { name: "slashes and text beyond ASCII as they are", path: "/a/é😀.b", expected: "/a/é😀.b" },
    { name: "a percent sign that begins no sequence as it is", path: "100%/%2F", expected: "100%/%2F" },
  ])("writes $name", ({ path, expected }) => {
    expect(encodePath(path, "|")).toBe(expected);
  });

  it("writes the key separator encoded, whichever it is", () => {
    expect(encodePath("a#b", "#")).toBe("a%23b");
  });

  it.each([
    { name: "nothing", path: "" },
    { name: "a control character", path: "a\tb" },
    { name: "white space beyond ASCII", path: "a\u3000b" },
    { name: "a literal sequence", path: "a%3Ab" },
    { name: "half a surrogate pair", path: "\udc00" },
  ])("cannot write $name", ({ path }) => {
    expect(encodePath(path, "|")).toBeUndefined();
  });
});

describe("encodeKeySegment", () => {
  it("writes a dot and everything that a path writes encoded", () => {
    expect(encodeKeySegment("tls.crt a", "|")).toBe("tls%2Ecrt%20a");
  });

  it("cannot write a literal sequence", () => {
    expect(encodeKeySegment("%2e", "|")).toBeUndefined();
  });
});

describe("encodeMetadataValue", () => {
  it("writes the comma, the bracket and the percent sign encoded", () => {
    expect(encodeMetadataValue("a,b]c%2C d")).toBe("a%2Cb%5Dc%252C d");
  });

  it.each([" a", "a ", "a\nb", "\ud800"])("cannot write %j", (value) => {
    expect(encodeMetadataValue(value)).toBeUndefined();
  });
});
