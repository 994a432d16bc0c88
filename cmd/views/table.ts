/** Many rows on stdout: as a table for people, or as JSON for programs; in blocks, so that no line is a write of its own. */
import { escapeControls, jsonText } from "../../internal/errors/redact.ts";

const linesPerBlock = 1000;

/** A table with a line of titles; nothing at all when there is no row. What could move the cursor is escaped. */
export function* tableInBlocks(titles: readonly string[], rows: readonly (readonly string[])[]): Iterable<string> {
  if (rows.length === 0) return;
  const shown = rows.map((row) => row.map(escapeControls));
  const widths = titles.map((title, index) =>
    shown.reduce((width, row) => Math.max(width, row[index]!.length), title.length),
  );
  const format = (row: readonly string[]): string =>
    `${row
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd()}\n`;
  yield format(titles);
  yield* inBlocks(shown, format);
}

/** A JSON array with one record on each line. */
export function* jsonInBlocks(records: readonly object[]): Iterable<string> {
  yield "[";
  let separator = "\n";
  yield* inBlocks(records, (record) => {
    const line = `${separator}${jsonText(record)}`;
    separator = ",\n";
    return line;
  });
  yield records.length === 0 ? "]\n" : "\n]\n";
}

function* inBlocks<Item>(items: readonly Item[], format: (item: Item) => string): Iterable<string> {
  for (let from = 0; from < items.length; from += linesPerBlock) {
    yield items
      .slice(from, from + linesPerBlock)
      .map(format)
      .join("");
  }
}
