/** Block scalars: `|` and `>`. */
import { filler, type MarkedText, solidRange } from "../marked-text.ts";
import { blockPlace, type Chomping } from "./block-place.ts";
import type { YamlBytes } from "./bytes.ts";

/**
 * Settles a block scalar whose header begins at an offset, and returns the end of its last line; -1 when that is no
 * header. `parent` is the indentation of the collection around it.
 */
export function readBlock(marked: MarkedText, text: YamlBytes, start: number, parent: number): number {
  const headerEnd = text.lineEnd(start);
  const header = /^[|>](?:([1-9])?([+-])?|([+-])([1-9]))[ \t]*(?:(?<=[ \t])#.*)?\r?$/.exec(
    text.bytes.toString("latin1", start, headerEnd),
  );
  if (header === null) return -1;
  const digit = header[1] ?? header[4];
  const chomping: Chomping = chompingOf[header[2] ?? header[3] ?? ""]!;
  const isFolded = text.bytes[start] === 0x3e;

  const first = firstContentLine(text, headerEnd + 1);
  const detected = first === -1 ? 0 : text.skipSpaces(first) - first;
  const indentation = digit === undefined ? detected : Math.max(parent, 0) + Number(digit);
  if (first === -1 || indentation <= parent || !holds(text, first, indentation)) return headerEnd;
  const last = lastContentLine(text, first, indentation);

  for (let lineStart = first; lineStart <= last;) {
    const lineEnd = text.lineEnd(lineStart);
    if (marked.hasTokenBefore(lineEnd)) {
      const contentStart = lineStart + indentation;
      const solid = solidRange(text.bytes, contentStart, lineEnd);
      const isFirstLine = lineStart === first && digit === undefined;
      const isMoreIndented = text.isBlank(contentStart);
      const isLastLine = lineStart === last;
      marked.settleEach(contentStart, lineEnd, (token) =>
        blockPlace({
          isFolded,
          chomping,
          indentation,
          isMoreIndented,
          setsIndentation: isFirstLine,
          isLastLine,
          startsLine: solid.first === -1 || solid.first > token.start,
          endsLine: text.isLineEnd(token.end),
          mayEndLine: solid.last < token.end,
          isWhole: first === last && token.start === contentStart && text.isLineEnd(token.end),
          isBesideToken: text.bytes[token.start - 1] === filler || text.bytes[token.end] === filler,
          isBeforeBlank: text.isBlank(token.end),
        }),
      );
    }
    lineStart = lineEnd + 1;
  }
  return text.lineEnd(last);
}

const chompingOf: Readonly<Record<string, Chomping>> = { "": "clip", "-": "strip", "+": "keep" };

function firstContentLine(text: YamlBytes, from: number): number {
  for (let lineStart = from; lineStart < text.bytes.length;) {
    const at = text.skipSpaces(lineStart);
    if (!text.isLineEnd(at)) return lineStart;
    lineStart = text.lineEnd(at) + 1;
  }
  return -1;
}

// True for a line that belongs to the block by its indentation.
function holds(text: YamlBytes, lineStart: number, indentation: number): boolean {
  if (indentation === 0) return !text.isMarker(lineStart);
  return text.skipSpaces(lineStart) - lineStart >= indentation;
}

function lastContentLine(text: YamlBytes, first: number, indentation: number): number {
  let last = first;
  for (let lineStart = text.lineEnd(first) + 1; lineStart < text.bytes.length;) {
    const isEmpty = text.isLineEnd(text.skipSpaces(lineStart));
    if (!isEmpty && !holds(text, lineStart, indentation)) break;
    if (!isEmpty) last = lineStart;
    lineStart = text.lineEnd(lineStart) + 1;
  }
  return last;
}
