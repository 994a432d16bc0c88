import type { CST } from "yaml";
import { insertAt, type Splice } from "./splice.ts";
import { spellText } from "./spelling.ts";
import { endOfItem, startOfItem } from "./token-end.ts";

/** How collections in brackets are written. */
export interface FlowLayout {
  readonly lineEnd: string;
  /** The document is JSON, where everything is quoted. */
  readonly isJson: boolean;
  /** What stands between key and value. */
  readonly colon: ":" | ": ";
  /** What a new map spreads over lines by, a level each; undefined where all stays on one line. */
  readonly unit: string | undefined;
}

/** A value below keys, each but the first of them in a map of its own: `a: { b: value }`. `indent` is that of its line. */
export function flowPair(keys: readonly string[], value: string, indent: string, layout: FlowLayout): string {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const name = spellText(key, { isJson: layout.isJson, isInFlow: true });
  return `${name}${layout.colon}${flowValue(rest, value, indent, layout)}`;
}

/** The same without the first key: a value, or a map in brackets that leads to it. */
export function flowValue(keys: readonly string[], value: string, indent: string, layout: FlowLayout): string {
  if (keys.length === 0) return value;
  return `{${padded(flowPair(keys, value, indent + (layout.unit ?? ""), layout), indent, layout)}}`;
}

/** Adds a pair or an element behind the last one between brackets, as the last one is written. */
export function addToFlow(
  text: string,
  { start: open, items, end }: CST.FlowCollection,
  keys: readonly [string, ...string[]],
  value: string,
  layout: FlowLayout,
): readonly Splice[] {
  const isMap = open.source === "{";
  const write = (indent: string, as: FlowLayout): string =>
    isMap ? flowPair(keys, value, indent, as) : flowValue(keys.slice(1), value, indent, as);

  const last = items.findLastIndex(({ key, value, sep }) => Boolean(key ?? value ?? sep?.length));
  const item = items[last];
  if (item === undefined) {
    const inner = { start: open.offset + 1, end: end[0]?.offset ?? open.offset + 1 };
    const isBlank = text.slice(inner.start, inner.end).trim() === "";
    const indent = indentAt(text, open.offset);
    if (!isBlank) {
      const blank = /\s/.test(text[inner.start] ?? "") ? "" : " ";
      return [insertAt(inner.start, ` ${write(indent, { ...layout, unit: undefined })}${blank}`)];
    }
    return [{ ...inner, text: padded(write(indent + (layout.unit ?? ""), layout), indent, layout) }];
  }

  const [from, behind] = [startOfItem(item), endOfItem(item)];
  const comma = items[last + 1]?.start.find(({ type }) => type === "comma");
  const indent = indentAt(text, from);
  const hasLine = from - indent.length === lineStart(text, from) && lineStart(text, from) > open.offset;
  const piece = write(indent, hasLine ? layout : { ...layout, unit: undefined });
  if (hasLine) {
    const rest = comma === undefined ? behind : comma.offset + 1;
    // A comment stays at what it is about.
    const at = rest + (/^[ \t]*(?:#[^\r\n]*)?(?=\r?\n)/.exec(text.slice(rest))?.[0] ?? "").length;
    const line = `${layout.lineEnd}${indent}${piece}`;
    if (comma !== undefined) return [insertAt(at, `${line},`)];
    return at === behind ? [insertAt(at, `,${line}`)] : [insertAt(behind, ","), insertAt(at, line)];
  }
  const gap = last === 0 ? layout.colon.slice(1) : (/[ \t]*$/.exec(text.slice(0, from))?.[0] ?? "");
  return [comma === undefined ? insertAt(behind, `,${gap}${piece}`) : insertAt(comma.offset + 1, `${gap}${piece},`)];
}

function padded(inner: string, indent: string, { lineEnd, isJson, unit }: FlowLayout): string {
  if (unit !== undefined) return `${lineEnd}${indent}${unit}${inner}${lineEnd}${indent}`;
  return isJson ? inner : ` ${inner} `;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? "";
}
