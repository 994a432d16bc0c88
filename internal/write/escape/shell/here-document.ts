/** Here-documents: `<<END`, `<<-END`, `<<'END'`. */
import type { Token } from "../../../token/token.ts";
import { filler, isBehindBackslash, lineEndFrom, type MarkedText } from "../marked-text.ts";
import { type Place, refusal, tiedPlace, unknownPlace } from "../place.ts";
import { skipBackticks, skipExpansion } from "./nested.ts";
import { shellPlace } from "./places.ts";

/** What the line of the command says about a here-document. */
export interface HereDocument {
  readonly delimiter: string;
  /** The delimiter is quoted, so that nothing in the document means anything. */
  readonly isRaw: boolean;
  /** `<<-`: tabs at the beginning of lines are taken off. */
  readonly dropsTabs: boolean;
  /** Behind the delimiter on the line of the command. */
  readonly headerEnd: number;
}

/** Reads `<<` and the delimiter behind it; undefined when that is not understood. */
export function readHereHeader(bytes: Buffer, start: number): HereDocument | undefined {
  const lineEnd = lineEndFrom(bytes, start);
  const line = bytes.toString("latin1", start, Math.min(lineEnd, start + maxHeaderBytes));
  const match = /^<<(-?)[ \t]*(?:'([^']+)'|"([^"$`\\]+)"|(\\?)([\w.!@%+-]+))(?=[\s;&|<>()]|$)/.exec(line);
  if (match === null) return undefined;
  const delimiter = match[2] ?? match[3] ?? match[5] ?? "";
  if (delimiter.includes(String.fromCharCode(filler))) return undefined;
  const isRaw = match[5] === undefined || match[4] === "\\";
  return { delimiter, isRaw, dropsTabs: match[1] === "-", headerEnd: start + match[0].length };
}

/** Settles the lines of a here-document that begins at an offset, and returns the offset behind its delimiter's line. */
export function readHereDocument(marked: MarkedText, start: number, document: HereDocument): number {
  const { bytes } = marked;
  const size = document.delimiter.length;
  let skippedTo = start;
  for (let lineStart = start; lineStart < bytes.length;) {
    const lineEnd = lineEndFrom(bytes, lineStart);
    let first = lineStart;
    while (document.dropsTabs && bytes[first] === 0x09) first++;
    if (lineEnd - first === size && bytes.toString("latin1", first, lineEnd) === document.delimiter) return lineEnd + 1;
    if (document.isRaw) {
      if (marked.hasTokenBefore(lineEnd)) {
        marked.settleEach(lineStart, lineEnd, linePlaces(bytes, first, lineEnd, document));
      }
    } else {
      skippedTo = settleExpandedLine(marked, Math.max(skippedTo, lineStart), first, lineEnd, document);
    }
    lineStart = lineEnd + 1;
  }
  return bytes.length;
}

const maxHeaderBytes = 1024;
const tiedToBackslash = tiedPlace("\\");
const tiedToDollar = tiedPlace("$");
const inDocument = "a here-document";

// Expansions within the line stay unknown; one may reach beyond its end, which is returned.
function settleExpandedLine(
  marked: MarkedText,
  from: number,
  first: number,
  lineEnd: number,
  document: HereDocument,
): number {
  const { bytes } = marked;
  const line = bytes.subarray(from, lineEnd);
  if (!marked.hasTokenBefore(lineEnd) && !line.includes(0x24) && !line.includes(0x60)) return from;
  const placeOf = linePlaces(bytes, first, lineEnd, document);
  for (let at = from; at < lineEnd; at++) {
    const byte = bytes[at];
    if (byte === 0x5c && bytes[at + 1] !== filler) at++;
    else if (byte === filler) {
      marked.settleEach(at, at + 1, (token) => {
        if (isBehindBackslash(bytes, token.start)) return tiedToBackslash;
        const isBehindDollar = bytes[token.start - 1] === 0x24 && !isBehindBackslash(bytes, token.start - 1);
        return isBehindDollar ? tiedToDollar : placeOf(token);
      });
    } else if (byte === 0x60 || (byte === 0x24 && (bytes[at + 1] === 0x28 || bytes[at + 1] === 0x7b))) {
      const end = byte === 0x60 ? skipBackticks(bytes, at) : skipExpansion(bytes, at + 1);
      if (end === -1) {
        marked.settle(at, bytes.length, unknownPlace);
        return bytes.length;
      }
      marked.settle(at, end, unknownPlace);
      if (end > lineEnd) return end;
      at = end - 1;
    }
  }
  return from;
}

// A line of the value must not be the delimiter, alone or together with what stands beside the token.
function linePlaces(bytes: Buffer, first: number, lineEnd: number, document: HereDocument): (token: Token) => Place {
  const { delimiter, isRaw, dropsTabs } = document;
  const line = bytes.subarray(first, lineEnd);
  const start = line.indexOf(filler);
  const end = line.lastIndexOf(filler) + 1;
  // Longer than the delimiter is as good as any length.
  const prefix = line.toString("latin1", 0, Math.min(start, delimiter.length + 1));
  const suffix = line.toString("latin1", Math.max(end, line.length - delimiter.length - 1));
  return (token) => {
    const isOnly = token.start === first + start && token.end === first + end;
    return shellPlace((text) => {
      const lines = text.split("\n");
      const bare = dropsTabs ? lines.map((each) => each.replace(/^\t+/, "")) : lines;
      const hint = "choose another delimiter for the here-document";
      const isDelimiter = bare.some((each, index) => {
        const before = index === 0 ? prefix : "";
        const after = index === lines.length - 1 ? suffix : "";
        // What other tokens on the line add is not known.
        const isSure = isOnly || (before === "" && after === "" && index > 0 && index < lines.length - 1);
        if (confusesDash(before + each, delimiter)) return true;
        if (isSure) return before + each + after === delimiter;
        return delimiter.startsWith(before) && delimiter.includes(each) && delimiter.endsWith(after);
      });
      if (isDelimiter) throw refusal(inDocument, "one of its lines may be the delimiter", hint);
      const losesTabs = dropsTabs && lines.some((each, index) => each.startsWith("\t") && (index > 0 || prefix === ""));
      if (losesTabs) throw refusal(inDocument, "tabs at its line starts would be lost", 'write "<<" instead of "<<-"');
      return isRaw ? text : text.replace(/[\\$`]/g, "\\$&");
    });
  };
}

// dash loses a byte beyond ASCII that stands directly behind a beginning of the delimiter.
function confusesDash(line: string, delimiter: string): boolean {
  let shared = 0;
  while (shared < delimiter.length && line[shared] === delimiter[shared]) shared++;
  return shared > 0 && line.charCodeAt(shared) >= 0x80;
}
