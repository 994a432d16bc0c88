/** Where the tokens of a TOML text stand: in one of its four strings, a comment, a key, or bare. */
import type { Token } from "../../token/token.ts";
import { closingQuote, filler, isBehindBackslash, lineEndFrom, type MarkedText } from "./marked-text.ts";
import { lineCommentPlace, type Place, tiedPlace, unknownPlace } from "./place.ts";
import {
  barePlace,
  bareKeyPlace,
  basicPlace,
  basicPlaceAfterBlank,
  literalPlace,
  longLiteralPlace,
  partOfKeyPlace,
} from "./toml-places.ts";

/** Finds the places of a TOML text. */
export function settleToml(marked: MarkedText): void {
  const { bytes } = marked;
  // The brackets of arrays and inline tables that are open; a key stands where none is, or directly in a table.
  const open: number[] = [];
  let isKey = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    switch (byte) {
      case lineFeed:
        if (open.length === 0) isKey = true;
        break;
      case 0x3d:
        isKey = false;
        break;
      case 0x2c:
        isKey = open.at(-1) === openBrace;
        break;
      case openBracket:
      case openBrace:
        // The bracket of a table's name holds keys, and closes on its line.
        if (isKey && byte === openBracket) break;
        open.push(byte);
        isKey = byte === openBrace;
        break;
      case 0x5d:
      case 0x7d:
        open.pop();
        break;
      case 0x23: {
        const end = lineEndFrom(bytes, at);
        marked.settle(at, end, lineCommentPlace);
        at = end - 1;
        break;
      }
      case quote:
      case apostrophe: {
        const end = settleString(marked, at, byte);
        // A string that never ends is no TOML: what follows stays unknown.
        if (end === -1) return;
        at = end;
        break;
      }
      default: {
        if (isSpace(byte)) break;
        const end = bareEnd(bytes, at, isKey);
        marked.settleEach(at, end, isKey ? (token) => keyPlace(bytes, token) : (token) => valuePlace(token, at, end));
        at = end - 1;
      }
    }
  }
}

const lineFeed = 0x0a;
const quote = 0x22;
const apostrophe = 0x27;
const openBracket = 0x5b;
const openBrace = 0x7b;
const tied = tiedPlace("\\");

// Settles what a string holds; the offset of its last quote, -1 when there is none.
function settleString(marked: MarkedText, at: number, mark: number): number {
  const { bytes } = marked;
  const isLong = bytes[at + 1] === mark && bytes[at + 2] === mark;
  const start = at + (isLong ? 3 : 1);
  const end = isLong ? longEnd(bytes, start, mark) : shortEnd(bytes, start, mark);
  if (end === -1) return -1;
  marked.settleEach(start, end, (token) => {
    if (mark === apostrophe) return isLong ? longLiteralOf(bytes, token, start, end) : literalPlace;
    if (isBehindBackslash(bytes, token.start)) return tied;
    return isLong && isBlank(bytes[token.start - 1]) ? basicPlaceAfterBlank : basicPlace;
  });
  return isLong ? end + 2 : end;
}

function shortEnd(bytes: Buffer, start: number, mark: number): number {
  return mark === quote ? closingQuote(bytes, start, mark) : bytes.indexOf(mark, start);
}

// Up to two quotes more may stand before the three that close.
function longEnd(bytes: Buffer, start: number, mark: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5c && mark === quote) at++;
    else if (byte === mark && bytes[at + 1] === mark && bytes[at + 2] === mark) {
      let end = at;
      while (end < at + 2 && bytes[end + 3] === mark) end++;
      return end;
    }
  }
  return -1;
}

function longLiteralOf(bytes: Buffer, token: Token, start: number, end: number): Place {
  const before = bytes[token.start - 1];
  const after = bytes[token.end];
  return longLiteralPlace({
    isFirst: token.start === start,
    isBehindToken: before === filler,
    hasQuoteBefore: token.start > start && (before === apostrophe || before === filler),
    hasQuoteAfter: token.end < end && (after === apostrophe || after === filler),
  });
}

function bareEnd(bytes: Buffer, start: number, isKey: boolean): number {
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === lineFeed || byte === 0x23 || byte === quote || byte === apostrophe) break;
    if ([0x2c, 0x3d, openBracket, 0x5d, openBrace, 0x7d].includes(byte) || (isKey && isSpace(byte))) break;
  }
  while (isSpace(bytes[at - 1]!)) at--;
  return at;
}

function valuePlace({ start, end }: Token, bareStart: number, bareEnd: number): Place {
  return start === bareStart && end === bareEnd ? barePlace : unknownPlace;
}

function keyPlace(bytes: Buffer, { start, end }: Token): Place {
  return isKeyPart(bytes[start - 1]) || isKeyPart(bytes[end]) ? partOfKeyPlace : bareKeyPlace;
}

// Anything but what separates the parts of a key.
function isKeyPart(byte: number | undefined): boolean {
  return byte !== undefined && !isBlank(byte) && ![0x2e, 0x3d, openBracket, 0x5d, openBrace, 0x2c].includes(byte);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === lineFeed || byte === filler;
}
