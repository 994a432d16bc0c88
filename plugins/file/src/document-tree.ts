import type { JsonTree } from "./json-tree.ts";
import { toIndex } from "./key-path.ts";

/** What keys lead to in parsed JSON or in a tree; undefined when nothing is there. */
export function lookUp(tree: unknown, keys: readonly string[]): unknown {
  let node = tree;
  for (const key of keys) {
    if (node instanceof Map) node = (node as ReadonlyMap<string, unknown>).get(key);
    else if (Array.isArray(node)) node = (node as readonly unknown[])[toIndex(key) ?? -1];
    else if (typeof node === "object" && node !== null && Object.hasOwn(node, key)) node = Reflect.get(node, key);
    else return undefined;
  }
  return node;
}

/** The tree with another leaf, and maps on the way to it that are not there. */
export function withLeaf(tree: JsonTree | undefined, keys: readonly string[], leaf: string): JsonTree {
  const [key, ...rest] = keys;
  if (key === undefined) return leaf;
  if (Array.isArray(tree)) {
    const list = [...(tree as readonly JsonTree[])];
    const index = toIndex(key) ?? list.length;
    list[index] = withLeaf(list[index], rest, leaf);
    return list;
  }
  const map = new Map(tree instanceof Map ? (tree as ReadonlyMap<string, JsonTree>) : []);
  return map.set(key, withLeaf(map.get(key), rest, leaf));
}
