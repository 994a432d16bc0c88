import { Buffer } from "node:buffer";
import { type Automaton, createAutomaton, maxTextBytes } from "./automaton.ts";
import { createStartFilter, type StartFilter } from "./start-filter.ts";

/** Takes texts out of a stream of bytes. */
export interface Masker {
  /**
   * What can be handed on once these bytes are there, in order. Views of the chunk, for the most part: it must not change
   * before they are used. At most 1023 bytes are held back, and only while they may be the beginning of a text.
   */
  readonly write: (chunk: Uint8Array) => readonly Uint8Array[];
  /** What was held back, at the end of the stream. */
  readonly end: () => readonly Uint8Array[];
}

/**
 * How maskers of these texts are made, one for each stream: `***` takes the place of every text, and of texts that overlap or
 * touch each other, one for all of them. No byte of a text gets through, wherever the chunks are cut, and the result is the
 * same for every cut.
 *
 * Texts have at least four bytes. One of more than 1024 is masked in pieces, also where a piece stands alone. Takes time in
 * proportion to the bytes, and memory to the texts.
 */
export function prepareMasker(texts: readonly Uint8Array[]): () => Masker {
  const pieces = texts.flatMap(piecesOf);
  if (pieces.length === 0) {
    return () => ({ write: (chunk) => (chunk.length === 0 ? [] : [chunk]), end: () => [] });
  }
  const automaton = createAutomaton(pieces);
  const filter = createStartFilter(pieces);
  return () => createMasker(automaton, filter);
}

function createMasker({ step, depth, matchBytes }: Automaton, { windowBytes, next }: StartFilter): Masker {
  const found = createRuns();
  let state = 0;
  let held: Uint8Array = new Uint8Array();

  const read = (chunk: Uint8Array): void => {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lastWindow = chunk.length - windowBytes;
    let start = -held.length;
    for (let at = 0; at < chunk.length;) {
      if (state === 0) {
        at = next(view, at);
        start = at;
      }
      while (at < chunk.length) {
        state = step(state, chunk[at++]!);
        const matched = matchBytes[state]!;
        if (matched !== 0) found.add(at - matched, at);
        const begun = at - depth[state]!;
        // Hardly begun, and later than the last time: from there on the filter is quicker.
        if (begun > start && begun >= 0 && begun <= lastWindow && at - begun < rereadBytes) {
          at = begun;
          state = 0;
          break;
        }
      }
    }
  };

  // Hands on all before `decided`, places counted from the beginning of the chunk, and keeps the rest.
  const handOn = (chunk: Uint8Array, decided: number): Uint8Array[] => {
    const parts: Uint8Array[] = [];
    found.cut(
      -held.length,
      decided,
      (from, to) => {
        if (from < 0) parts.push(held.subarray(held.length + from, held.length + Math.min(to, 0)));
        if (to > 0) parts.push(chunk.subarray(Math.max(from, 0), to));
      },
      () => parts.push(mask),
    );
    const rest = chunk.subarray(Math.max(decided, 0));
    held = decided < 0 ? Buffer.concat([held.subarray(held.length + decided), rest]) : Buffer.from(rest);
    found.moveBy(-chunk.length);
    return parts;
  };

  return {
    write(chunk) {
      read(chunk);
      return handOn(chunk, chunk.length - depth[state]!);
    },
    end() {
      state = 0;
      return handOn(new Uint8Array(), 0);
    },
  };
}

const mask = Buffer.from("***");

/** How many bytes are read a second time at most when the filter takes over; no text is shorter than one more. */
const rereadBytes = 4;

// The last piece goes back from the end, so that each is as telling as the others. Where the whole text stands they touch.
function piecesOf(text: Uint8Array): readonly Uint8Array[] {
  if (text.length <= maxTextBytes) return [text];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at + maxTextBytes < text.length; at += maxTextBytes) {
    pieces.push(text.subarray(at, at + maxTextBytes));
  }
  return [...pieces, text.subarray(text.length - maxTextBytes)];
}

/** Ranges that are to be masked, ascending; those that overlap or touch are one. */
interface Runs {
  /** Adds a range that ends behind all others. */
  readonly add: (start: number, end: number) => void;
  /** Goes through all between `from` and `to` and forgets it: what stays, and once for each range that does not. */
  readonly cut: (from: number, to: number, keep: (from: number, to: number) => void, mask: () => void) => void;
  readonly moveBy: (offset: number) => void;
}

function createRuns(): Runs {
  let runs: { start: number; end: number }[] = [];
  // Up to where the last mask that was handed on stands; a range from there on belongs to it.
  let maskedTo: number | undefined;
  return {
    add(start, end) {
      while (runs.length > 0 && runs.at(-1)!.start >= start) runs.pop();
      const last = runs.at(-1);
      if (last !== undefined && last.end >= start) last.end = end;
      else runs.push({ start, end });
    },
    cut(from, to, keep, mask) {
      let at = from;
      let done = 0;
      for (const run of runs) {
        if (run.start >= to) break;
        if (run.start > at) keep(at, run.start);
        if (maskedTo !== run.start) mask();
        at = Math.min(run.end, to);
        maskedTo = at;
        if (run.end > to) {
          run.start = to;
          break;
        }
        done++;
      }
      runs = done === 0 ? runs : runs.slice(done);
      if (at < to) keep(at, to);
    },
    moveBy(offset) {
      for (const run of runs) {
        run.start += offset;
        run.end += offset;
      }
      if (maskedTo !== undefined) maskedTo += offset;
    },
  };
}
