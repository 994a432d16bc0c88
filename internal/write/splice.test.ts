import { describe, expect, it } from "vitest";
import type { Token, TokenReference } from "../token/token.ts";
import { splice, spliceBlocks } from "./splice.ts";

const cases: {
  name: string;
  input: string | Buffer;
  values: Readonly<Record<string, string | Buffer>>;
  expected: string | Buffer;
}[] = [
  { name: "a text without tokens", input: "plain", values: {}, expected: "plain" },
  { name: "nothing at all", input: "", values: {}, expected: "" },
  { name: "a token that is everything", input: "{a}", values: { a: "x" }, expected: "x" },
  { name: "tokens at both ends and side by side", input: "{a}-{b}{a}", values: { a: "1", b: "2" }, expected: "1-21" },
  {
    name: "values longer and shorter than their tokens",
    input: "<{a}{b}>",
    values: { a: "long long long", b: "" },
    expected: "<long long long>",
  },
  { name: "a value that holds a token", input: "{a} {b}", values: { a: "{b}", b: "{a}" }, expected: "{b} {a}" },
  { name: "a token that begins with another", input: "{a}b {ab}", values: { a: "1", ab: "2" }, expected: "1b 2" },
  { name: "values with signs of replacement patterns", input: "{a}", values: { a: "$& $1 $$" }, expected: "$& $1 $$" },
  {
    name: "tokens that stay as they are",
    input: "1{keep}2{a}3{keep}{keep}4",
    values: { a: "x" },
    expected: "1{keep}2x3{keep}{keep}4",
  },
  {
    name: "bytes that are not UTF-8, NUL and CRLF",
    input: Buffer.from("\ufeff\0\r\n{a}\r\n\u00ff", "latin1"),
    values: { a: Buffer.from([0xfe, 0]) },
    expected: Buffer.concat([
      Buffer.from("\ufeff\0\r\n", "latin1"),
      Buffer.from([0xfe, 0]),
      Buffer.from("\r\n\u00ff", "latin1"),
    ]),
  },
];

describe("splice", () => {
  it.each(cases)("writes $name by place", ({ input, values, expected }) => {
    const { bytes, tokens, textOf } = sketch(input, values);
    expect(Buffer.from(splice(bytes, tokens, textOf))).toEqual(Buffer.from(expected));
  });
});

describe("spliceBlocks", () => {
  it("gives the same bytes for parts of every size, and counts them before", () => {
    const sizes = [
      0,
      1,
      47,
      48,
      49,
      32 * 1024 - 1,
      32 * 1024,
      32 * 1024 + 1,
      1024 * 1024 - 1,
      1024 * 1024,
      1024 * 1024 + 1,
    ];
    for (const gap of sizes) {
      for (const size of sizes) {
        const input = Buffer.from(`${"g".repeat(gap)}{a}${"h".repeat(gap)}{keep}{a}${"i".repeat(7)}`);
        const { tokens, textOf } = sketch(input, { a: "v".repeat(size) });
        const value = "v".repeat(size);
        const expected = Buffer.from(`${"g".repeat(gap)}${value}${"h".repeat(gap)}{keep}${value}${"i".repeat(7)}`);
        const blocks = spliceBlocks(input, tokens, textOf);
        expect(blocks.byteLength).toBe(expected.length);
        expect(whole(blocks).equals(expected)).toBe(true);
      }
    }
  });

  it("can be iterated again", () => {
    const { bytes, tokens, textOf } = sketch("1{a}2", { a: "x" });
    const blocks = spliceBlocks(bytes, tokens, textOf);
    expect([whole(blocks).toString(), whole(blocks).toString()]).toEqual(["1x2", "1x2"]);
  });

  it("gathers 100,000 small parts in a few blocks", () => {
    const { bytes, tokens, textOf } = sketch("key = {a}\n".repeat(100_000), { a: "value" });
    const sizes = Array.from(spliceBlocks(bytes, tokens, textOf), ({ length }) => length);
    expect(sizes).toHaveLength(2);
    expect(sizes.reduce((sum, each) => sum + each, 0)).toBe("key = value\n".length * 100_000);
  });

  it("does not copy what is big", () => {
    const { bytes, tokens, textOf } = sketch(`${"g".repeat(100_000)}{a}`, { a: "v".repeat(100_000) });
    const buffers = Array.from(spliceBlocks(bytes, tokens, textOf), ({ buffer }) => buffer);
    expect(buffers).toEqual([bytes.buffer, textOf(tokens[0]!)?.buffer]);
  });

  it("hands an input without tokens on as it is", () => {
    const bytes = Buffer.from("plain");
    expect([...spliceBlocks(bytes, [], () => undefined)]).toEqual([bytes]);
  });
});

// `{name}` is a token whose text is values[name]; without a value it stays.
function sketch(
  input: string | Buffer,
  values: Readonly<Record<string, string | Buffer>>,
): { bytes: Buffer; tokens: Token[]; textOf: (token: Token) => Uint8Array | undefined } {
  const bytes = Buffer.from(input);
  const texts = new Map(Object.entries(values).map(([name, value]) => [name, Buffer.from(value)]));
  const references = new Map<string, TokenReference>();
  const tokens = Array.from(
    bytes.toString("latin1").matchAll(/\{([a-z]+)\}/g),
    ({ index, 0: text, 1: name }): Token => {
      const reference = references.get(name!) ?? referenceTo(name!);
      references.set(name!, reference);
      return { start: index, end: index + text.length, reference };
    },
  );
  return { bytes, tokens, textOf: ({ reference }) => texts.get(reference.path) };
}

function referenceTo(path: string): TokenReference {
  return {
    text: `{${path}}`,
    prefix: "VAULT",
    path,
    keyPath: undefined,
    metadata: new Map(),
    rawMetadata: "",
    defaultText: undefined,
    transforms: [],
  };
}

function whole(blocks: Iterable<Uint8Array>): Buffer {
  return Buffer.concat(Array.from(blocks, (block) => Buffer.from(block)));
}
