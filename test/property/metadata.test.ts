import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMetadata, readMetadata } from "../../internal/token/metadata.ts";
import { parseToken } from "../../internal/token/scanner.ts";

const runs = (count: number): number => count * Number(process.env["FUZZ_RUNS"] ?? 1);

const keys = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,6}$/);
const values = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(..."ab,]%25CDd[=:/@ \"'é😀\u00a0\t"), maxLength: 12 }),
);
const uniquePairs = fc.uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key.toLowerCase(), maxLength: 5 });

describe("metadata", () => {
  it("is read as it was before it was written", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(uniquePairs, (pairs) => {
        const metadata = new Map(pairs);
        const text = formatMetadata(metadata);
        const isSpellable = pairs.every(([, value]) => !/^ | $|\p{Cc}|\p{Cs}/u.test(value));
        expect(text !== undefined).toBe(isSpellable);
        if (text === undefined || text === "") return;
        const bytes = Buffer.from(text);
        const reading = readMetadata(bytes, 1, bytes.length - 1);
        expect(reading.ok && reading.pairs.map(({ key, value }) => [key, value])).toEqual(pairs);
        expect(reading.ok && reading.pairs.map(({ raw }) => raw).join(",")).toBe(text.slice(1, -1));
      }),
      { numRuns: runs(60_000) },
    );
  });

  it("is the same in a token, without the host's own keys", { timeout: 300_000 }, () => {
    const syntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set<string>() };
    const own = uniquePairs.filter((pairs) => !pairs.some(([key]) => /^(as|default)$/i.test(key)));
    fc.assert(
      fc.property(own, fc.option(values, { nil: undefined }), (pairs, defaultText) => {
        const metadata = new Map(pairs);
        if (defaultText !== undefined) metadata.set("default", defaultText);
        const text = formatMetadata(metadata);
        if (text === undefined) return;
        const reference = parseToken(`VAULT:///a|k${text}`, syntax);
        expect([...reference.metadata]).toEqual(pairs);
        expect(reference.defaultText).toBe(defaultText);
      }),
      { numRuns: runs(20_000) },
    );
  });

  it("throws for no bytes, and points a fault at a place within", { timeout: 300_000 }, () => {
    const parts = fc.array(fc.constantFrom(..."kK=,= \t\0%-1é\u0085", "k=v", "k=v,", "\u00a0"), { maxLength: 12 });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((random) => Buffer.from(random)),
      parts.map((texts) => Buffer.from(texts.join(""))),
    );
    fc.assert(
      fc.property(bytes, (inside) => {
        // The closing bracket is the first one there is.
        const end = [...inside, 0x5d].indexOf(0x5d);
        const reading = readMetadata(Buffer.concat([inside.subarray(0, end), Buffer.from("]")]), 0, end);
        if (reading.ok) return;
        const { fault } = reading;
        expect(fault.start >= 0 && fault.start <= end && fault.end >= fault.start && fault.end <= end + 1).toBe(true);
      }),
      { numRuns: runs(40_000) },
    );
  });
});
