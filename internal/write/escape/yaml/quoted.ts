/** Scalars in single and double quotes. */
import type { Token } from "../../../token/token.ts";
import { closingQuote, filler, isBehindBackslash, type MarkedText } from "../marked-text.ts";
import { type Place, refusal, textPlace, tiedPlace } from "../place.ts";
import type { YamlBytes } from "./bytes.ts";
import { escapeDouble, requireKeyLength, requirePrintable } from "./characters.ts";

/**
 * Settles a scalar in quotes that begins at an offset, and returns where it ends; that is the end of the text when the
 * quote is never closed, and its tokens stay unknown. `parent` is the indentation of the collection around it.
 */
export function readQuoted(
  marked: MarkedText,
  text: YamlBytes,
  start: number,
  parent: number,
  inFlow: boolean,
): number {
  const { bytes } = text;
  const isDouble = bytes[start] === quote;
  const end = isDouble ? closingQuote(bytes, start + 1, quote) : closingApostrophe(bytes, start + 1);
  if (end === -1) return bytes.length;
  if (marked.hasTokenBefore(end)) {
    const isLong = bytes.subarray(start, end).includes(lineFeed);
    const colonAt = text.skipBlanks(end + 1);
    const isKey = bytes[colonAt] === 0x3a && (inFlow || text.isBlank(colonAt + 1));
    marked.settleEach(start + 1, end, (token) => {
      if (isDouble && isBehindBackslash(bytes, token.start)) return tied;
      const edges = edgesOf(bytes, token, isLong);
      if (isDouble && isKey) return doubleKeyPlace;
      if (isDouble) return isLong ? longDoublePlace(edges) : doublePlace;
      return singlePlace({ ...edges, isKey, indentation: " ".repeat(Math.max(parent, 0) + 2) });
    });
  }
  return end + 1;
}

const quote = 0x22;
const apostrophe = 0x27;
const lineFeed = 0x0a;
const tied = tiedPlace("\\");
const inDouble = "a YAML text in double quotes";
const inSingle = "a YAML text in single quotes";
const doublePlace: Place = textPlace(inDouble, escapeDouble);
const doubleKeyPlace: Place = textPlace(inDouble, (text) => {
  const written = escapeDouble(text);
  requireKeyLength(written);
  return written;
});

// What folding of lines does to the ends of a value.
interface Edges {
  /** Blanks at this end of the value would be lost. */
  readonly losesBlanksBefore: boolean;
  readonly losesBlanksBehind: boolean;
  /** A line end at this end of the value would take blanks beside it along, or may join one of another token. */
  readonly losesLinesBefore: boolean;
  readonly losesLinesBehind: boolean;
  /** The token has its line for itself, so that nothing in its place would be an empty line. */
  readonly isLine: boolean;
}

// Each run of blanks lies beside at most two tokens, so this is linear in the text.
function edgesOf(bytes: Buffer, { start, end }: Token, isLong: boolean): Edges {
  let first = start - 1;
  while (isBlank(bytes[first])) first--;
  let next = end;
  while (isBlank(bytes[next])) next++;
  const breaksBefore = bytes[first] === lineFeed;
  const breaksBehind = bytes[next] === lineFeed;
  return {
    losesBlanksBefore: breaksBefore || (isLong && bytes[first] === filler),
    losesBlanksBehind: breaksBehind || (isLong && bytes[next] === filler),
    losesLinesBefore: first !== start - 1 || breaksBefore || bytes[first] === filler,
    losesLinesBehind: next !== end || breaksBehind || bytes[next] === filler,
    isLine: isLong && (breaksBefore || bytes[first] === filler) && (breaksBehind || bytes[next] === filler),
  };
}

function longDoublePlace({ losesBlanksBefore, losesBlanksBehind, isLine }: Edges): Place {
  return textPlace(inDouble, (text) => {
    if (isLine && text === "") throw emptyLine(inDouble);
    let written = escapeDouble(text);
    if (losesBlanksBefore) written = written.replace(/^ /, "\\x20");
    if (losesBlanksBehind) written = written.replace(/ $/, "\\x20");
    return written;
  });
}

// Between the quotes a line feed is written as an empty line, and blanks beside it would be lost.
function singlePlace(facts: Edges & { readonly isKey: boolean; readonly indentation: string }): Place {
  const hint = "put double quotes around the token";
  return textPlace(inSingle, (text) => {
    requirePrintable(text, inSingle);
    if (facts.isLine && text === "") throw emptyLine(inSingle);
    const losesBlanks =
      (facts.losesBlanksBefore && /^[ \t]/.test(text)) || (facts.losesBlanksBehind && /[ \t]$/.test(text));
    if (losesBlanks) throw refusal(inSingle, "blanks at its ends would be lost", hint);
    const doubled = text.replaceAll("'", "''");
    if (facts.isKey) requireKeyLength(doubled);
    if (!text.includes("\n")) return doubled;
    if (facts.isKey) throw refusal(inSingle, "it holds a line feed, which a key cannot", hint);
    const losesLines =
      (facts.losesLinesBefore && text.startsWith("\n")) || (facts.losesLinesBehind && text.endsWith("\n"));
    if (losesLines || /[ \t]\n|\n[ \t]/.test(text))
      throw refusal(inSingle, "blanks beside its line feeds would be lost", hint);
    return doubled.replace(/\n+/g, (lineFeeds) => `${lineFeeds}\n${facts.indentation}`);
  });
}

function emptyLine(where: string): Error {
  return refusal(where, "it is empty and alone on its line", "put the token on a line with other text");
}

function closingApostrophe(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(apostrophe, start);
  while (at !== -1 && bytes[at + 1] === apostrophe) at = bytes.indexOf(apostrophe, at + 2);
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
