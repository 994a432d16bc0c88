/** Text that takes the place of what stands from `start` to `end`, both offsets in the text before. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A splice that only adds. */
export function insertAt(offset: number, text: string): Splice {
  return { start: offset, end: offset, text };
}

/** Applies splices that are in order and do not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let at = 0;
  const parts = splices.flatMap((splice) => {
    const kept = text.slice(at, splice.start);
    at = splice.end;
    return [kept, splice.text];
  });
  return parts.join("") + text.slice(at);
}
