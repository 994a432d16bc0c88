/** Scalars without quotes. */
import type { Token } from "../../../token/token.ts";
import { filler, type MarkedText, solidRange, trimmedEnd } from "../marked-text.ts";
import { type Place, refusal, textPlace } from "../place.ts";
import type { YamlBytes } from "./bytes.ts";
import { escapeDouble, isPrintableLine, requireKeyLength, requirePrintable } from "./characters.ts";

/** A scalar without quotes: its first byte, and behind its last. */
export interface PlainScalar {
  readonly start: number;
  readonly end: number;
  readonly inFlow: boolean;
}

/** Where a plain scalar outside of flow collections ends, blanks at its end not counted. It may take several lines. */
export function blockPlainEnd(text: YamlBytes, start: number, parent: number): number {
  let end = linePlainEnd(text, start, false);
  while (text.isLineEnd(text.skipBlanks(end))) {
    const lineStart = nextSolidLine(text, end);
    if (lineStart === -1) break;
    const first = text.skipSpaces(lineStart);
    const next = text.skipBlanks(first);
    if (first - lineStart <= parent || text.bytes[next] === 0x23 || text.isMarker(lineStart)) break;
    const lineEnd = linePlainEnd(text, next, false);
    if (text.isColonAt(text.skipBlanks(lineEnd), false)) break;
    end = lineEnd;
  }
  return end;
}

/** Where a plain scalar in a flow collection ends. */
export function flowPlainEnd(text: YamlBytes, start: number): number {
  let end = linePlainEnd(text, start, true);
  while (text.isLineEnd(text.skipBlanks(end))) {
    const next = text.skipSpaceAndLines(end);
    const isOver = next === text.bytes.length || text.isFlowIndicator(next) || text.isColonAt(next, true);
    if (isOver || text.bytes[next] === 0x23) break;
    end = linePlainEnd(text, next, true);
  }
  return end;
}

/** Settles the tokens of a plain scalar. */
export function settlePlain(marked: MarkedText, text: YamlBytes, { start, end, inFlow }: PlainScalar): void {
  if (!marked.hasTokenBefore(end)) return;
  const { bytes } = text;
  const { first, last } = solidRange(bytes, start, end);
  const isLong = bytes.subarray(start, end).includes(0x0a);
  const isKey = text.isColonAt(text.skipBlanks(end), inFlow);
  marked.settleEach(start, end, (token) => {
    if (token.start === start && token.end === end) return alonePlace(inFlow, isKey);
    const isFirst = first === -1 || first > token.start;
    return partPlace(bytes, token, { isFirst, isLast: last < token.end, isLong, inFlow, isKey });
  });
}

function linePlainEnd(text: YamlBytes, start: number, inFlow: boolean): number {
  const { bytes } = text;
  let at = start;
  for (; at < bytes.length; at++) {
    if (mayEndPlain[bytes[at]!] === 0) continue;
    if (text.isLineEnd(at) || text.isColonAt(at, inFlow) || text.isCommentAt(at)) break;
    if (inFlow && text.isFlowIndicator(at)) break;
  }
  return Math.max(trimmedEnd(text.bytes, start, at), start + 1);
}

const mayEndPlain = new Uint8Array(256);
for (const character of "\n\r:#,[]{}") mayEndPlain[character.charCodeAt(0)] = 1;

// The next line that is not blank; -1 when there is none.
function nextSolidLine(text: YamlBytes, end: number): number {
  let lineStart = text.lineEnd(end) + 1;
  while (lineStart < text.bytes.length) {
    const at = text.skipBlanks(lineStart);
    if (!text.isLineEnd(at)) return lineStart;
    lineStart = text.lineEnd(at) + 1;
  }
  return -1;
}

// A question mark only to some readers.
const meansInFlow = /[,[\]{}?]/;

function alonePlace(inFlow: boolean, isKey: boolean): Place {
  const where = isKey ? "a YAML key" : "a YAML value";
  return textPlace(where, (text) => {
    const isPlain = isPlainText(text) && !(inFlow && meansInFlow.test(text)) && !(isKey && text === "<<");
    const written = isPlain ? text : `"${escapeDouble(text)}"`;
    if (isKey) requireKeyLength(written);
    return written;
  });
}

// True for what reads back as itself in the place of a whole scalar; a number, boolean or null stays one.
function isPlainText(text: string): boolean {
  if (!isPrintableLine(text) || /^[ ?:,[\]{}#&*!|>'"%@`]|^-($|[\s,[\]{}])|^(---|\.\.\.)/.test(text)) return false;
  return text !== "" && !/: | #|[: ]$/.test(text);
}

// What is known of a token's place in a longer scalar.
interface PartFacts {
  /** Nothing but blanks and tokens stands before it, or behind it, in the scalar. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The scalar has several lines. */
  readonly isLong: boolean;
  readonly inFlow: boolean;
  readonly isKey: boolean;
}

function partPlace(bytes: Buffer, token: Token, { isFirst, isLast, isLong, inFlow, isKey }: PartFacts): Place {
  const where = "a YAML text without quotes";
  const before = bytes[token.start - 1];
  const after = isLast && bytes[token.end] !== filler ? undefined : bytes[token.end];
  const opensComment = before === filler || isBlank(before);
  const endsOpen = isLast || after === filler || isBlank(after);
  return textPlace(where, (text) => {
    requirePrintable(text, where);
    const isCut =
      // A tab is plain text by the book, but not to every reader.
      /[\n\t]|: | #/.test(text) ||
      (inFlow && meansInFlow.test(text)) ||
      (isFirst && /^[?:,[\]{}#&*!|>'"%@`]|^-($| )|^(---|\.\.\.)/.test(text)) ||
      (opensComment && text.startsWith("#")) ||
      (text.endsWith(":") && (endsOpen || (inFlow && isFlowIndicator(after)))) ||
      (text.startsWith(" ") && (isFirst || isLong || before === filler || isIndicator(before))) ||
      (text.endsWith(" ") && (isLast || isLong || after === filler || after === hash)) ||
      (text === "" && !canVanish());
    if (isCut) throw refusal(where, "it would be read as something else", "put quotes around the whole text");
    if (isKey) requireKeyLength(text);
    return text;
  });

  // Nothing in the place of the token must leave the text around it what it was.
  function canVanish(): boolean {
    if (isFirst || isLong || before === filler || isIndicator(before)) return false;
    return isBlank(before) ? !isLast && (isBlank(after) || isWord(after)) : true;
  }
}

const hash = 0x23;

// `-`, `?` and `:`, which mean something before a blank.
function isIndicator(byte: number | undefined): boolean {
  return byte === 0x2d || byte === 0x3f || byte === 0x3a;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isFlowIndicator(byte: number | undefined): boolean {
  return byte !== undefined && [0x2c, 0x5b, 0x5d, 0x7b, 0x7d].includes(byte);
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && byte !== filler && /\w/.test(String.fromCharCode(byte));
}
