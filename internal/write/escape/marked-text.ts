import { Buffer } from "node:buffer";
import type { Token } from "../../token/token.ts";
import { bufferOf } from "../../token/utf8.ts";
import { type Place, unknownPlace } from "./place.ts";

/** The byte that stands for each byte of a token in `MarkedText.bytes`; it is in no UTF-8 text. */
export const filler = 0xff;

/**
 * A text whose tokens are covered, and the places that a lexer finds for them, front to back.
 *
 * What a token is spelled with means nothing to the format: it is a run of `filler`, as letters would be.
 */
export class MarkedText {
  readonly bytes: Buffer;
  readonly #tokens: readonly Token[];
  readonly #places: Place[] = [];

  constructor(bytes: Uint8Array, tokens: readonly Token[]) {
    this.bytes = Buffer.from(bufferOf(bytes));
    for (const { start, end } of tokens) this.bytes.fill(filler, start, end);
    this.#tokens = tokens;
  }

  /** True when the next token without a place begins before an offset. */
  hasTokenBefore(end: number): boolean {
    const token = this.#tokens[this.#places.length];
    return token !== undefined && token.start < end;
  }

  /** Gives every token that begins in a range this place; tokens before it, which no range held, are in none that is understood. */
  settle(start: number, end: number, place: Place): void {
    this.settleEach(start, end, () => place);
  }

  /** As `settle`, with a place for each token. */
  settleEach(start: number, end: number, placeOf: (token: Token) => Place): void {
    for (;;) {
      const token = this.#tokens[this.#places.length];
      if (token === undefined || token.start >= end) return;
      this.#places.push(token.start < start ? unknownPlace : placeOf(token));
    }
  }

  /** The place of each token. */
  places(): ReadonlyMap<Token, Place> {
    return new Map(this.#tokens.map((token, index) => [token, this.#places[index] ?? unknownPlace]));
  }
}

const backslash = 0x5c;

// Below some dozens of bytes a loop is quicker than the call that looks for one.
const nearBytes = 48;

/** True when the byte at an offset is escaped: an odd number of backslashes stands directly before it. */
export function isBehindBackslash(bytes: Uint8Array, at: number): boolean {
  let first = at;
  while (bytes[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}

/** The offset of the closing quote, with backslashes as escapes; -1 when there is none. */
export function closingQuote(bytes: Uint8Array, start: number, quote: number): number {
  for (let at = start; at < bytes.length; at++) {
    if (at - start === nearBytes) return farQuote(bytes, at, quote);
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) {
      // What may be cut in two is left to the other way.
      if (at - start === nearBytes - 1) return farQuote(bytes, at, quote);
      at++;
    }
  }
  return -1;
}

/** The offset of a byte at or behind an offset; -1 when there is none. */
export function findByte(bytes: Uint8Array, byte: number, from: number): number {
  const near = Math.min(from + nearBytes, bytes.length);
  for (let at = from; at < near; at++) if (bytes[at] === byte) return at;
  return near === bytes.length ? -1 : bytes.indexOf(byte, near);
}

/** The offset of the line feed at or behind an offset; the end of the text when there is none. */
export function lineEndFrom(bytes: Uint8Array, at: number): number {
  const found = findByte(bytes, 0x0a, at);
  return found === -1 ? bytes.length : found;
}

/** The first and last byte of a range that is neither blank, line end nor of a token; -1 when there is none. */
export function solidRange(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly first: number; readonly last: number } {
  let first = start;
  while (first < end && !isSolid(bytes[first]!)) first++;
  if (first === end) return { first: -1, last: -1 };
  let last = end - 1;
  while (!isSolid(bytes[last]!)) last--;
  return { first, last };
}

/** The offset behind the last byte of a range that is no blank or carriage return; its start when there is none. */
export function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1]!)) at--;
  return at;
}

// No byte from here on is escaped by one before.
function farQuote(bytes: Uint8Array, start: number, quote: number): number {
  let from = start;
  for (;;) {
    const found = bytes.indexOf(quote, from);
    if (found === -1) return -1;
    let first = found;
    while (first > from && bytes[first - 1] === backslash) first--;
    if ((found - first) % 2 === 0) return found;
    from = found + 1;
  }
}

function isSolid(byte: number): boolean {
  return byte !== filler && byte !== 0x0a && !isBlank(byte);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
