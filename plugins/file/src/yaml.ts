import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type ParsedNode,
  type Scalar,
} from "yaml";
import { type JsonTree, maxDepth, numberText, tooDeep } from "./json-tree.ts";
import { parseError } from "./parse-error.ts";

/**
 * One YAML 1.2 document (core schema, or what its `%YAML` directive says), for JSON.
 *
 * Numbers keep the digits of their source; timestamps, `!!binary` and whatever has a tag of its own are text; aliases
 * are resolved and `<<` merges, own keys first; a key is its text. Throws `badRequest` for what is no YAML, several
 * documents, a key that is a list or a map, two keys of one text, and an alias inside of what it stands for.
 */
export function parseYaml(text: string): JsonTree {
  const lines = new LineCounter();
  // At the level "silent" several documents would be no error either.
  const document = parseDocument(text, {
    merge: true,
    // Compares each key with all before it, and so takes seconds for a map of 10,000; the reader below counts them itself.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error !== undefined) throw new Reader(lines).fault(error.code, error.pos[0]);
  return new Reader(lines).read(document);
}

/** What the walk through one document has met so far. */
class Reader {
  readonly #lines: LineCounter;
  /** By anchor, the newest; `undefined` while it is being read. */
  readonly #anchors = new Map<string, JsonTree | undefined>();

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(document: Document.Parsed): JsonTree {
    return this.#node(document.contents, 0);
  }

  fault(reason: string, offset: number | undefined): Error {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return parseError("YAML", reason, line, col);
  }

  #node(node: ParsedNode | Pair | null | undefined, depth: number): JsonTree {
    if (depth > maxDepth) throw tooDeep();
    if (node === null || node === undefined) return "null";
    // Inside of `!!omap` and `!!pairs`.
    if (isPair(node)) return this.#pairs([node], depth);
    if (isAlias(node)) {
      const tree = this.#anchors.get(node.source);
      if (tree !== undefined) return tree;
      const reason = this.#anchors.has(node.source)
        ? "an alias inside of what it stands for"
        : "an alias without an anchor";
      throw this.fault(reason, node.range?.[0]);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, undefined);
    const tree = this.#content(node, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, tree);
    return tree;
  }

  #content(node: ParsedNode, depth: number): JsonTree {
    if (isMap(node)) return this.#pairs(node.items, depth);
    if (isSeq(node)) return node.items.map((item) => this.#node(item, depth + 1));
    return isScalar(node) ? scalarText(node) : "null";
  }

  #pairs(pairs: readonly Pair[], depth: number): JsonTree {
    const map = new Map<string, JsonTree>();
    const own = new Set<string>();
    for (const pair of pairs) {
      const [key, value] = [pair.key as ParsedNode | null, pair.value as ParsedNode | null];
      if (isScalar(key) && typeof key.value === "symbol") {
        this.#merge(map, this.#node(value, depth + 1), key.range?.[0]);
        continue;
      }
      const name = this.#key(key, depth);
      if (own.has(name)) throw this.fault("a key twice", key?.range?.[0]);
      own.add(name);
      map.set(name, this.#node(value, depth + 1));
    }
    return map;
  }

  /** Adds what `<<` refers to: of several maps the first that has a key wins, and an own key wins over all. */
  #merge(into: Map<string, JsonTree>, merged: JsonTree, offset: number | undefined): void {
    for (const tree of Array.isArray(merged) ? (merged as readonly JsonTree[]) : [merged]) {
      if (!(tree instanceof Map)) throw this.fault("<< refers to what is no map", offset);
      for (const [key, value] of tree as ReadonlyMap<string, JsonTree>) if (!into.has(key)) into.set(key, value);
    }
  }

  #key(key: ParsedNode | null, depth: number): string {
    const tree = this.#node(key, depth + 1);
    if (typeof tree !== "string") throw this.fault("a key that is a list or a map", key?.range?.[0]);
    const text = JSON.parse(tree) as unknown;
    // The characters of the source, not the number or the word that they mean.
    return typeof text === "string" ? text : isScalar(key) ? (key.source ?? tree) : tree;
  }
}

function scalarText(scalar: Scalar): string {
  const { value, source } = scalar;
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || typeof value === "bigint") return numberText(source ?? String(value));
  // `!!binary` stays base64, without the line ends of a block; a timestamp stays as it is written.
  return JSON.stringify(value instanceof Uint8Array ? (source ?? "").replace(/\s+/g, "") : (source ?? ""));
}
