import { Buffer } from "node:buffer";

/** A text in which tokens are replaced, and what stands before it in the file that it comes from. */
export interface Piece {
  /** Without what could begin a token or end one that is not closed; `marker` follows. */
  readonly before: string;
  readonly text: string;
}

/** One byte that no variable can hold, and that ends a token. */
const marker = "\0";

/**
 * Several texts as one input, so that places are those of the file and every store is asked once: a marker before each, and
 * `end` behind the last.
 */
export function joinPieces(pieces: readonly Piece[], end: string): Buffer {
  return Buffer.from(pieces.map(({ before, text }) => before + marker + text).join("") + end);
}

/** The rendered texts of pieces that were joined; undefined when they do not come apart again, because one holds a marker. */
export function splitPieces(output: Buffer, pieces: readonly Piece[], end: string): readonly Buffer[] | undefined {
  const parts = splitAtMarkers(output);
  if (parts.length !== pieces.length + 1) return undefined;
  return pieces.map((_, index) => {
    const part = parts[index + 1]!;
    const behind = pieces[index + 1]?.before ?? end;
    return part.subarray(0, part.length - Buffer.byteLength(behind));
  });
}

function splitAtMarkers(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(marker); at !== -1; at = bytes.indexOf(marker, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return [...parts, bytes.subarray(start)];
}
