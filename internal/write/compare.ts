/**
 * Where a rendered text differs from what was written before: by token where the text between tokens is the same, by lines
 * elsewhere. No content leaves this, since both sides hold values. Called by the facade for `diff`.
 */
import { Buffer } from "node:buffer";
import { diffArrays } from "diff";
import type { Token } from "../token/token.ts";
import { clipPieces, matchPieces, type Piece, toPieces } from "./pieces.ts";
import type { TextOf } from "./splice.ts";

/** Lines of the existing text, from 1, both included. What would be added goes before the line `from`. */
export interface LineRange {
  readonly change: "changed" | "added" | "removed";
  readonly from: number;
  readonly to: number;
}

/** What differs; both are empty when nothing does. */
export interface TextComparison {
  /** In the order of the text. */
  readonly tokens: readonly Token[];
  /** Where text outside of tokens differs. */
  readonly lines: readonly LineRange[];
}

/** Compares `bytes` with its tokens replaced to `existing`. `tokens` are in the order of the text and do not overlap. */
export function compareSpliced(
  bytes: Uint8Array,
  tokens: readonly Token[],
  textOf: TextOf,
  existing: Uint8Array,
): TextComparison {
  const pieces = toPieces(bytes, tokens, textOf);
  const old = Buffer.from(existing.buffer, existing.byteOffset, existing.byteLength);
  const changed = matchPieces(pieces, old, { keepsLines: true });
  if (changed !== undefined) return { tokens: inOrder(changed, tokens), lines: [] };
  const comparison = { changed: new Set<Token>(), lines: [] as LineRange[] };
  const rendered = Buffer.concat(pieces.map((piece) => piece.bytes));
  for (const hunk of hunksOf(linesOf(old), linesOf(rendered))) compareHunk(hunk, pieces, rendered, old, comparison);
  return { tokens: inOrder(comparison.changed, tokens), lines: comparison.lines };
}

/** Beyond so many lines that differ it is no use to look for those that do not. */
const maxEdits = 1_000;

/** A text cut behind each line feed. */
interface Lines {
  readonly texts: readonly string[];
  /** Where each begins, and the end of the text. */
  readonly starts: readonly number[];
}

/** Lines of the one that stand where those of the other do: numbers from 0, ends not included. */
interface Hunk {
  readonly old: { readonly lines: Lines; readonly from: number; readonly to: number };
  readonly rendered: { readonly lines: Lines; readonly from: number; readonly to: number };
}

interface Draft {
  readonly changed: Set<Token>;
  readonly lines: LineRange[];
}

function linesOf(text: Buffer): Lines {
  const texts: string[] = [];
  const starts = [0];
  for (let at = 0; at < text.length;) {
    const lineFeed = text.indexOf(0x0a, at);
    const end = lineFeed === -1 ? text.length : lineFeed + 1;
    texts.push(text.toString("latin1", at, end));
    starts.push(end);
    at = end;
  }
  return { texts, starts };
}

function hunksOf(old: Lines, rendered: Lines): readonly Hunk[] {
  const whole = { old: { from: 0, to: old.texts.length }, rendered: { from: 0, to: rendered.texts.length } };
  const parts = diffArrays([...old.texts], [...rendered.texts], { maxEditLength: maxEdits });
  const found: (typeof whole)[] = parts === undefined ? [whole] : [];
  let [oldAt, renderedAt] = [0, 0];
  let isOpen = false;
  for (const { added, removed, count } of parts ?? []) {
    if (added || removed) {
      if (!isOpen) found.push({ old: { from: oldAt, to: oldAt }, rendered: { from: renderedAt, to: renderedAt } });
      const hunk = found.at(-1)!;
      if (removed) hunk.old.to = oldAt + count;
      else hunk.rendered.to = renderedAt + count;
    }
    isOpen = added || removed;
    if (!added) oldAt += count;
    if (!removed) renderedAt += count;
  }
  return found.map((hunk) => ({
    old: { lines: old, from: hunk.old.from, to: hunk.old.to },
    rendered: { lines: rendered, from: hunk.rendered.from, to: hunk.rendered.to },
  }));
}

function compareHunk(hunk: Hunk, pieces: readonly Piece[], rendered: Buffer, old: Buffer, draft: Draft): void {
  const start = hunk.rendered.lines.starts[hunk.rendered.from]!;
  const end = hunk.rendered.lines.starts[hunk.rendered.to]!;
  const within = clipPieces(pieces, start, end, rendered.length);
  const before = old.subarray(hunk.old.lines.starts[hunk.old.from], hunk.old.lines.starts[hunk.old.to]);
  const changed =
    matchPieces(within, before, { keepsLines: true }) ?? matchPieces(within, before, { keepsLines: false });
  if (changed !== undefined) {
    for (const token of changed) draft.changed.add(token);
    return;
  }
  const count = hunk.old.to - hunk.old.from;
  if (count > 1 && count === hunk.rendered.to - hunk.rendered.from) {
    for (let index = 0; index < count; index++) compareHunk(lineOf(hunk, index), pieces, rendered, old, draft);
    return;
  }
  draft.lines.push(toLineRange(hunk));
  // Its line is another one: a token counts as changed when its value stands nowhere in what was there.
  for (const { token, bytes } of within) {
    if (token !== undefined && !before.includes(bytes)) draft.changed.add(token);
  }
}

function lineOf({ old, rendered }: Hunk, index: number): Hunk {
  return {
    old: { lines: old.lines, from: old.from + index, to: old.from + index + 1 },
    rendered: { lines: rendered.lines, from: rendered.from + index, to: rendered.from + index + 1 },
  };
}

function toLineRange({ old, rendered }: Hunk): LineRange {
  if (old.from === old.to) return { change: "added", from: old.from + 1, to: old.from + 1 };
  const change = rendered.from === rendered.to ? "removed" : "changed";
  return { change, from: old.from + 1, to: old.to };
}

function inOrder(changed: ReadonlySet<Token>, tokens: readonly Token[]): readonly Token[] {
  return changed.size === 0 ? [] : tokens.filter((token) => changed.has(token));
}
