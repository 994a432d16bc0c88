/** A rendered text as the pieces that it is made of: text, and values in the place of tokens. */
import { Buffer } from "node:buffer";
import type { Token } from "../token/token.ts";
import type { TextOf } from "./splice.ts";

/** One of them. */
export interface Piece {
  /** Where it begins in the rendered text. */
  readonly start: number;
  readonly bytes: Buffer;
  /** Undefined of text outside of tokens, and of a token that stays. */
  readonly token: Token | undefined;
}

/** The pieces of a text; no two texts stand side by side, and no text is empty. */
export function toPieces(bytes: Uint8Array, tokens: readonly Token[], textOf: TextOf): readonly Piece[] {
  const source = toBuffer(bytes);
  const pieces: Piece[] = [];
  let [copied, start] = [0, 0];
  const add = (part: Buffer, token: Token | undefined): void => {
    if (part.length === 0 && token === undefined) return;
    pieces.push({ start, bytes: part, token });
    start += part.length;
  };
  for (const token of tokens) {
    const text = textOf(token);
    if (text === undefined) continue;
    add(source.subarray(copied, token.start), undefined);
    add(toBuffer(text), token);
    copied = token.end;
  }
  add(source.subarray(copied), undefined);
  return pieces;
}

/**
 * What of the pieces lies between two offsets of the rendered text, which is `length` bytes long. An empty range has the
 * value that it lies within.
 */
export function clipPieces(pieces: readonly Piece[], start: number, end: number, length: number): readonly Piece[] {
  const clipped: Piece[] = [];
  for (let index = firstEndingAt(pieces, start); index < pieces.length; index++) {
    const piece = pieces[index]!;
    const pieceEnd = piece.start + piece.bytes.length;
    if (piece.start > end || (piece.start === end && end < length)) break;
    const isWithin = piece.start < end && pieceEnd > start;
    const isAround = start === end && piece.start < start && pieceEnd > end;
    // An empty value at the end of a range belongs to what follows, unless nothing does.
    const isEmptyValue = piece.bytes.length === 0 && piece.start >= start;
    if (!isWithin && !isAround && !isEmptyValue) continue;
    const from = Math.max(start, piece.start);
    const bytes = piece.bytes.subarray(from - piece.start, Math.max(0, Math.min(end, pieceEnd) - piece.start));
    clipped.push({ start: from, bytes, token: piece.token });
  }
  return clipped;
}

/** How values of an older text are told from text. */
export interface MatchOptions {
  /** Where a value has no line feed now, it had none: what follows on more lines is text that is there no longer. */
  readonly keepsLines: boolean;
}

/**
 * The tokens whose values are others in `old`, when all text outside of tokens is there in its order and nothing else is;
 * undefined when it is not.
 */
export function matchPieces(
  pieces: readonly Piece[],
  old: Buffer,
  options: MatchOptions,
): ReadonlySet<Token> | undefined {
  return (
    match(pieces, old, { ...options, prefersSame: true }) ?? match(pieces, old, { ...options, prefersSame: false })
  );
}

// With `prefersSame` a value that stands where it is looked for ends there; else each ends where the text behind it is
// found first, which finds a match whenever there is one.
interface MatchRules extends MatchOptions {
  readonly prefersSame: boolean;
}

function match(pieces: readonly Piece[], old: Buffer, rules: MatchRules): ReadonlySet<Token> | undefined {
  const changed = new Set<Token>();
  let at = 0;
  for (let index = 0; index < pieces.length;) {
    const values: Piece[] = [];
    for (; index < pieces.length && pieces[index]!.token !== undefined; index++) values.push(pieces[index]!);
    const text = pieces[index++];
    const found = endOfValues(values, text?.bytes, old, at, index >= pieces.length, rules);
    if (found === undefined) return undefined;
    const was = old.subarray(at, found);
    if (rules.keepsLines && was.includes(lineFeed) && !values.some(({ bytes }) => bytes.includes(lineFeed))) {
      return undefined;
    }
    noteChanged(values, was, changed);
    at = found + (text?.bytes.length ?? 0);
  }
  return at === old.length ? changed : undefined;
}

const lineFeed = 0x0a;

// Where the values end that begin at `at`, and the text behind them begins.
function endOfValues(
  values: readonly Piece[],
  text: Buffer | undefined,
  old: Buffer,
  at: number,
  isLast: boolean,
  { prefersSame }: MatchRules,
): number | undefined {
  if (text === undefined) return old.length;
  const isAt = (offset: number): boolean =>
    offset >= at &&
    offset + text.length <= old.length &&
    old.compare(text, 0, text.length, offset, offset + text.length) === 0;
  if (values.length === 0) return isAt(at) ? at : undefined;
  const same = Buffer.concat(values.map(({ bytes }) => bytes));
  const isSame = prefersSame && old.subarray(at, at + same.length).equals(same) && isAt(at + same.length);
  if (isSame && (!isLast || at + same.length + text.length === old.length)) return at + same.length;
  if (isLast) return isAt(old.length - text.length) ? old.length - text.length : undefined;
  const found = old.indexOf(text, at);
  return found === -1 ? undefined : found;
}

// Values that stand side by side share what was there: those at both ends that are the same are not changed.
function noteChanged(values: readonly Piece[], was: Buffer, changed: Set<Token>): void {
  let [first, last, start, end] = [0, values.length, 0, was.length];
  while (first < last && startsWith(was.subarray(start, end), values[first]!.bytes))
    start += values[first++]!.bytes.length;
  if (first === last && start === end) return;
  // The last one that seemed the same may be the beginning of a longer one.
  if (first === last) first--;
  while (last > first + 1 && endsWith(was.subarray(start, end), values[last - 1]!.bytes)) {
    end -= values[--last]!.bytes.length;
  }
  for (const { token } of values.slice(first, last)) changed.add(token!);
}

function startsWith(whole: Buffer, part: Buffer): boolean {
  return whole.subarray(0, part.length).equals(part);
}

function endsWith(whole: Buffer, part: Buffer): boolean {
  return whole.length >= part.length && whole.subarray(whole.length - part.length).equals(part);
}

function firstEndingAt(pieces: readonly Piece[], start: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { start: from, bytes } = pieces[middle]!;
    if (from + bytes.length < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
