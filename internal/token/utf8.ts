/**
 * How many bytes the well-formed UTF-8 sequence at an offset has, 1 to 4; 0 for a byte that begins none (an invalid
 * byte: overlong, a surrogate, beyond U+10FFFF, cut off, or a continuation on its own).
 */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return isContinuation(bytes[at + 1]) ? 2 : 0;
  const second = bytes[at + 1] ?? 0;
  if (second < lowestSecond(first) || second > highestSecond(first) || !isContinuation(bytes[at + 2])) return 0;
  if (first < 0xf0) return 3;
  return isContinuation(bytes[at + 3]) ? 4 : 0;
}

/** True for the bytes of `[A-Za-z0-9_]`. */
export function isWordByte(byte: number): boolean {
  return isNameByte(byte) || (byte >= 0x61 && byte <= 0x7a);
}

/** True for the bytes of `[A-Z0-9_]`, what prefixes are made of. */
export function isNameByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
}

/** The same bytes as a `Buffer`, nothing copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The text of a range, at most `maxBytes` of it; what was left off at the end is an ellipsis. */
export function excerptOf(bytes: Buffer, start: number, end: number, maxBytes = 120): string {
  if (end - start <= maxBytes) return bytes.toString("utf8", start, end);
  let cut = start + maxBytes;
  while (cut > start && isContinuation(bytes[cut])) cut--;
  return `${bytes.toString("utf8", start, cut)}…`;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf;
}

// Unicode, table 3-7: the first byte narrows what the second may be.
function lowestSecond(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

function highestSecond(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}
