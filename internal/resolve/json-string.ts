/** The inside of JSON strings on bytes, both ways. */

/** What may follow a backslash, and the byte it stands for; 0: no such escape. */
export const simpleEscapes: Uint8Array = new Uint8Array(256);
for (const [escaped, byte] of Object.entries({ '"': 0x22, "\\": 0x5c, "/": 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  simpleEscapes[escaped.charCodeAt(0)] = byte;
}

/** The bytes that a string of a valid JSON text stands for; `start` is its opening quote, `end` behind the closing one. */
export function unescapeJson(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const inner = bytes.subarray(start + 1, end - 1);
  const first = inner.indexOf(backslash);
  if (first === -1) return inner;
  // An escape is never shorter than the bytes it stands for.
  const result = new Uint8Array(inner.length);
  result.set(inner.subarray(0, first));
  let length = first;
  for (let at = first; at < inner.length; at++) {
    const byte = inner[at]!;
    if (byte !== backslash) {
      result[length++] = byte;
      continue;
    }
    at++;
    if (inner[at] !== letterU) {
      result[length++] = simpleEscapes[inner[at]!]!;
      continue;
    }
    let point = hexDigitsAt(inner, at + 1);
    at += 4;
    if (point >= 0xd800 && point < 0xdc00) {
      point = 0x10000 + ((point - 0xd800) << 10) + (hexDigitsAt(inner, at + 3) - 0xdc00);
      at += 6;
    }
    length = writeUtf8(point, result, length);
  }
  return result.subarray(0, length);
}

/** Four hex digits as a number; -1 when they are not four hex digits. */
export function hexDigitsAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + index] ?? 0;
    const folded = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (folded >= 0x61 && folded <= 0x66) value = value * 16 + folded - 0x57;
    else return -1;
  }
  return value;
}

/**
 * Text as the inside of a JSON string: quotes, backslashes and control characters escaped, everything else as it is.
 * Whether the bytes are UTF-8 is the caller's concern.
 */
export function escapeJson(bytes: Uint8Array): Uint8Array {
  let length = 0;
  const escapeOf = escapes();
  for (const byte of bytes) length += escapeOf[byte]?.length ?? 1;
  if (length === bytes.length) return bytes;
  const result = new Uint8Array(length);
  let at = 0;
  for (const byte of bytes) {
    const escape = escapeOf[byte];
    if (escape === undefined) {
      result[at++] = byte;
      continue;
    }
    result.set(escape, at);
    at += escape.length;
  }
  return result;
}

type Escapes = readonly (Uint8Array | undefined)[];
let madeEscapes: Escapes | undefined;

// By byte: what it is written as; undefined where it stands for itself. Made when it is asked for: few runs write JSON.
function escapes(): Escapes {
  madeEscapes ??= Array.from({ length: 0x80 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    const escaped = JSON.stringify(character).slice(1, -1);
    return escaped === character ? undefined : Uint8Array.from(escaped, (letter) => letter.charCodeAt(0));
  });
  return madeEscapes;
}

const backslash = 0x5c;
const letterU = 0x75;

function writeUtf8(point: number, to: Uint8Array, at: number): number {
  if (point < 0x80) {
    to[at++] = point;
  } else if (point < 0x800) {
    to[at++] = 0xc0 | (point >> 6);
    to[at++] = 0x80 | (point & 0x3f);
  } else if (point < 0x10000) {
    to[at++] = 0xe0 | (point >> 12);
    to[at++] = 0x80 | ((point >> 6) & 0x3f);
    to[at++] = 0x80 | (point & 0x3f);
  } else {
    to[at++] = 0xf0 | (point >> 18);
    to[at++] = 0x80 | ((point >> 12) & 0x3f);
    to[at++] = 0x80 | ((point >> 6) & 0x3f);
    to[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}
