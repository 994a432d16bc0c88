import type { BroughtAlong, BroughtItem } from "../../configmanager.ts";
import { escapeControls, shorten } from "../../internal/errors/redact.ts";

const maxRows = 20;
const maxCell = 160;

/**
 * What a folder brings along, a line for each thing, behind two blanks; whoever made the folder chose the names, so they are
 * bounded and what could move the cursor is escaped.
 */
export function broughtAlongText({ items }: BroughtAlong): string {
  const rows = items.slice(0, maxRows).map(toRow);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    ([prefix = "", what = "", where = ""]) => `  ${prefix.padEnd(widths[0]!)}  ${what.padEnd(widths[1]!)}  ${where}\n`,
  );
  const left = items.length - rows.length;
  return lines.join("") + (left > 0 ? `  and ${left} more\n` : "");
}

function toRow({ prefix, what, where }: BroughtItem): readonly string[] {
  return [prefix, what, where].map((cell) => escapeControls(shorten(cell, maxCell)));
}
