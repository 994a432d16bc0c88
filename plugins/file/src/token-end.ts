import type { CST } from "yaml";
import type { Collection } from "./find-place.ts";

type Item = Collection["items"][number];

/** The offset behind what a pair or an element says: spaces, comments and line ends behind it are not counted. */
export function endOfItem({ start, key, sep, value }: Item): number {
  const ends = [endOfSources(start), endOfToken(key), endOfSources(sep ?? []), endOfToken(value)];
  return Math.max(...ends);
}

/** The same for the last of them. */
export function endOfItems(items: readonly Item[]): number {
  // Not spread into one call: there may be more of them than a call takes.
  return items.reduce((end, item) => Math.max(end, endOfItem(item)), 0);
}

/** The offset of the first thing that a pair or an element says. */
export function startOfItem({ start, key, value }: Item): number {
  const first = start.find(({ type }) => !isLayout(type) && type !== "comma");
  return first?.offset ?? key?.offset ?? value?.offset ?? 0;
}

/** Where the text of a block scalar begins, and where it ends without the blank lines behind it. */
export function blockText({ props, source }: CST.BlockScalar): { readonly start: number; readonly end: number } {
  const last = props.at(-1) as CST.SourceToken;
  const start = last.offset + last.source.length;
  return { start, end: start + source.trimEnd().length };
}

function endOfToken(token: CST.Token | null | undefined): number {
  if (token === null || token === undefined) return 0;
  switch (token.type) {
    case "block-map":
    case "block-seq":
      return endOfItems(token.items);
    case "flow-collection":
      return endOfSources(token.end);
    case "block-scalar": {
      const { start, end } = blockText(token);
      // Blank lines that are kept are text.
      return isKept(token) ? start + token.source.length : Math.max(end, start - 1);
    }
    default:
      return "source" in token && "offset" in token ? token.offset + token.source.length : 0;
  }
}

function endOfSources(tokens: readonly CST.SourceToken[]): number {
  const last = tokens.findLast(({ type }) => !isLayout(type));
  return last === undefined ? 0 : last.offset + last.source.length;
}

function isLayout(type: string): boolean {
  return type === "space" || type === "newline" || type === "comment";
}

function isKept({ props }: CST.BlockScalar): boolean {
  return props.some((prop) => prop.type === "block-scalar-header" && prop.source.includes("+"));
}
