import type { ScannedToken } from "../../configmanager.ts";
import { escapeControls } from "../../internal/errors/redact.ts";

const linesPerBlock = 1000;

/** A table for people, a line for each token, in blocks; nothing at all when there is no token. */
export function* tokenTable(tokens: readonly ScannedToken[]): Iterable<string> {
  if (tokens.length === 0) return;
  const rows = tokens.map(toRow);
  const widths = columns.map((title, index) =>
    rows.reduce((width, row) => Math.max(width, row[index]!.length), title.length),
  );
  const format = (row: readonly string[]): string =>
    `${row
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd()}\n`;
  yield format(columns);
  yield* inBlocks(rows, format);
}

/** The same for programs: a JSON array with one token on each line. */
export function* tokensAsJson(tokens: readonly ScannedToken[]): Iterable<string> {
  yield "[";
  let separator = "\n";
  yield* inBlocks(tokens, (token) => {
    const line = `${separator}${JSON.stringify(toRecord(token))}`;
    separator = ",\n";
    return line;
  });
  yield tokens.length === 0 ? "]\n" : "\n]\n";
}

const columns = ["PLACE", "PREFIX", "PATH", "KEY PATH", "METADATA"];

function toRow({ prefix, path, keyPath, metadata, default: defaultText, as, place }: ScannedToken): readonly string[] {
  const { file, line, column } = place;
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  if (defaultText !== undefined) pairs.push(`default=${defaultText}`);
  if (as !== undefined) pairs.push(`as=${as.join("+")}`);
  const where = `${file === undefined ? "" : `${file}:`}${line}:${column}`;
  return [where, prefix, path, keyPath?.join(".") ?? "", pairs.join(",")].map(escapeControls);
}

function toRecord({ text, prefix, path, keyPath, metadata, default: defaultText, as, place }: ScannedToken): object {
  const { file, line, column } = place;
  return { file, line, column, token: text, prefix, path, keyPath, metadata, default: defaultText, as };
}

function* inBlocks<Item>(items: readonly Item[], format: (item: Item) => string): Iterable<string> {
  for (let from = 0; from < items.length; from += linesPerBlock) {
    yield items
      .slice(from, from + linesPerBlock)
      .map(format)
      .join("");
  }
}
