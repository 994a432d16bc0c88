/**
 * Tokens that end where their writer hardly meant them to: at a template's braces, at the brace of a variable, at the
 * colons of an ARN, and at a key path that stands behind the metadata.
 */
import type { CompiledSyntax } from "./syntax.ts";
import { endsTokenAt, isSeparatorAt } from "./terminators.ts";
import { isNameByte } from "./utf8.ts";

/** What a token was cut short by. */
export type CutShort = "template" | "variable" | "colon" | "order";

/** Where the parts of a token end. */
export interface TokenEnds {
  readonly pathStart: number;
  /** -1 without a key path. */
  readonly keySeparatorAt: number;
  /** Behind the path and key path. */
  readonly pathEnd: number;
  /** Behind the brackets; `pathEnd` without any. */
  readonly end: number;
}

/** What cut a token short, undefined when it ends where it was meant to as far as one can see. */
export function findCut(bytes: Uint8Array, ends: TokenEnds, syntax: CompiledSyntax): CutShort | undefined {
  const { pathStart, keySeparatorAt, pathEnd, end } = ends;
  if (end >= bytes.length) return undefined;
  const next = bytes[end]!;
  if (end > pathEnd) {
    // Whoever wrote empty brackets wanted the end there.
    const isOrder = next === syntax.keySeparatorByte && !isEmpty(bytes, pathEnd + 1, end - 1);
    return isOrder && beginsKeyPath(bytes, end + 1, syntax) ? "order" : undefined;
  }
  // In `/a|{{ .Key }}` the key separator is text, and the braces stand behind it.
  const at = next === syntax.keySeparatorByte ? end + 1 : end;
  if (bytes[at] === openingBrace) {
    if (bytes[at + 1] === openingBrace) return "template";
    return bytes[at - 1] === dollar ? "variable" : undefined;
  }
  return next === colon && keySeparatorAt === -1 && isArn(bytes, pathStart, end) ? "colon" : undefined;
}

/** What to do about it, in the imperative. */
export function hintOfCut(cut: CutShort, { keySeparator }: CompiledSyntax): string {
  const hints: Readonly<Record<CutShort, string>> = {
    template: 'render the template first, a token ends at "{{"',
    variable: 'expand variables first with -e, a token ends at "{"',
    colon: 'write "%3A" for each ":" of the path',
    order: `write the key path before the metadata, as in "path${keySeparator}key[version=1]"`,
  };
  return hints[cut];
}

/** Where a token was cut, as its warning says it. */
export function messageOfCut(cut: CutShort, token: string, { keySeparator }: CompiledSyntax): string {
  const before = { template: "{{", variable: "{", colon: ":", order: keySeparator }[cut];
  return `token "${token}" ends before "${before}" and was probably cut short`;
}

const openingBrace = 0x7b;
const dollar = 0x24;
const colon = 0x3a;
const slash = 0x2f;
const blank = 0x20;

function isEmpty(bytes: Uint8Array, start: number, end: number): boolean {
  while (start < end && bytes[start] === blank) start++;
  return start === end;
}

// `arn`, alone or as the last segment, before `:aws`.
function isArn(bytes: Uint8Array, pathStart: number, end: number): boolean {
  const at = end - 3;
  if (at < pathStart || (at > pathStart && bytes[at - 1] !== slash)) return false;
  return matches(bytes, at, arnColonAws);
}

const arnColonAws = Buffer.from("arn:aws");

function matches(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte);
}

// True where a key path can begin: what is there neither ends a token nor is one.
function beginsKeyPath(bytes: Uint8Array, at: number, syntax: CompiledSyntax): boolean {
  if (endsTokenAt(bytes, at, syntax)) return false;
  const limit = Math.min(bytes.length, at + syntax.longestPrefix);
  let wordEnd = at;
  while (wordEnd < limit && isNameByte(bytes[wordEnd]!)) wordEnd++;
  const prefix = isSeparatorAt(bytes, wordEnd, syntax) ? syntax.findPrefix(bytes, wordEnd, at) : undefined;
  return prefix?.length !== wordEnd - at || wordEnd === at;
}
