/**
 * .env files as the npm package `dotenv` reads them: in quotes nothing can be escaped, `\n` and `\r` mean something in
 * double quotes alone, and outside of quotes a `#` ends the value.
 */
import type { Token } from "../../token/token.ts";
import { lineEndFrom, type MarkedText, solidRange, trimmedEnd } from "./marked-text.ts";
import { lineCommentPlace, type Place, unknownPlace } from "./place.ts";
import { alonePlace, namePlace, quotedPlace, unquotedPlace } from "./dotenv-places.ts";

/** Finds the places of a .env text. */
export function settleDotenv(marked: MarkedText): void {
  const { bytes } = marked;
  for (let at = 0; at < bytes.length;) {
    const lineEnd = lineEndFrom(bytes, at);
    at = marked.hasTokenBefore(lineEnd) || hasQuote(bytes, at, lineEnd) ? settleLine(marked, at, lineEnd) : lineEnd + 1;
  }
}

const hash = 0x23;
const quotes: ReadonlySet<number> = new Set([0x22, 0x27, 0x60]);
const lineStart = /^(?:\xef\xbb\xbf)?[ \t]*(?:export[ \t]+)?([\w.\-\xff]+)(?:[ \t]*=|:[ \t]+)[ \t]*/;

// The offset of the next line; a value in quotes may take several.
function settleLine(marked: MarkedText, at: number, lineEnd: number): number {
  const { bytes } = marked;
  const head = lineStart.exec(bytes.toString("latin1", at, lineEnd));
  if (head === null) {
    const { first } = solidRange(bytes, at, lineEnd);
    marked.settle(at, lineEnd, bytes[first] === hash ? lineCommentPlace : unknownPlace);
    return lineEnd + 1;
  }
  const valueStart = at + head[0].length;
  marked.settle(at, valueStart, namePlace);
  const mark = bytes[valueStart];
  if (mark !== undefined && valueStart < lineEnd && quotes.has(mark)) {
    const end = closingMark(bytes, valueStart + 1, mark);
    const quotedLineEnd = end === -1 ? lineEnd : lineEndFrom(bytes, end);
    if (end !== -1) {
      marked.settleEach(valueStart + 1, end, (token) => quotedPlaceOf(bytes, token, valueStart, end));
      marked.settle(end, quotedLineEnd, lineCommentPlace);
      return quotedLineEnd + 1;
    }
  }
  const commentAt = bytes.subarray(valueStart, lineEnd).indexOf(hash);
  const textEnd = commentAt === -1 ? lineEnd : valueStart + commentAt;
  const valueEnd = trimmedEnd(bytes, valueStart, textEnd);
  // A value that begins like a quoted one is read by rules of its own.
  if (mark !== undefined && quotes.has(mark)) marked.settle(valueStart, valueEnd, unknownPlace);
  const solid = solidRange(bytes, valueStart, valueEnd);
  marked.settleEach(valueStart, valueEnd, ({ start, end }) =>
    start === valueStart && end === valueEnd
      ? alonePlace
      : unquotedPlace({ isFirst: solid.first === -1 || solid.first > start, isLast: solid.last < end }),
  );
  marked.settle(valueEnd, lineEnd, lineCommentPlace);
  return lineEnd + 1;
}

// The first mark without a backslash before it ends the value, if nothing but a comment follows on its line.
function closingMark(bytes: Buffer, start: number, mark: number): number {
  let at = bytes.indexOf(mark, start);
  while (at !== -1 && bytes[at - 1] === 0x5c) at = bytes.indexOf(mark, at + 1);
  if (at === -1) return -1;
  const lineEnd = lineEndFrom(bytes, at);
  let next = at + 1;
  while (next < lineEnd && trimmedEnd(bytes, next, next + 1) === next) next++;
  return next === lineEnd || bytes[next] === hash ? at : -1;
}

function hasQuote(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (quotes.has(bytes[at]!)) return true;
  return false;
}

function quotedPlaceOf(bytes: Buffer, token: Token, mark: number, end: number): Place {
  return quotedPlace({
    mark: String.fromCharCode(bytes[mark]!),
    isAlone: token.start === mark + 1 && token.end === end,
    before: String.fromCharCode(bytes[token.start - 1]!),
    after: String.fromCharCode(bytes[token.end]!),
  });
}
