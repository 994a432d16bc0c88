/** Lossless JSON against `JSON.parse`: the same texts are taken, and the same values found in them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../../internal/errors/errors.ts";
import { JsonDocument } from "../../internal/resolve/json-document.ts";
import type { JsonNode } from "../../internal/resolve/json-text.ts";
import { selectKeyPath } from "../../internal/resolve/key-path.ts";

const factor = Number(process.env["FUZZ_RUNS"] ?? 1);

describe("lossless JSON", () => {
  it("finds in a text, however it is spelled, what JSON.parse finds in it", () => {
    const spelled = fc.tuple(fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }), fc.integer());
    fc.assert(
      fc.property(spelled, ([value, seed]) => {
        const text = spell(value, randomOf(seed));
        expect(toPlain(new JsonDocument(Buffer.from(text)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 30_000 * factor },
    );
  }, 60_000);

  it("takes a broken text exactly when JSON.parse takes it, lone surrogates aside", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "\\u",
      "d800",
      "\\udc00",
      "0",
      "-",
      ".",
      "e",
      "true",
      "nul",
      " ",
      "\n",
      "\0",
      "é",
      "😀",
    ];
    const broken = fc.tuple(
      fc.jsonValue({ maxDepth: 3 }),
      fc.integer(),
      fc.constantFrom(...pieces),
      fc.nat(),
      fc.nat(3),
    );
    fc.assert(
      fc.property(broken, ([value, seed, piece, at, removed]) => {
        const text = spell(value, randomOf(seed));
        const start = at % (text.length + 1);
        const bytes = Buffer.from(text.slice(0, start) + piece + text.slice(start + removed));
        expect(read(bytes)).toEqual(parse(bytes));
      }),
      { numRuns: 30_000 * factor },
    );
  }, 60_000);

  it("takes or refuses any text, and throws nothing but the coded error", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "\\u00e9",
      "\\ud83d",
      "1",
      "-0",
      "1e5",
      "true",
      "null",
      '"a"',
      '"a":',
      " ",
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.array(pieces, { maxLength: 12 })), (parts) => {
        const bytes = Buffer.from(typeof parts === "string" ? parts : parts.join(""));
        expect(read(bytes)).toEqual(parse(bytes));
      }),
      { numRuns: 30_000 * factor },
    );
  }, 60_000);

  it("takes or refuses any bytes, and throws nothing but the coded error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        const quoted = Buffer.concat([Buffer.from('{"a":"'), noise, Buffer.from('"}')]);
        expect([noise, quoted].map(read)).toEqual([noise, quoted].map(parse));
      }),
      { numRuns: 20_000 * factor },
    );
  }, 60_000);
});

describe("key paths", () => {
  const key = fc.constantFrom("a", "b", "c", "0", "1", "01", "__proto__", "constructor", "");
  const { value } = fc.letrec<{ value: fc.JsonValue; leaf: fc.JsonValue; list: fc.JsonValue; object: fc.JsonValue }>(
    (tie) => ({
      value: fc.oneof({ maxDepth: 5 }, tie("leaf"), tie("object"), tie("list")),
      leaf: fc.constantFrom<fc.JsonValue>(1, "s", null),
      list: fc.array(tie("value"), { maxLength: 3 }),
      object: fc
        .array(fc.tuple(key, tie("value")), { maxLength: 4 })
        .map((entries): fc.JsonValue => Object.fromEntries(entries)),
    }),
  );
  const keyPath = fc.array(key, { minLength: 1, maxLength: 3 });

  it("lead to what following them by hand from the root, and then from everywhere, leads to", () => {
    fc.assert(
      fc.property(value, keyPath, fc.integer(), (whole, segments, seed) => {
        const text = spell(whole, randomOf(seed));
        const match = selectKeyPath(new JsonDocument(Buffer.from(text)), segments);
        expect(match.ok ? toValue(match.text) : match.error.code).toEqual(expectedMatch(JSON.parse(text), segments));
      }),
      { numRuns: 40_000 * factor },
    );
  }, 60_000);
});

// What JSON.parse makes of bytes; undefined where it refuses them, or where an escape is half a pair of surrogates.
function parse(bytes: Uint8Array): { value: unknown } | undefined {
  const pair = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/g;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return /\\u[dD][89a-fA-F]/.test(text.replace(/\\[^u]/g, "").replace(pair, "")) ? undefined : { value };
  } catch {
    return undefined;
  }
}

function read(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: toPlain(new JsonDocument(bytes)) };
  } catch (error) {
    if (isConfigManagerError(error) && error.code === "CM_VALUE_NOT_JSON") return undefined;
    throw error;
  }
}

function toPlain(document: JsonDocument, node: JsonNode = document.root): unknown {
  const kind = document.kindOf(node);
  if (kind === "object") {
    return Object.fromEntries(
      Array.from(document.membersOf(node), ([name, child]) => [name, toPlain(document, child)]),
    );
  }
  if (kind === "array") return document.elementsOf(node).map((child) => toPlain(document, child));
  const text = Buffer.from(document.textOf(node)).toString();
  return kind === "string" ? text : JSON.parse(text);
}

// The resolved text "s" stands for itself, everything else for JSON.
function toValue(text: Uint8Array): unknown {
  const decoded = Buffer.from(text).toString();
  return decoded === "s" ? decoded : JSON.parse(decoded);
}

function expectedMatch(root: unknown, segments: readonly string[]): unknown {
  const exact = follow(root, segments);
  if (exact !== undefined) return exact;
  const matches = everything(root)
    .map((start) => follow(start, segments))
    .filter((found) => found !== undefined);
  if (matches.length === 1) return matches[0];
  return matches.length === 0 ? "CM_KEY_PATH_NO_MATCH" : "CM_KEY_PATH_AMBIGUOUS";
}

function follow(start: unknown, segments: readonly string[]): unknown {
  let current = start;
  for (const segment of segments) {
    if (typeof current !== "object" || current === null) return undefined;
    if (Array.isArray(current)) current = /^[0-9]+$/.test(segment) ? current[Number(segment)] : undefined;
    else current = Object.getOwnPropertyDescriptor(current, segment)?.value;
  }
  return current;
}

function everything(value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [value];
  return [
    value,
    ...Object.keys(value).flatMap((name) => everything(Object.getOwnPropertyDescriptor(value, name)?.value)),
  ];
}

type Random = (below: number) => number;

// A small generator of its own, so that a spelling costs fast-check nothing and shrinks with its seed.
function randomOf(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % below;
  };
}

const spaces = ["", "", "", "", " ", "\n", "\t", "\r\n  "];

// JSON with white space, escapes and exponents where they may stand, here and there a duplicate key.
function spell(value: fc.JsonValue, random: Random): string {
  const space = (): string => spaces[random(spaces.length)]!;
  const spellAny = (each: unknown): string => `${space()}${spellOne(each)}${space()}`;
  const spellOne = (each: unknown): string => {
    if (typeof each === "string") return spellString(each, random);
    if (typeof each === "number" && random(4) === 0) return each.toExponential();
    if (Array.isArray(each)) return `[${each.map(spellAny).join(",") || space()}]`;
    if (typeof each !== "object" || each === null) return JSON.stringify(each);
    const members = Object.entries(each).map(
      ([name, child]) => `${space()}${spellString(name, random)}${space()}:${spellAny(child)}`,
    );
    const [first] = Object.keys(each);
    if (first !== undefined && random(8) === 0) members.unshift(`${spellString(first, random)}:[{"a":1,"b":[0]}]`);
    return `{${members.join(",") || space()}}`;
  };
  return spellAny(value);
}

function spellString(text: string, random: Random): string {
  const letters = Array.from(
    JSON.stringify(text)
      .slice(1, -1)
      .matchAll(/\\u[0-9a-f]{4}|\\.|[^]/gu),
    ([letter]) => {
      if (letter.startsWith("\\") || random(6) !== 0) return letter;
      return letter
        .split("")
        .map(
          (unit) =>
            `\\u${unit
              .charCodeAt(0)
              .toString(16)
              .padStart(4, "0")
              .replace(/[a-f]/g, (digit) => (random(2) === 0 ? digit : digit.toUpperCase()))}`,
        )
        .join("");
    },
  );
  return `"${letters.join("").replaceAll("/", () => (random(2) === 0 ? "\\/" : "/"))}"`;
}
