/** From byte offsets to lines and columns, as people and editors count them. */
import type { Place } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import { bufferOf, sequenceLength } from "./utf8.ts";

/** Places of one input. */
export interface PlaceFinder {
  /** The place of a byte range; quick for ascending offsets, and never reads more than 64 KiB again for others. */
  readonly place: (start: number, end: number) => Place;
}

/** A finder for one input; `file` as the user named it. It keeps one mark for each 64 KiB, no index of the lines. */
export function createPlaceFinder(bytes: Uint8Array, file?: string): PlaceFinder {
  const buffer = bufferOf(bytes);
  // Ascending, at most one for each 64 KiB, and the last one asked for.
  const marks: Mark[] = [{ at: 0, line: 1, column: 1 }];
  let last = marks[0]!;
  const markFor = (offset: number): Mark => {
    let mark = last.at <= offset ? last : lastMarkBefore(marks, offset);
    while (offset - mark.at > markEveryBytes) {
      mark = advance(buffer, mark, mark.at + markEveryBytes);
      if (mark.at > marks.at(-1)!.at) marks.push(mark);
    }
    last = advance(buffer, mark, offset);
    return last;
  };
  return {
    place(start, end) {
      const { line, column } = markFor(start);
      return { ...(file === undefined ? {} : { file }), line, column, start, end };
    },
  };
}

/** A piece of a line for people to look at. */
export interface LineExcerpt {
  /** At most about 160 characters around the place, control characters escaped, what was left off as an ellipsis. */
  readonly text: string;
  /** From 1, in UTF-16 units of `text`: under which the caret goes. */
  readonly caretColumn: number;
}

/** The part of the line that a place is in; never reads more than a few hundred bytes of it. */
export function lineAt(bytes: Uint8Array, place: Place): LineExcerpt {
  const buffer = bufferOf(bytes);
  const at = Math.min(place.start, buffer.length);
  const lineFeedBefore = at === 0 ? -1 : buffer.subarray(Math.max(0, at - maxBytesBefore), at).lastIndexOf(lineFeed);
  const lineStart =
    lineFeedBefore === -1 ? Math.max(0, at - maxBytesBefore) : Math.max(0, at - maxBytesBefore) + lineFeedBefore + 1;
  const before = charactersOf(buffer, lineStart, at);
  const isCutBefore = (lineStart > 0 && buffer[lineStart - 1] !== lineFeed) || before.length > maxCharactersBefore;
  const lineFeedBehind = buffer.subarray(at, at + maxBytesBehind).indexOf(lineFeed);
  const lineEnd = lineFeedBehind === -1 ? Math.min(buffer.length, at + maxBytesBehind) : at + lineFeedBehind;
  const behind = charactersOf(buffer, at, lineEnd);
  const isCutBehind = (lineEnd < buffer.length && buffer[lineEnd] !== lineFeed) || behind.length > maxCharactersBehind;
  const shownBefore = `${isCutBefore ? "…" : ""}${escapeControls(before.slice(-maxCharactersBefore).join(""))}`;
  const shownBehind = escapeControls(behind.slice(0, maxCharactersBehind).join("").replace(/\r$/, ""));
  return { text: `${shownBefore}${shownBehind}${isCutBehind ? "…" : ""}`, caretColumn: shownBefore.length + 1 };
}

interface Mark {
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

const lineFeed = 0x0a;
const markEveryBytes = 65_536;
const maxCharactersBefore = 60;
const maxCharactersBehind = 100;
const maxBytesBefore = maxCharactersBefore * 4;
const maxBytesBehind = maxCharactersBehind * 4;

function lastMarkBefore(marks: readonly Mark[], offset: number): Mark {
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (marks[middle]!.at <= offset) low = middle;
    else high = middle - 1;
  }
  return marks[low]!;
}

// Counts on from a mark. A sequence that an offset lies within is counted when its end is passed, so marks may be
// anywhere: `at` is then where that sequence begins.
function advance(bytes: Buffer, from: Mark, offset: number): Mark {
  let { at, line, column } = from;
  // A view, so that on an endless line no search runs further than was asked for.
  const passed = bytes.subarray(at, offset);
  for (let next = passed.indexOf(lineFeed); next !== -1; next = passed.indexOf(lineFeed, next + 1)) {
    at = from.at + next + 1;
    line++;
    column = 1;
  }
  while (at < offset) {
    const length = Math.max(1, sequenceLength(bytes, at));
    if (at + length > offset && length > 1) break;
    if (at > 0 || !hasByteOrderMark(bytes)) column++;
    at += length;
  }
  return { at, line, column };
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

// One for each code point or invalid byte; a byte order mark at the beginning is none.
function charactersOf(bytes: Buffer, start: number, end: number): string[] {
  const characters: string[] = [];
  for (let at = start === 0 && hasByteOrderMark(bytes) ? 3 : start; at < end;) {
    const length = sequenceLength(bytes, at);
    characters.push(length === 0 ? "\ufffd" : bytes.toString("utf8", at, at + length));
    at += Math.max(1, length);
  }
  return characters;
}
