/** Values written into generated documents: the value is there, nothing else has changed, and no byte around it. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScalar, parse, parseDocument, stringify } from "yaml";
import { type EditableFormat, editDocument } from "../../plugins/file/src/edit-document.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const key = fc.oneof(
  fc.stringMatching(/^[a-z]{1,4}$/),
  fc.constantFrom("a b", "yes", "1", "~", "a: b", "#x", "größe", "", "x.y", "-", "a,b", "__proto__"),
);
const value = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "yes", "null", "1", "1.10", "0x1f", "a: b", "x #y", "two\nlines\n", "- a", "'", '"', " a ", "\t"),
  fc.constantFrom("{a}", "a,b", "&a", "*a", "!a", "%a", "@a", "`a", "---", "...", "a\r\nb", "\ufeff", "\u2028", "🔑"),
);
const leaf = fc.oneof(
  fc.constantFrom<Json[]>(null, true, 1, 2.5, "text", "yes", "two\nlines", "a: b"),
  fc.string({ maxLength: 8 }),
);
const { tree } = fc.letrec<{ tree: Json; map: Json; list: Json }>((tie) => ({
  tree: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("map"), tie("list")),
  map: fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
  list: fc.array(tie("tree"), { maxLength: 3 }),
}));
const root = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true });

/** A document, where in it to write, and what. */
const edit = fc.record({
  root,
  steps: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  newKeys: fc.array(key, { maxLength: 2 }),
  value,
});

const factor = Number(process.env["FUZZ_RUNS"] ?? 1);

describe("a value that is written into", () => {
  it.each([
    { name: "JSON on one line", print: (json: Json) => JSON.stringify(json) },
    { name: "indented JSON", print: (json: Json) => `${JSON.stringify(json, null, 2)}\n` },
    {
      name: "JSON indented by tabs, with CRLF",
      print: (json: Json) => JSON.stringify(json, null, "\t").replaceAll("\n", "\r\n"),
    },
  ])("$name is there, and nothing else has changed", ({ print }) => {
    holdsFor("json", print, JSON.parse);
  });

  const header = "# begin\n";
  it.each([
    { name: "YAML", print: (json: Json) => header + stringify(json, { lineWidth: 0 }) },
    { name: "YAML indented by four", print: (json: Json) => header + stringify(json, { indent: 4, lineWidth: 40 }) },
    { name: "YAML with lists that are not indented", print: (json: Json) => stringify(json, { indentSeq: false }) },
    {
      name: "YAML with quotes",
      print: (json: Json) => stringify(json, { defaultStringType: "QUOTE_SINGLE", defaultKeyType: "PLAIN" }),
    },
    { name: "YAML in brackets", print: (json: Json) => stringify(json, { collectionStyle: "flow", lineWidth: 30 }) },
    {
      name: "YAML in brackets without an end",
      print: (json: Json) => stringify(json, { collectionStyle: "flow" }).trimEnd(),
    },
    {
      name: "YAML with CRLF",
      print: (json: Json) => stringify(json, { blockQuote: false, lineWidth: 0 }).replaceAll("\n", "\r\n"),
    },
    {
      name: "YAML with a comment on each line",
      print: (json: Json) => stringify(json, { blockQuote: false, lineWidth: 0 }).replaceAll("\n", " # c\n"),
    },
  ])("$name is there, and nothing else has changed", ({ print }) => {
    holdsFor("yaml", print, (text) => parse(text) as unknown);
  });
});

/** What a text means, with maps that take any key and keep their order. */
type Tree = Json | Map<string, Tree> | Tree[];

function holdsFor(format: EditableFormat, print: (json: Json) => string, read: (text: string) => unknown): void {
  fc.assert(
    fc.property(edit, ({ root, steps, newKeys, value }) => {
      const text = print(root);
      const keyPath = choosePath(toTree(read(text)), steps, newKeys);
      const after = editDocument(text, format, { keyPath, value }, false) ?? "";
      expect(toTree(read(after))).toEqual(withValue(toTree(read(text)), keyPath, value));
      const { start, end } = rangeOf(text, keyPath, commonStart(text, after));
      expect(after.startsWith(text.slice(0, start)) && after.endsWith(text.slice(end))).toBe(true);
    }),
    { numRuns: 300 * factor },
  );
}

function toTree(thing: unknown): Tree {
  if (Array.isArray(thing)) return thing.map(toTree);
  if (typeof thing !== "object" || thing === null) return thing as Json;
  return new Map(Object.entries(thing).map(([key, child]) => [key, toTree(child)]));
}

/** Keys that lead to a leaf, to something new, or below a null. */
function choosePath(tree: Tree, steps: readonly number[], newKeys: readonly string[]): readonly string[] {
  const path: string[] = [];
  let node = tree;
  for (let index = 0; ; index++) {
    if (!(node instanceof Map) && !Array.isArray(node)) return node === null ? [...path, ...newKeys] : path;
    const keys = [...node.keys()].map(String);
    const key = keys[(steps[index] ?? 0) % (keys.length + 1)];
    if (key === undefined) {
      const fresh = newKeys.find((each) => !keys.includes(each)) ?? "newest";
      return [...path, Array.isArray(node) ? String(keys.length) : fresh, ...newKeys.slice(1)];
    }
    path.push(key);
    node = childOf(node, key)!;
  }
}

function childOf(tree: Tree | undefined, key: string): Tree | undefined {
  if (tree instanceof Map) return tree.get(key);
  return Array.isArray(tree) ? tree[Number(key)] : undefined;
}

function withValue(tree: Tree | undefined, [key, ...rest]: readonly string[], value: string): Tree {
  if (key === undefined) {
    if (typeof tree === "number" && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)) return Number(value);
    return typeof tree === "boolean" && (value === "true" || value === "false") ? value === "true" : value;
  }
  const child = withValue(childOf(tree, key), rest, value);
  if (Array.isArray(tree)) return Object.assign([...tree], { [key]: child });
  return new Map(tree instanceof Map ? tree : []).set(key, child);
}

/** What may have changed: the scalar that was there, else nothing at all, so that there is only something more. */
function rangeOf(text: string, keyPath: readonly string[], start: number): { start: number; end: number } {
  const document = parseDocument(text.replaceAll("\t", " "));
  for (let length = keyPath.length; length > 0; length--) {
    const node: unknown = document.getIn(keyPath.slice(0, length), true);
    if (!isScalar(node) || (node.source === "" && node.type === "PLAIN")) continue;
    const [from = 0, end = 0, blockEnd = 0] = node.range ?? [];
    return { start: from, end: node.type?.startsWith("BLOCK") === true ? blockEnd : end };
  }
  return { start, end: start };
}

function commonStart(text: string, other: string): number {
  let length = 0;
  while (length < text.length && text[length] === other[length]) length++;
  return length;
}
