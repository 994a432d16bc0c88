/**
 * The brackets at the end of a token: `key=value` pairs, to the next `]` on the line. Which keys mean something to the
 * host is not known here, see host-keys.ts.
 */
import { escapeControls } from "../errors/redact.ts";
import { decodeMetadataValue, encodeMetadataValue } from "./percent.ts";
import { excerptOf, sequenceLength } from "./utf8.ts";

/** One pair as read: its key, its decoded value, and where both stand. */
export interface MetadataPair {
  readonly key: string;
  readonly value: string;
  /** As written, the blanks around it left out, nothing decoded. */
  readonly raw: string;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Why metadata is none, and where: the scan goes on at `start`. */
export interface MetadataFault {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

/** The pairs between two brackets, or the first fault. */
export type MetadataReading =
  | { readonly ok: true; readonly pairs: readonly MetadataPair[] }
  | { readonly ok: false; readonly fault: MetadataFault };

/**
 * Reads what stands between `[` and `]`: `start` is behind the one, `end` is the other. Stops at the first fault and reads
 * nothing behind it. Blanks are U+0020 alone; a tab is a control character.
 */
export function readMetadata(bytes: Buffer, start: number, end: number): MetadataReading {
  const pairs: MetadataPair[] = [];
  const hasKey = createKeySet();
  let at = skipBlanks(bytes, start, end);
  if (at === end) return { ok: true, pairs };
  for (;;) {
    const pairStart = at;
    while (at < end && isKeyByte(bytes[at]!, at === pairStart)) at++;
    const keyEnd = at;
    at = skipBlanks(bytes, at, end);
    const equalsAt = at;
    if (keyEnd === pairStart || equalsAt === end || bytes[equalsAt] !== equalsSign)
      return { ok: false, fault: faultOfPair(bytes, pairStart, keyEnd, at, end) };
    const key = bytes.toString("latin1", pairStart, keyEnd);
    if (hasKey(key)) return { ok: false, fault: faultOfRepeatedKey(key, pairStart, keyEnd) };
    const valueStart = skipBlanks(bytes, equalsAt + 1, end);
    for (at = valueStart; at < end && bytes[at] !== comma;) {
      const length = plainLength(bytes, at);
      if (length === 0) return { ok: false, fault: faultOfByte(bytes, at) };
      at += length;
    }
    let valueEnd = at;
    while (valueEnd > valueStart && bytes[valueEnd - 1] === blank) valueEnd--;
    const rawEnd = valueEnd > valueStart ? valueEnd : equalsAt + 1;
    pairs.push({
      key,
      value: decodeMetadataValue(bytes.toString("utf8", valueStart, valueEnd)),
      raw: bytes.toString("utf8", pairStart, rawEnd),
      valueStart,
      valueEnd,
    });
    if (at === end) return { ok: true, pairs };
    at = skipBlanks(bytes, at + 1, end);
  }
}

/**
 * Metadata as it is written in a token, brackets included; empty text when there is none. Undefined for a key or value that
 * cannot be written.
 */
export function formatMetadata(metadata: ReadonlyMap<string, string>): string | undefined {
  const pairs: string[] = [];
  for (const [key, value] of metadata) {
    const encoded = encodeMetadataValue(value);
    if (encoded === undefined || !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) return undefined;
    pairs.push(`${key}=${encoded}`);
  }
  return pairs.length === 0 ? "" : `[${pairs.join(",")}]`;
}

const blank = 0x20;
const comma = 0x2c;
const equalsSign = 0x3d;

// Says whether a key was there before, case ignored, and keeps it. The first key, often the only one, is kept as it is.
function createKeySet(): (key: string) => boolean {
  let first: string | undefined;
  let seen: Set<string> | undefined;
  return (key) => {
    if (first === undefined) {
      first = key;
      return false;
    }
    seen ??= new Set([first.toLowerCase()]);
    const { size } = seen;
    return seen.add(key.toLowerCase()).size === size;
  };
}

function skipBlanks(bytes: Buffer, at: number, end: number): number {
  while (at < end && bytes[at] === blank) at++;
  return at;
}

// [A-Za-z_] first, then also [0-9.-].
function isKeyByte(byte: number, isFirst: boolean): boolean {
  if ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f) return true;
  return !isFirst && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d);
}

// The length of the character here; 0 for a control character or an invalid byte.
function plainLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return first < 0x20 || first === 0x7f ? 0 : 1;
  if (first === 0xc2 && (bytes[at + 1] ?? 0) < 0xa0) return 0;
  return sequenceLength(bytes, at);
}

// `at` is the first byte that is neither key nor blank.
function faultOfPair(bytes: Buffer, pairStart: number, keyEnd: number, at: number, end: number): MetadataFault {
  if (at < end && plainLength(bytes, at) === 0) return faultOfByte(bytes, at);
  const hint = 'write key=value pairs separated by ",", or "%5B" where "[" belongs to the path';
  const isPairOver = at >= end || bytes[at] === comma;
  if (isPairOver && keyEnd === pairStart) {
    return { start: pairStart, end: pairStart + 1, message: "metadata has an empty pair", hint };
  }
  if (isPairOver) {
    const pair = excerptOf(bytes, pairStart, keyEnd, maxQuotedBytes);
    return { start: pairStart, end: keyEnd, message: `metadata "${pair}" has no "="`, hint };
  }
  const keyTo = keyQuotedTo(bytes, at, end);
  const key = escapeControls(excerptOf(bytes, pairStart, keyTo, maxQuotedBytes));
  return {
    start: pairStart,
    end: keyTo,
    message: `metadata key "${key}" is not one`,
    hint: 'begin a key with a letter or "_", and go on with letters, digits, "_", "." and "-"',
  };
}

function faultOfRepeatedKey(key: string, start: number, end: number): MetadataFault {
  return {
    start,
    end,
    message: `metadata key "${key.length > maxQuotedBytes ? `${key.slice(0, maxQuotedBytes)}…` : key}" is given twice`,
    hint: "give each key once; upper and lower case are one key",
  };
}

function faultOfByte(bytes: Buffer, at: number): MetadataFault {
  const length = sequenceLength(bytes, at);
  const code = bytes.toString("hex", at, at + Math.max(length, 1));
  return {
    start: at,
    end: at + Math.max(length, 1),
    message:
      length === 0
        ? `metadata holds the invalid byte "0x${code}"`
        : `metadata holds a control character ("${escapeControls(bytes.toString("utf8", at, at + length))}")`,
    hint: length === 0 ? "save the file as UTF-8" : 'keep control characters, tabs among them, out of "[" and "]"',
  };
}

const maxQuotedBytes = 60;

// How far a key that is none is quoted: to `=`, `,`, `]` or a bound.
function keyQuotedTo(bytes: Buffer, at: number, end: number): number {
  const bound = Math.min(end, at + maxQuotedBytes);
  while (at < bound && bytes[at] !== equalsSign && bytes[at] !== comma && plainLength(bytes, at) > 0) {
    at += plainLength(bytes, at);
  }
  return at;
}
