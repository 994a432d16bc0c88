/** Where a token ends: at a terminator, at the beginning of another token, or before the bracket of its metadata. */
import type { CompiledSyntax } from "./syntax.ts";
import { sequenceLength } from "./utf8.ts";

/** What a byte can mean inside a path; bits, because the key separator can also begin the token separator. */
export const byteClass = {
  plain: 0,
  terminator: 1,
  keySeparator: 2,
  openingBracket: 4,
  /** `/`, which ends a token together with a `?` behind it. */
  slash: 8,
  /** Begins a sequence of several bytes or is invalid. */
  wide: 16,
  /** Begins the token separator, before which another token may begin. */
  separatorStart: 32,
} as const;

/** Where the path and key path of a token end. */
export interface TokenEnd {
  /** Behind the last byte of the path, or of the key path where there is one. */
  readonly end: number;
  /** Where the key separator stands; -1 without a key path. */
  readonly keySeparatorAt: number;
}

/** The table that says for each byte value what it can mean inside a path. The key separator takes precedence over a terminator. */
export function byteClassesFor(keySeparator: string, separator: Uint8Array): Uint8Array {
  const classes = new Uint8Array(256);
  classes.fill(byteClass.terminator, 0x00, 0x21);
  classes.fill(byteClass.wide, 0x80);
  for (const character of "\"'@?:`\\,;&<>(){}]\u007f") classes[character.charCodeAt(0)] = byteClass.terminator;
  classes[0x5b] = byteClass.openingBracket;
  if (keySeparator !== "?") classes[0x2f] = byteClass.slash;
  classes[keySeparator.charCodeAt(0)] = byteClass.keySeparator;
  classes[separator[0]!]! |= byteClass.separatorStart;
  return classes;
}

/** Walks from the first byte of a path to where its token ends, metadata not counted. An empty path ends where it begins. */
export function findTokenEnd(bytes: Uint8Array, pathStart: number, syntax: CompiledSyntax): TokenEnd {
  const { byteClasses } = syntax;
  const { length } = bytes;
  let keySeparatorAt = -1;
  let at = pathStart;
  while (at < length) {
    const classes = byteClasses[bytes[at]!]!;
    if (classes === byteClass.plain) {
      at++;
      continue;
    }
    if ((classes & byteClass.separatorStart) !== 0) {
      const tokenAt = nextTokenAt(bytes, at, pathStart, syntax);
      if (tokenAt !== -1) return endBeforeToken(bytes, tokenAt, pathStart, keySeparatorAt, syntax);
    }
    if ((classes & byteClass.keySeparator) !== 0) {
      if (at === pathStart || endsTokenAt(bytes, at + 1, syntax)) break;
      if (keySeparatorAt === -1) keySeparatorAt = at;
      at++;
    } else if ((classes & (byteClass.terminator | byteClass.openingBracket)) !== 0) {
      break;
    } else if ((classes & byteClass.slash) !== 0) {
      if (at > pathStart && bytes[at + 1] === questionMark) break;
      at++;
    } else if ((classes & byteClass.wide) !== 0) {
      const sequence = sequenceLength(bytes, at);
      if (sequence === 0 || isWideTerminator(bytes, at, sequence)) break;
      at += sequence;
    } else {
      at++;
    }
  }
  return { end: at, keySeparatorAt };
}

/**
 * True where a key separator just before would be text: end of input, a terminator, `[` or another key separator.
 * That a token begins there is not looked at.
 */
export function endsTokenAt(bytes: Uint8Array, at: number, { byteClasses }: CompiledSyntax): boolean {
  if (at >= bytes.length) return true;
  const classes = byteClasses[bytes[at]!]!;
  if ((classes & (byteClass.terminator | byteClass.openingBracket | byteClass.keySeparator)) !== 0) return true;
  if ((classes & byteClass.slash) !== 0) return bytes[at + 1] === questionMark;
  if ((classes & byteClass.wide) === 0) return false;
  const sequence = sequenceLength(bytes, at);
  return sequence === 0 || isWideTerminator(bytes, at, sequence);
}

/** True when the token separator stands at an offset. */
export function isSeparatorAt(bytes: Uint8Array, at: number, { separator }: CompiledSyntax): boolean {
  if (at + separator.length > bytes.length) return false;
  for (let index = 0; index < separator.length; index++) {
    if (bytes[at + index] !== separator[index]) return false;
  }
  return true;
}

const questionMark = 0x3f;

// Where the token begins whose separator stands here, -1 when there is none.
function nextTokenAt(bytes: Uint8Array, at: number, floor: number, syntax: CompiledSyntax): number {
  if (!isSeparatorAt(bytes, at, syntax)) return -1;
  const prefix = syntax.findPrefix(bytes, at, floor);
  return prefix === undefined ? -1 : at - prefix.length;
}

// A key separator directly before the other token is text.
function endBeforeToken(
  bytes: Uint8Array,
  tokenAt: number,
  pathStart: number,
  keySeparatorAt: number,
  { keySeparatorByte }: CompiledSyntax,
): TokenEnd {
  const end = tokenAt > pathStart && bytes[tokenAt - 1] === keySeparatorByte ? tokenAt - 1 : tokenAt;
  return { end, keySeparatorAt: keySeparatorAt === end ? -1 : keySeparatorAt };
}

// White space and control characters beyond ASCII: U+0080..U+00A0, U+1680, U+2000..U+200A, U+2028, U+2029, U+202F,
// U+205F, U+3000.
function isWideTerminator(bytes: Uint8Array, at: number, sequence: number): boolean {
  const first = bytes[at]!;
  if (sequence === 2) return first === 0xc2 && bytes[at + 1]! <= 0xa0;
  if (sequence !== 3 || first > 0xe3) return false;
  const code = ((first & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}
