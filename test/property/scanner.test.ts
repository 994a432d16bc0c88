/** The scanner against a plain reading of the language, one regular expression or loop for each rule and no care for speed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../../internal/errors/errors.ts";
import { sevenStores } from "../../internal/token/prefixes.ts";
import { checkTokenSyntax, parseToken, scan } from "../../internal/token/scanner.ts";
import { type TokenSyntax, transformNames } from "../../internal/token/token.ts";

const runs = (count: number): number => count * Number(process.env["FUZZ_RUNS"] ?? 1);

const syntaxes: readonly TokenSyntax[] = ["://", "#", "::", "->", "→", "#A", "#A#", "$"]
  .flatMap((tokenSeparator) =>
    [..."|?:;#.=-'$"].map((keySeparator) => ({
      tokenSeparator,
      keySeparator,
      prefixes: new Set([...sevenStores, "ENV", "A", "MYVAULT", "ENV_VAULT", "VAULT_A"]),
    })),
  )
  .filter((syntax) => {
    try {
      checkTokenSyntax(syntax);
      return true;
    } catch {
      return false;
    }
  });

// What the language gives a meaning to, so that random inputs meet its rules often.
const fragments = [
  ..."abkAZ09_-./?|:;#=,[]{}$ \n\t\0'\"@%+*",
  "VAULT",
  "ENV",
  "MYVAULT",
  "AVAULT",
  "ENV_VAULT",
  "VALT",
  "VAULT_A",
  "AWSSECRETS",
  "GCPSECRETS",
  "/a",
  "/?",
  "||",
  "{{",
  "${",
  "arn:aws:x",
  "[k=v]",
  "[]",
  "[ ]",
  "[k=",
  "[k=v,",
  "k=v,l = w ",
  "K=1,k=2",
  "[x]",
  ",]",
  "as=trim",
  "[as=x+url]",
  "[default=]",
  "%3A",
  "%7c",
  "%2C",
  "%25",
  "→",
  "é",
  "😀",
  "\u00a0",
  "\u0085",
  "\u2028",
  "\u3000",
  "\ufeff",
  "\u007f",
  "\u200b",
].map((text) => Buffer.from(text));
const invalid = ["\x80", "\xff", "\xe2\x82", "\xc0", "\xed\xa0\x80", "\xf0\x9f"].map((text) =>
  Buffer.from(text, "latin1"),
);

const caseOf = fc
  .tuple(fc.constantFrom(...syntaxes), fc.array(fc.tuple(fc.nat(9), fc.nat(999)), { maxLength: 24 }))
  .map(([syntax, picks]) => {
    const token = ["VAULT", "ENV", "MYVAULT"].map((prefix) => Buffer.from(`${prefix}${syntax.tokenSeparator}/a`));
    const parts = picks.map(([kind, index]) => {
      if (kind < 2) return token[index % token.length]!;
      if (kind === 2) return Buffer.from(index % 2 === 0 ? syntax.tokenSeparator : syntax.keySeparator);
      return kind === 3 && index % 4 === 0 ? invalid[index % invalid.length]! : fragments[index % fragments.length]!;
    });
    return { syntax, bytes: Buffer.concat(parts) };
  });

describe("the scanner", () => {
  it("finds what a plain reading of the language finds", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(caseOf, ({ syntax, bytes }) => {
        const { tokens, problems } = scan(bytes, syntax);
        const found = [
          ...tokens.map(
            ({ start, end, reference }) =>
              `${start}-${end} ${reference.prefix} ${reference.keyPath === undefined ? "" : "with key path "}${JSON.stringify([...reference.metadata])}`,
          ),
          ...problems.map(({ start, error }) => `${start} ${error.code}`),
        ];
        expect(found).toEqual(readPlainly(bytes, syntax));
      }),
      { numRuns: runs(100_000) },
    );
  });

  it("throws for no bytes, and keeps what it says consistent", { timeout: 300_000 }, () => {
    const anyBytes = fc
      .tuple(fc.constantFrom(...syntaxes), fc.uint8Array({ maxLength: 60 }))
      .map(([syntax, bytes]) => ({ syntax, bytes }));
    fc.assert(
      fc.property(fc.oneof(anyBytes, caseOf), ({ syntax, bytes }) => {
        const { tokens, problems, warnings } = scan(bytes, syntax);
        let at = 0;
        const parts: Uint8Array[] = [];
        for (const { start, end, reference } of tokens) {
          expect(start).toBeGreaterThanOrEqual(at);
          parts.push(bytes.subarray(at, start), Buffer.from(reference.text));
          at = end;
          // On its own a token means what it means in its place.
          expect({ ...parseToken(reference.text, syntax), cutShortHint: undefined }).toEqual({
            ...reference,
            cutShortHint: undefined,
          });
        }
        parts.push(bytes.subarray(at));
        expect(Buffer.concat(parts).equals(bytes)).toBe(true);
        for (const list of [problems, warnings]) {
          let before = 0;
          for (const { start, end } of list as readonly { start: number; end: number }[]) {
            expect(start >= before && end >= start && end <= bytes.length).toBe(true);
            before = start;
          }
        }
      }),
      { numRuns: runs(40_000) },
    );
  });

  it("takes a text for one token, or says in one error why it is none", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(caseOf, ({ syntax, bytes }) => {
        const text = bytes.toString("utf8");
        try {
          expect(parseToken(text, syntax).text).toBe(text);
        } catch (error) {
          if (!isConfigManagerError(error)) throw error;
          expect(error.code).toBe("CM_USAGE");
        }
      }),
      { numRuns: runs(20_000) },
    );
  });
});

// One character each: a code point, or an invalid byte as a lone surrogate, which no valid text holds.
interface Units {
  readonly units: readonly string[];
  /** The byte offset of each unit, and of the end. */
  readonly offsets: readonly number[];
}

function unitsOf(bytes: Buffer): Units {
  const units: string[] = [];
  const offsets: number[] = [];
  for (let at = 0; at < bytes.length;) {
    offsets.push(at);
    const length = [1, 2, 3, 4].find((size) => {
      const part = bytes.subarray(at, at + size);
      const text = part.toString("utf8");
      return part.length === size && [...text].length === 1 && Buffer.from(text).equals(part);
    });
    units.push(length === undefined ? "\udc80" : bytes.toString("utf8", at, at + length));
    at += length ?? 1;
  }
  return { units, offsets: [...offsets, bytes.length] };
}

// Tokens first, then faults, as the test above prints them.
function readPlainly(bytes: Buffer, syntax: TokenSyntax): string[] {
  const { units, offsets } = unitsOf(bytes);
  const separator = [...syntax.tokenSeparator];
  const tokens: string[] = [];
  const faults: string[] = [];

  const hasAt = (at: number, expected: readonly string[]): boolean =>
    expected.every((unit, index) => units[at + index] === unit);
  const prefixAt = (at: number): string | undefined =>
    [...syntax.prefixes]
      .filter((prefix) => hasAt(at, [...prefix, ...separator]))
      .find((prefix) => sevenStores.includes(prefix) || !/^[A-Za-z0-9_]$/.test(units[at - 1] ?? " "));
  const isTerminator = (at: number): boolean => {
    const unit = units[at];
    if (unit === undefined || unit === "\udc80") return true;
    return (
      unit !== syntax.keySeparator &&
      (/^[\p{White_Space}\p{Cc}"'@?:`\\,;&<>(){}\]]$/u.test(unit) ||
        (unit === "/" && units[at + 1] === "?" && syntax.keySeparator !== "?"))
    );
  };
  const isKeySeparatorText = (at: number): boolean =>
    isTerminator(at + 1) ||
    prefixAt(at + 1) !== undefined ||
    units[at + 1] === "[" ||
    units[at + 1] === syntax.keySeparator;

  for (let at = 0; at < units.length;) {
    const prefix = prefixAt(at);
    if (prefix === undefined) {
      at++;
      continue;
    }
    const pathStart = at + prefix.length + separator.length;
    let keyStart: number | undefined;
    let end = pathStart;
    for (; end < units.length; end++) {
      if (prefixAt(end) !== undefined || units[end] === "[") break;
      // The slash and question mark count from the second character of the path.
      if (isTerminator(end) && !(end === pathStart && units[end] === "/")) break;
      if (units[end] !== syntax.keySeparator) continue;
      if (end === pathStart || isKeySeparatorText(end)) break;
      keyStart ??= end + 1;
    }
    if (end === pathStart) {
      faults.push(`${offsets[at]} CM_TOKEN_EMPTY_PATH`);
      at = pathStart;
      continue;
    }
    let metadata: ReadonlyMap<string, string> = new Map();
    let tokenEnd = end;
    if (units[end] === "[") {
      const lineEnd = [...units, "\n"].indexOf("\n", end);
      const closing = units.slice(0, lineEnd).indexOf("]", end);
      if (closing === -1) {
        faults.push(`${offsets[end]} CM_METADATA_UNCLOSED`);
        at = end + 1;
        continue;
      }
      const reading = readPairsPlainly(units.slice(0, closing), end + 1);
      if (typeof reading === "number") {
        faults.push(`${offsets[reading]} CM_METADATA_INVALID`);
        at = reading;
        continue;
      }
      tokenEnd = closing + 1;
      metadata = new Map([...reading.pairs].filter(([key]) => !/^(default|as)$/i.test(key)));
      if (reading.unknownChangeAt !== undefined) {
        faults.push(`${offsets[reading.unknownChangeAt]} CM_METADATA_INVALID`);
        at = tokenEnd;
        continue;
      }
    }
    const keyPath = keyStart === undefined ? undefined : units.slice(keyStart, end).join("");
    const emptySegment = keyPath === undefined ? -1 : `.${keyPath}.`.indexOf("..");
    if (emptySegment === -1) {
      const withKeyPath = keyPath === undefined ? "" : "with key path ";
      tokens.push(`${offsets[at]}-${offsets[tokenEnd]} ${prefix} ${withKeyPath}${JSON.stringify([...metadata])}`);
    } else {
      const units16 = keyPath!.slice(0, Math.min(emptySegment, keyPath!.length - 1));
      faults.push(`${offsets[keyStart! + [...units16].length]} CM_KEY_PATH_INVALID`);
    }
    at = tokenEnd;
  }
  return [...tokens, ...faults];
}

// The pairs, or where the first fault is.
function readPairsPlainly(
  units: readonly string[],
  start: number,
): number | { pairs: ReadonlyMap<string, string>; unknownChangeAt: number | undefined } {
  const pairs = new Map<string, string>();
  const isBad = (unit: string | undefined): boolean =>
    unit !== undefined && (unit === "\udc80" || /^\p{Cc}$/u.test(unit));
  const skip = (at: number, pattern: RegExp): number => {
    while (at < units.length && pattern.test(units[at]!)) at++;
    return at;
  };
  let unknownChangeAt: number | undefined;
  if (skip(start, /^ $/) === units.length) return { pairs, unknownChangeAt };
  for (let pairStart = start; pairStart <= units.length;) {
    const keyStart = skip(pairStart, /^ $/);
    const keyEnd = /^[A-Za-z_]$/.test(units[keyStart] ?? "") ? skip(keyStart, /^[A-Za-z0-9_.-]$/) : keyStart;
    const equals = skip(keyEnd, /^ $/);
    if (isBad(units[equals])) return equals;
    if (keyEnd === keyStart || units[equals] !== "=") return keyStart;
    const key = units.slice(keyStart, keyEnd).join("");
    if ([...pairs.keys()].some((other) => other.toLowerCase() === key.toLowerCase())) return keyStart;
    const comma = units.indexOf(",", equals);
    const end = comma === -1 ? units.length : comma;
    const bad = units.findIndex((unit, index) => index > equals && index < end && isBad(unit));
    if (bad !== -1) return bad;
    const value = units
      .slice(equals + 1, end)
      .join("")
      .replace(/^ +| +$/g, "")
      .replace(/%(2C|5D|25)/gi, (encoded) => decodeURIComponent(encoded));
    pairs.set(key, value);
    const isKnown = value.split("+").every((name) => (transformNames as readonly string[]).includes(name));
    if (key.toLowerCase() === "as" && !isKnown) unknownChangeAt = skip(equals + 1, /^ $/);
    pairStart = end + 1;
  }
  return { pairs, unknownChangeAt };
}
