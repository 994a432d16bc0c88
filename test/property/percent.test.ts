import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeKeySegment,
  decodeMetadataValue,
  decodePath,
  encodeKeySegment,
  encodeMetadataValue,
  encodePath,
} from "../../internal/token/percent.ts";
import { parseToken } from "../../internal/token/scanner.ts";

const runs = (count: number): number => count * Number(process.env["FUZZ_RUNS"] ?? 1);

const keySeparators = fc.constantFrom(..."|?:;#.=-'$&@{}~!*");
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 16 }),
  fc.string({
    unit: fc.constantFrom(..."a/%2023ABCDEFabcdef7|#.?:[]é😀 \t\u3000", "%3A", "%7c", "%25"),
    maxLength: 16,
  }),
);
const listed = [
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

// One pass from left to right, three characters at a time.
function decodePlainly(text: string, codes: readonly string[]): string {
  let decoded = "";
  for (let at = 0; at < text.length;) {
    const code = text.slice(at + 1, at + 3).toUpperCase();
    const isSequence = text[at] === "%" && codes.includes(code);
    decoded += isSequence ? String.fromCharCode(parseInt(code, 16)) : text[at]!;
    at += isSequence ? 3 : 1;
  }
  return decoded;
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase();
}

describe("percent-encoding", () => {
  it("decodes exactly the sequences of the list", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(texts, keySeparators, (text, keySeparator) => {
        const codes = [...listed, codeOf(keySeparator)];
        expect(decodePath(text, keySeparator)).toBe(decodePlainly(text, codes));
        expect(decodeKeySegment(text, keySeparator)).toBe(decodePlainly(text, [...codes, "2E"]));
        expect(decodeMetadataValue(text)).toBe(decodePlainly(text, ["2C", "5D", "25"]));
      }),
      { numRuns: runs(50_000) },
    );
  });

  it("reads what it wrote, and cannot write only what no token can ask for", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(texts, keySeparators, (text, keySeparator) => {
        const codes = [...listed, codeOf(keySeparator)];
        const hasUnspellable = text === "" || /[^\P{White_Space} ]|[\p{Cc}\p{Cs}]/u.test(text);
        const path = encodePath(text, keySeparator);
        expect(path === undefined).toBe(hasUnspellable || decodePlainly(text, codes) !== text);
        if (path !== undefined) expect(decodePath(path, keySeparator)).toBe(text);
        const segment = encodeKeySegment(text, keySeparator);
        expect(segment === undefined).toBe(hasUnspellable || decodePlainly(text, [...codes, "2E"]) !== text);
        if (segment !== undefined) expect(decodeKeySegment(segment, keySeparator)).toBe(text);
        const value = encodeMetadataValue(text);
        if (value !== undefined) expect(decodeMetadataValue(value)).toBe(text);
      }),
      { numRuns: runs(50_000) },
    );
  });

  it("writes paths and key paths that a token asks for", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(texts, fc.array(texts, { maxLength: 3 }), keySeparators, (pathText, segmentTexts, keySeparator) => {
        const path = encodePath(pathText, keySeparator);
        const segments = segmentTexts.map((text) => encodeKeySegment(text, keySeparator));
        if (path === undefined || segments.includes(undefined)) return;
        const keyPath = segments.length === 0 ? "" : `${keySeparator}${segments.join(".")}`;
        const syntax = { tokenSeparator: "://", keySeparator, prefixes: new Set<string>() };
        const reference = parseToken(`VAULT://${path}${keyPath}`, syntax);
        expect(reference.path).toBe(pathText);
        expect(reference.keyPath).toEqual(segmentTexts.length === 0 ? undefined : segmentTexts);
      }),
      { numRuns: runs(30_000) },
    );
  });
});
