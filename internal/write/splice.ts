/**
 * Splicing: a text with its tokens replaced, by place and in one pass. What goes in is never looked at again.
 * Nothing here knows what a store is. Called by the facade; the result goes to `writeOutputFile` or to a stream.
 */
import type { Token } from "../token/token.ts";

/** What is written in the place of a token; undefined leaves it in the text as it is. */
export type TextOf = (token: Token) => Uint8Array | undefined;

/** A spliced text, made anew each time it is iterated. */
export interface SplicedBlocks extends Iterable<Uint8Array> {
  /** Length of the whole; counted when it is read, so a one-pass stream does not pay for it. */
  readonly byteLength: number;
  /** Tokens of the text, those that stay among them. */
  readonly tokenCount: number;
}

/** Bytes in a block, and from how many bytes on a part is handed on as it is. */
const blockBytes = 1024 * 1024;
const bigPartBytes = 32 * 1024;
/** Texts below it are counted first, and get a buffer that fits: many small ones would pay for a block each. */
const smallTextBytes = 64 * 1024;

/**
 * The text with its tokens replaced, in blocks: small parts are gathered in one buffer of 1 MiB, big ones are slices of
 * the input or the value. Holds nothing but that buffer.
 *
 * A block is valid only until the next one is taken: write or copy it before. May be iterated again and then gives
 * equal bytes, as long as `textOf` does. `tokens` are in the order of the text and do not overlap.
 */
export function spliceBlocks(bytes: Uint8Array, tokens: readonly Token[], textOf: TextOf): SplicedBlocks {
  const byteLength = (): number => {
    let length = bytes.length;
    for (const token of tokens) {
      const text = textOf(token);
      if (text !== undefined) length += text.length - (token.end - token.start);
    }
    return length;
  };
  const bufferBytes = (): number => (bytes.length < smallTextBytes ? Math.min(byteLength(), blockBytes) : blockBytes);
  return {
    [Symbol.iterator]: () => blocksOf(bytes, tokens, textOf, bufferBytes),
    get byteLength() {
      return byteLength();
    },
    tokenCount: tokens.length,
  };
}

/** The whole spliced text as one array. */
export function splice(bytes: Uint8Array, tokens: readonly Token[], textOf: TextOf): Uint8Array {
  const blocks = spliceBlocks(bytes, tokens, textOf);
  const whole = new Uint8Array(blocks.byteLength);
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

function* blocksOf(
  bytes: Uint8Array,
  tokens: readonly Token[],
  textOf: TextOf,
  bufferBytes: () => number,
): Generator<Uint8Array, void> {
  if (tokens.length === 0) {
    if (bytes.length > 0) yield bytes;
    return;
  }
  const block = new Uint8Array(bufferBytes());
  let used = 0;
  let copied = 0;
  for (let index = 0; index <= tokens.length; index++) {
    const token = tokens[index];
    const text = token === undefined ? undefined : textOf(token);
    // A token that stays is part of the gap that the next one ends.
    if (token !== undefined && text === undefined) continue;
    const gapEnd = token?.start ?? bytes.length;
    if (gapEnd - copied >= bigPartBytes) {
      if (used > 0) yield block.subarray(0, used);
      used = 0;
      yield bytes.subarray(copied, gapEnd);
    } else {
      if (used + gapEnd - copied > block.length) {
        yield block.subarray(0, used);
        used = 0;
      }
      used = copyInto(block, used, bytes, copied, gapEnd);
    }
    if (token === undefined || text === undefined) continue;
    copied = token.end;
    if (text.length >= bigPartBytes) {
      if (used > 0) yield block.subarray(0, used);
      used = 0;
      yield text;
    } else {
      if (used + text.length > block.length) {
        yield block.subarray(0, used);
        used = 0;
      }
      used = copyInto(block, used, text, 0, text.length);
    }
  }
  if (used > 0) yield block.subarray(0, used);
}

// Below some dozens of bytes a loop is quicker than the call that `set` and `subarray` make.
function copyInto(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  if (end - start > 48) {
    to.set(from.subarray(start, end), at);
    return at + end - start;
  }
  let next = at;
  for (let index = start; index < end; index++) to[next++] = from[index]!;
  return next;
}
