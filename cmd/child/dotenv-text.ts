/**
 * A .env file as text with tokens: which parts of it are values, so that tokens are replaced where they stand and a value
 * of a store never meets the syntax of the file. Reads what the `dotenv` package reads, which keeps no places.
 */
import type { Piece } from "./text-pieces.ts";

/** One variable of the file. */
export interface DotenvVariable {
  readonly name: string;
  /** Its value: pieces of the file, by their index, and what an escape between them means. */
  readonly parts: readonly (number | string)[];
}

/** A file taken apart. */
export interface DotenvText {
  /** The last one of each name. */
  readonly variables: readonly DotenvVariable[];
  /** In the order of the file. With `end` behind them they are as long as it, and so are their lines. */
  readonly pieces: readonly Piece[];
  readonly end: string;
}

/** Line ends as the reader of `parseDotenv` takes them. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/** Takes a .env file apart; its lines end with a line feed (`withLineFeeds`). */
export function parseDotenv(text: string): DotenvText {
  const found = new Map<string, readonly Span[]>();
  for (const match of text.matchAll(assignment)) {
    const [whole, name = "", raw = ""] = match;
    const rawAt = match.indices?.[2]?.[0];
    // Nothing stands right behind the separator, not behind blanks and a comment.
    const nothingAt = match.index + whole.search(/[=:]/) + 1;
    found.set(name, spansOf(raw, rawAt ?? nothingAt));
  }
  const pieces: Piece[] = [];
  let copied = 0;
  // A name that comes again has its first place in the map, and its last value.
  const inOrder = [...found].toSorted(([, [left]], [, [right]]) => left!.start - right!.start);
  const variables = inOrder.map(([name, spans]): DotenvVariable => {
    const parts = spans.flatMap(({ start, end, behind }) => {
      // The marker takes the place of what stands right before a value: `=`, a quote, a blank, or an escape's last letter.
      pieces.push({ before: neutral(text.slice(copied, start - 1)), text: text.slice(start, end) });
      copied = end;
      return behind === undefined ? [pieces.length - 1] : [pieces.length - 1, behind];
    });
    return { name, parts };
  });
  return { variables, pieces, end: neutral(text.slice(copied)) };
}

// A name, `=` or `: `, and a value in quotes, over several lines perhaps, or up to a comment.
const assignment =
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm;

/** A part of a value as it stands in the file, and what the escape behind it means. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly behind?: string;
}

function spansOf(raw: string, at: number): readonly Span[] {
  const trimmed = raw.trim();
  const first = trimmed.charAt(0);
  const isQuoted = trimmed.length > 1 && `'"\``.includes(first) && trimmed.endsWith(first);
  const value = isQuoted ? trimmed.slice(1, -1) : trimmed;
  const valueStart = at + (trimmed === "" ? 0 : raw.indexOf(first)) + (isQuoted ? 1 : 0);
  const spans: Span[] = [];
  let start = 0;
  for (const escape of first === '"' ? value.matchAll(/\\[nr]/g) : []) {
    const behind = escape[0] === "\\n" ? "\n" : "\r";
    spans.push({ start: valueStart + start, end: valueStart + escape.index, behind });
    start = escape.index + 2;
  }
  return [...spans, { start: valueStart + start, end: valueStart + value.length }];
}

// What is no value must neither be a token nor go on with one; a comma does neither. Its length stays, and so do its lines.
function neutral(text: string): string {
  return text.replace(/[!-~\0]/g, ",");
}
