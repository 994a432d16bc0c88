/** .properties files as `java.util.Properties` reads them; what is not ASCII becomes `\uXXXX`, so that its encoding does not matter. */
import type { Token } from "../../token/token.ts";
import { isBehindBackslash, lineEndFrom, type MarkedText } from "./marked-text.ts";
import { lineCommentPlace, type Place, textPlace, tiedPlace } from "./place.ts";

/** Finds the places of a .properties text. */
export function settleProperties(marked: MarkedText): void {
  const { bytes } = marked;
  for (let at = 0; at < bytes.length; at++) {
    while (isBlank(bytes[at]) || isLineEnd(bytes[at])) at++;
    if (bytes[at] === hash || bytes[at] === exclamation) {
      const end = endOfLine(bytes, at);
      marked.settle(at, end, lineCommentPlace);
      at = end;
      continue;
    }
    const lineEnd = endOfLogicalLine(bytes, at);
    const keyEnd = endOfKey(bytes, at, lineEnd);
    const placeOf = (place: Place) => (token: Token) => (isBehindBackslash(bytes, token.start) ? tied : place);
    marked.settleEach(at, keyEnd, placeOf(keyPlace));
    marked.settleEach(keyEnd, lineEnd, placeOf(valuePlace));
    at = lineEnd;
  }
}

const hash = 0x23;
const exclamation = 0x21;
const tied = tiedPlace("\\");

// A blank, `=` or `:` counts only where the value begins, but means itself with a backslash anywhere.
const valuePlace: Place = textPlace("a value", (text) =>
  escapeControls(text.replace(/\\/g, "\\\\").replace(/^[ =:]/, "\\$&")),
);
const keyPlace: Place = textPlace("a key", (text) => escapeControls(text.replace(/[\\ =:#!]/g, "\\$&")));

function escapeControls(text: string): string {
  return text.replace(
    /[^ -~]/g,
    (unit) => shortEscapes.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\f", "\\f"],
  ["\r", "\\r"],
]);

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = lineEndFrom(bytes, from);
  const returnAt = bytes.subarray(from, end).indexOf(0x0d);
  return returnAt === -1 ? end : from + returnAt;
}

// A line end behind an odd number of backslashes goes on.
function endOfLogicalLine(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5c) {
      at++;
      if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) at++;
    } else if (isLineEnd(byte)) {
      return at;
    }
  }
  return bytes.length;
}

function endOfKey(bytes: Uint8Array, from: number, lineEnd: number): number {
  for (let at = from; at < lineEnd; at++) {
    const byte = bytes[at];
    if (byte === 0x5c) at++;
    else if (byte === 0x3d || byte === 0x3a || isBlank(byte)) return at;
  }
  return lineEnd;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0c;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}
