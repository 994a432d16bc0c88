import type { CST } from "yaml";
import { insertAt, type Splice } from "./splice.ts";
import { spellText } from "./spelling.ts";
import { endOfItems } from "./token-end.ts";

/** How lines of a document are written. */
export interface BlockLayout {
  readonly lineEnd: string;
  /** How many spaces a level has more than the one around it. */
  readonly step: number;
}

/** Lines for a value below keys, each key a level deeper. */
export function blockLines(
  keys: readonly string[],
  value: string,
  indent: number,
  { step }: BlockLayout,
): readonly string[] {
  return keys.map((key, level) => {
    const name = `${" ".repeat(indent + level * step)}${spellText(key, { isJson: false, isInFlow: false })}:`;
    return level === keys.length - 1 ? `${name} ${value}` : name;
  });
}

/** Adds a pair behind the last one of a block map, or an element behind the last one of a block list. */
export function addToBlock(
  text: string,
  collection: CST.BlockMap | CST.BlockSequence,
  [key, ...rest]: readonly [string, ...string[]],
  value: string,
  layout: BlockLayout,
): Splice {
  const { indent, items } = collection;
  const end = endOfItems(items);
  if (collection.type === "block-map")
    return addLines(text, end, blockLines([key, ...rest], value, indent, layout), layout);
  const dash = `${" ".repeat(indent)}- `;
  const [first = value, ...others] = blockLines(rest, value, indent + 2, layout);
  return addLines(text, end, [`${dash}${first.trimStart()}`, ...others], layout);
}

/** Adds lines behind the line in which `offset` is, or at `offset` where a line begins there. */
export function addLines(text: string, offset: number, lines: readonly string[], { lineEnd }: BlockLayout): Splice {
  const added = lines.join(lineEnd);
  if (offset === 0 || text[offset - 1] === "\n") return insertAt(offset, `${added}${lineEnd}`);
  const end = text.indexOf("\n", offset);
  // A last line without an end gets one, and the new last line none.
  return end === -1 ? insertAt(text.length, `${lineEnd}${added}`) : insertAt(end + 1, `${added}${lineEnd}`);
}
