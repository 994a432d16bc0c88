import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareMasker } from "./masker.ts";

function maskAll(texts: readonly string[], chunks: readonly (string | Uint8Array)[]): string {
  const masker = prepareMasker(texts.map((text) => Buffer.from(text)))();
  const parts = chunks.flatMap((chunk) => [...masker.write(Buffer.from(chunk))]);
  return Buffer.concat([...parts, ...masker.end()]).toString("latin1");
}

describe("prepareMasker", () => {
  it.each([
    { name: "one text", texts: ["secret"], input: "a secret here", expected: "a *** here" },
    { name: "none", texts: [], input: "a secret here", expected: "a secret here" },
    { name: "a text at the beginning and the end", texts: ["secret"], input: "secret, secret", expected: "***, ***" },
    { name: "texts that touch, as one", texts: ["abcd", "wxyz"], input: "-abcdwxyz-", expected: "-***-" },
    { name: "the longest of several", texts: ["secret", "secret-two"], input: "a secret-two b", expected: "a *** b" },
    { name: "texts that overlap, whole", texts: ["abcdef", "defghi"], input: "-abcdefghi-", expected: "-***-" },
    { name: "a text that overlaps itself", texts: ["abab"], input: "ababab", expected: "***" },
    {
      name: "a text within one that does not come to its end",
      texts: ["bcde", "abcdefgh"],
      input: "abcdefg",
      expected: "a***fg",
    },
    { name: "a text behind the beginning of another", texts: ["aaab", "aab1"], input: "aaaab1", expected: "a***" },
    { name: "what only begins as a text", texts: ["secret"], input: "secre", expected: "secre" },
    { name: "texts with another case not", texts: ["secret"], input: "SECRET", expected: "SECRET" },
  ])("masks $name", ({ texts, input, expected }) => {
    expect(maskAll(texts, [input])).toBe(expected);
    expect(maskAll(texts, [...input])).toBe(expected);
  });

  it("hands on at once what cannot begin a text, and no more", () => {
    const masker = prepareMasker([Buffer.from("secret")])();
    const handedOn = (text: string): string => Buffer.concat([...masker.write(Buffer.from(text))]).toString();
    expect(["Password: ", "se", "e", "sec", "ret", "!"].map(handedOn)).toEqual([
      "Password: ",
      "",
      "see",
      "",
      "",
      "***!",
    ]);
  });

  it("masks a long text as one, wherever it is cut, and a piece of it too", () => {
    const text = Array.from({ length: 700 }, (_, index) => `line ${index}`).join(";");
    for (const size of [1, 7, 1023, 1024, 1025, 100_000]) {
      expect(maskAll([text], cut(`<${text}>`, size))).toBe("<***>");
    }
    expect(maskAll([text], [`<${text.slice(0, 1024)}>`])).toBe("<***>");
  });

  it("keeps bytes that are no UTF-8", () => {
    const input = Uint8Array.from({ length: 1024 }, (_, index) => index);
    expect(Buffer.from(maskAll(["secret"], [input]), "latin1")).toEqual(Buffer.from(input));
  });

  it("takes time in proportion to the bytes where everything nearly is a text", () => {
    const input = "a".repeat(4_000_000);
    const texts = Array.from({ length: 1000 }, (_, index) => `${"a".repeat(index + 3)}b`);
    expect(maskAll(texts, [input])).toBe(input);
  });
});

// Few letters, so that texts overlap and nearly match; no asterisk, which a mask could complete to a text.
const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "\n"), minLength: 4, maxLength: 9 });
const input = fc
  .array(
    fc.oneof(letters, fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "e", "\n", "\u00e9"), maxLength: 40 })),
  )
  .map((parts) => parts.join(""));

describe("whatever the texts and the stream are", () => {
  it("the result is the same for every cut", () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), input, fc.array(fc.nat(50)), (texts, whole, sizes) => {
        const bytes = Buffer.from(whole);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
        chunks.push(bytes.subarray(at));
        expect(maskAll(texts, chunks)).toBe(maskAll(texts, [bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it("exactly the bytes that belong to a text are masked", () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), input, fc.integer({ min: 1, max: 9 }), (texts, whole, size) => {
        expect(maskAll(texts, cut(whole, size))).toBe(maskedByMarks(texts, whole));
      }),
      { numRuns: 2000 },
    );
  });

  it("no text is left in what comes out", () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), input, fc.integer({ min: 1, max: 9 }), (texts, whole, size) => {
        const output = maskAll(texts, cut(whole, size));
        expect(texts.filter((text) => output.includes(text))).toEqual([]);
      }),
    );
  });
});

function cut(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

/** The plain way: every byte of every occurrence marked, then each run of marks one mask. */
function maskedByMarks(texts: readonly string[], whole: string): string {
  const bytes = Buffer.from(whole).toString("latin1");
  const marks = Array.from(bytes, () => false);
  for (const text of texts) {
    for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1))
      marks.fill(true, at, at + text.length);
  }
  return Array.from(bytes, (byte, at) => (marks[at] ? (at > 0 && marks[at - 1] ? "" : "***") : byte)).join("");
}
