import { describe, expect, it } from "vitest";
import { formatMetadata, readMetadata } from "./metadata.ts";

// Reads what stands in brackets; offsets count from behind the opening one.
function read(inside: string | Buffer): unknown {
  const bytes = Buffer.concat([Buffer.from(inside as string), Buffer.from("]")]);
  const reading = readMetadata(bytes, 0, bytes.length - 1);
  if (reading.ok) return reading.pairs.map(({ key, value }) => [key, value]);
  return `${reading.fault.start}-${reading.fault.end} ${reading.fault.message}`;
}

describe("readMetadata", () => {
  it.each([
    { name: "nothing", inside: "", expected: [] },
    { name: "blanks alone", inside: "   ", expected: [] },
    { name: "one pair", inside: "k=v", expected: [["k", "v"]] },
    {
      name: "several pairs in their order",
      inside: "z=1,a=2,m=3",
      expected: [
        ["z", "1"],
        ["a", "2"],
        ["m", "3"],
      ],
    },
    {
      name: "every character that a key can have",
      inside: "_aZ09.-=v,A=w",
      expected: [
        ["_aZ09.-", "v"],
        ["A", "w"],
      ],
    },
    {
      name: "an empty value",
      inside: "k=,l=",
      expected: [
        ["k", ""],
        ["l", ""],
      ],
    },
    {
      name: "colons, slashes, @ and = in a value",
      inside: "role=arn:aws:iam::111:role/x,version=7,q=a@b=c",
      expected: [
        ["role", "arn:aws:iam::111:role/x"],
        ["version", "7"],
        ["q", "a@b=c"],
      ],
    },
    {
      name: "blanks inside a value, none at its ends",
      inside: " k = a b , l= ,m =n ",
      expected: [
        ["k", "a b"],
        ["l", ""],
        ["m", "n"],
      ],
    },
    {
      name: "a bracket, quotes and text beyond ASCII in a value",
      inside: "k=[\"'é😀\u00a0",
      expected: [["k", "[\"'é😀\u00a0"]],
    },
    {
      name: "the three encoded characters, in one pass",
      inside: "k=%2c%2C%5D%5d%25%252C%3A",
      expected: [["k", ",,]]%%2C%3A"]],
    },
    {
      name: "the host's own keys like any other",
      inside: "default=x,as=trim",
      expected: [
        ["default", "x"],
        ["as", "trim"],
      ],
    },
  ])("reads $name", ({ inside, expected }) => {
    expect(read(inside)).toEqual(expected);
  });

  it("has each pair as written beside its value", () => {
    const inside = " k = %2C\u00a0 ,l=  ,m=x";
    const reading = readMetadata(Buffer.from(`${inside}]`), 0, Buffer.byteLength(inside));
    expect(reading.ok && reading.pairs.map(({ raw }) => raw)).toEqual(["k = %2C\u00a0", "l=", "m=x"]);
  });

  it.each([
    { name: "a word", inside: "x", expected: '0-1 metadata "x" has no "="' },
    { name: "a word with blanks", inside: " x , k=v", expected: '1-2 metadata "x" has no "="' },
    { name: "a word after a pair", inside: "k=v,xyz", expected: '4-7 metadata "xyz" has no "="' },
    { name: "an empty pair at the beginning", inside: ",k=v", expected: "0-1 metadata has an empty pair" },
    { name: "an empty pair in the middle", inside: "k=v,,l=w", expected: "4-5 metadata has an empty pair" },
    { name: "an empty pair at the end", inside: "k=v,", expected: "4-5 metadata has an empty pair" },
    { name: "a pair without key", inside: "=v", expected: '0-0 metadata key "" is not one' },
    { name: "a key that begins with a digit", inside: "1k=v", expected: '0-2 metadata key "1k" is not one' },
    { name: "a key that begins with a dash", inside: "-k=v", expected: '0-2 metadata key "-k" is not one' },
    { name: "a key with a blank in it", inside: "a b=v", expected: '0-3 metadata key "a b" is not one' },
    { name: "a key with a colon in it", inside: "k=v,a:b=c", expected: '4-7 metadata key "a:b" is not one' },
    { name: "a key beyond ASCII", inside: "ké=v", expected: '0-3 metadata key "ké" is not one' },
    { name: "a key twice", inside: "k=1,l=2,k=3", expected: '8-9 metadata key "k" is given twice' },
    {
      name: "a key twice in another case",
      inside: "Version=1,vERSION=2",
      expected: '10-17 metadata key "vERSION" is given twice',
    },
    { name: "a tab around a key", inside: "\tk=v", expected: '0-1 metadata holds a control character ("\\t")' },
    {
      name: "a carriage return in a value",
      inside: "k=a\r",
      expected: '3-4 metadata holds a control character ("\\r")',
    },
    {
      name: "a control character in a key",
      inside: "k\0=v",
      expected: '1-2 metadata holds a control character ("\\x00")',
    },
    { name: "DEL", inside: "k=\u007f", expected: '2-3 metadata holds a control character ("\\x7f")' },
    {
      name: "a control character of two bytes",
      inside: "k=\u0085",
      expected: '2-4 metadata holds a control character ("\\x85")',
    },
    {
      name: "an invalid byte in a value",
      inside: Buffer.from("k=a\xffb", "latin1"),
      expected: '3-4 metadata holds the invalid byte "0xff"',
    },
    {
      name: "an invalid byte in a key",
      inside: Buffer.from("\xe2\x82=b", "latin1"),
      expected: '0-1 metadata holds the invalid byte "0xe2"',
    },
    { name: "the first of several faults", inside: "x,k\0", expected: '0-1 metadata "x" has no "="' },
  ])("refuses $name", ({ inside, expected }) => {
    expect(read(inside)).toBe(expected);
  });

  it("quotes a bounded part of what is wrong", () => {
    expect(read("k".repeat(500))).toBe(`0-500 metadata "${"k".repeat(60)}…" has no "="`);
    expect(read(`${"k".repeat(500)}=1,${"k".repeat(500)}=2`)).toBe(
      `503-1003 metadata key "${"k".repeat(60)}…" is given twice`,
    );
  });
});

describe("formatMetadata", () => {
  it.each([
    { name: "nothing", pairs: [], expected: "" },
    {
      name: "pairs in their order",
      pairs: [
        ["b", "1"],
        ["a", ""],
      ],
      expected: "[b=1,a=]",
    },
    { name: "what must be encoded", pairs: [["k", "a,b]c%d"]], expected: "[k=a%2Cb%5Dc%25d]" },
  ])("writes $name", ({ pairs, expected }) => {
    expect(formatMetadata(new Map(pairs as [string, string][]))).toBe(expected);
  });

  it.each([
    { name: "a key that is none", pairs: [["1", "x"]] },
    { name: "an empty key", pairs: [["", "x"]] },
    { name: "a blank at an end", pairs: [["k", "x "]] },
    { name: "a control character", pairs: [["k", "\u0085"]] },
    { name: "half a surrogate pair", pairs: [["k", "\ud800"]] },
  ])("cannot write $name", ({ pairs }) => {
    expect(formatMetadata(new Map(pairs as [string, string][]))).toBeUndefined();
  });
});
