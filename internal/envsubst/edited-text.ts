/** A copy of a text with some ranges replaced, which still knows where each byte came from. */
export interface EditedText {
  /** Copies a range of the source as it is. */
  readonly copy: (start: number, end: number) => void;
  /** Writes bytes that are not in the source; only within an edit. */
  readonly put: (bytes: Buffer) => void;
  /** What is written from here on stands for the source from `start`; an edit within an edit counts as the outer one. */
  readonly beginEdit: (start: number) => void;
  /** Ends an edit: it stands for the source up to `end`. */
  readonly endEdit: (end: number) => void;
  readonly isEdited: () => boolean;
  /** The whole text; nothing may be written afterwards. */
  readonly finish: () => Buffer;
  /** The range of the source that a range of this text stands for; a part of an edit stands for all of it. */
  readonly originalRange: (start: number, end: number) => { readonly start: number; readonly end: number };
}

/** An empty copy. Until the first edit it must be written as the source is, from its beginning, and takes no memory. */
export function createEditedText(source: Buffer): EditedText {
  const edits: Edit[] = [];
  let depth = 0;
  let written: Buffer | undefined;
  let length = 0;

  const reserve = (more: number): Buffer => {
    if (written === undefined) {
      written = Buffer.allocUnsafe(Math.max(source.length, length + more));
      source.copy(written, 0, 0, length);
    } else if (length + more > written.length) {
      const larger = Buffer.allocUnsafe(Math.max(Math.ceil(written.length * 1.5), length + more));
      written.copy(larger, 0, 0, length);
      written = larger;
    }
    return written;
  };

  return {
    copy(start, end) {
      if (end <= start) return;
      if (edits.length > 0) source.copy(reserve(end - start), length, start, end);
      length += end - start;
    },
    put(bytes) {
      bytes.copy(reserve(bytes.length), length);
      length += bytes.length;
    },
    beginEdit(start) {
      if (depth === 0) edits.push({ start: length, end: length, originalStart: start, originalEnd: start });
      depth++;
    },
    endEdit(end) {
      depth--;
      const edit = edits.at(-1);
      if (depth > 0 || edit === undefined) return;
      edit.end = length;
      edit.originalEnd = end;
    },
    isEdited: () => edits.length > 0,
    finish: () => reserve(0).subarray(0, length),
    originalRange(start, end) {
      const first = originalOf(edits, start);
      if (end <= start) return { start: first.start, end: first.start };
      return { start: first.start, end: originalOf(edits, end - 1).end };
    },
  };
}

interface Edit {
  readonly start: number;
  end: number;
  readonly originalStart: number;
  originalEnd: number;
}

// What one byte of the text stands for: itself, or the whole of the edit that it is in.
function originalOf(edits: readonly Edit[], at: number): { readonly start: number; readonly end: number } {
  let low = 0;
  let high = edits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edits[middle]!.start <= at) low = middle + 1;
    else high = middle;
  }
  const edit = edits[low - 1];
  if (edit === undefined) return { start: at, end: at + 1 };
  if (at < edit.end) return { start: edit.originalStart, end: edit.originalEnd };
  const start = edit.originalEnd + at - edit.end;
  return { start, end: start + 1 };
}
