import { badRequest } from "configmanager/plugin";
import {
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { spellKeyPath, toIndex } from "./key-path.ts";

/** Where in a document a value goes. `rest` are the keys that are not there yet and have to be made. */
export type Place =
  /** In the place of a scalar; with a rest, which only a null can have, in the place of that. */
  | { readonly kind: "scalar"; readonly scalar: Scalar; readonly isInFlow: boolean; readonly rest: readonly string[] }
  /** Behind a key, a dash or their tags and anchors, where nothing is written. */
  | { readonly kind: "gap"; readonly offset: number; readonly holder: Collection; readonly rest: readonly string[] }
  /** At the end of a map or list. */
  | { readonly kind: "end"; readonly of: Collection; readonly rest: readonly [string, ...string[]] }
  /** In a document that holds nothing. */
  | { readonly kind: "empty"; readonly rest: readonly string[] };

/** A map or list as the parser has read it. */
export type Collection = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;

/** What is written into a collection: for a map one pair, for a list one element. */
type Item = Collection["items"][number];

/**
 * Finds where the value at a key path stands or belongs. `isMerged` says whether `<<` brings what these keys lead to.
 * Throws `badRequest` for what cannot be written: a map or list, through a value or an alias, an index beyond the end.
 */
export function findPlace(
  document: Document.Parsed,
  keyPath: readonly string[],
  isMerged: (keys: readonly string[]) => boolean,
): Place {
  let node: unknown = document.contents;
  let holder: Collection | undefined;
  let item: Item | undefined;
  for (const [index, key] of keyPath.entries()) {
    const [here, rest] = [keyPath.slice(0, index), keyPath.slice(index) as [string, ...string[]]];
    if (isAlias(node)) throw throughAlias(keyPath, node.source);
    if (isMap(node)) {
      holder = tokenOf(node, keyPath);
      const pair = pairOf(node, key, keyPath);
      if (pair === undefined) {
        if (rest.length > 1 && isMerged([...here, key])) throw throughMerge(keyPath, [...here, key]);
        return { kind: "end", of: holder, rest };
      }
      item = pair.srcToken;
      node = pair.value;
    } else if (isSeq(node)) {
      holder = tokenOf(node, keyPath);
      const at = toIndex(key);
      if (at === undefined || at > node.items.length) throw noElement(keyPath, here, node.items.length);
      if (at === node.items.length) return { kind: "end", of: holder, rest };
      // A comment at the end is an item of the source too.
      const isElement = ({ start }: Item): boolean => start.some(({ type }) => type === "seq-item-ind");
      item = holder.type === "block-seq" ? holder.items.filter(isElement)[at] : holder.items[at];
      node = node.items[at];
      if (isPair(node)) throw notInPlace(keyPath);
    } else {
      return placeOfScalar(node, holder, item, rest, keyPath);
    }
  }
  if (isAlias(node)) throw throughAlias(keyPath, node.source);
  if (isMap(node) || isSeq(node)) {
    throw badRequest(`"${spellKeyPath(keyPath)}" is a ${isMap(node) ? "map" : "list"} and no single value`, {
      hint: "lengthen the key path",
    });
  }
  return placeOfScalar(node, holder, item, [], keyPath);
}

/** The refusal of what this program cannot write, although somebody with an editor can. */
export function notInPlace(keyPath: readonly string[]): Error {
  return badRequest(`"${spellKeyPath(keyPath)}" cannot be written without changing what is around it`, {
    hint: "write it by hand",
  });
}

function placeOfScalar(
  node: unknown,
  holder: Collection | undefined,
  item: Item | undefined,
  rest: readonly string[],
  keyPath: readonly string[],
): Place {
  const scalar = isScalar(node) ? node : undefined;
  if (scalar !== undefined && scalar.value !== null && rest.length > 0) {
    const through = spellKeyPath(keyPath.slice(0, keyPath.length - rest.length));
    const what = through === "" ? "the document" : `"${through}"`;
    throw badRequest(`"${spellKeyPath(keyPath)}" leads through ${what}, which is no map`, {
      hint: "shorten the key path",
    });
  }
  // A tag that promises another kind of value would lie; tags of other programs stay.
  if (scalar?.tag?.startsWith("tag:yaml.org,2002:") === true && !scalar.tag.endsWith(":str")) throw notInPlace(keyPath);
  const isInFlow = holder?.type === "flow-collection";
  // What is not written at all is plain and empty.
  const isWritten = scalar?.srcToken !== undefined && (scalar.source !== "" || scalar.srcToken.type !== "scalar");
  if (isWritten) return { kind: "scalar", scalar, isInFlow, rest };
  if (holder === undefined) return { kind: "empty", rest };
  const written = [...(item?.sep ?? []), ...(item?.key === undefined ? (item?.start ?? []) : [])];
  const last = written.findLast(({ type }) => type !== "space" && type !== "newline" && type !== "comment");
  // A key without its colon, as `? key` and `{key}` are.
  if (last === undefined) throw notInPlace(keyPath);
  return { kind: "gap", offset: last.offset + last.source.length, holder, rest };
}

function tokenOf(node: YAMLMap | YAMLSeq, keyPath: readonly string[]): Collection {
  const token = node.srcToken as Collection | undefined;
  // `[key: value]` is a map without brackets of its own.
  if (token === undefined) throw notInPlace(keyPath);
  return token;
}

function pairOf(map: YAMLMap, key: string, keyPath: readonly string[]): Pair | undefined {
  const [pair, second] = map.items.filter(({ key: node }) => isScalar(node) && keyText(node) === key);
  if (second === undefined) return pair;
  throw badRequest(`"${spellKeyPath(keyPath)}" is not clear: a key is there twice`, { hint: "correct the file" });
}

// As it is read: the characters of the source, not the number or the word that they mean. `<<` is no key.
function keyText({ value, source }: Scalar): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "symbol" ? undefined : (source ?? "null");
}

function throughAlias(keyPath: readonly string[], anchor: string): Error {
  return badRequest(`"${spellKeyPath(keyPath)}" leads to the alias "*${anchor}"`, {
    hint: `write where the anchor "&${anchor}" stands, or put a value in the place of the alias by hand`,
  });
}

function throughMerge(keyPath: readonly string[], merged: readonly string[]): Error {
  return badRequest(`"${spellKeyPath(keyPath)}" leads through "${spellKeyPath(merged)}", which "<<" brings`, {
    hint: "write where the anchor stands, or write a map of its own by hand",
  });
}

function noElement(keyPath: readonly string[], list: readonly string[], length: number): Error {
  const what = list.length === 0 ? "the document" : `"${spellKeyPath(list)}"`;
  return badRequest(`"${spellKeyPath(keyPath)}" is no element: ${what} is a list of ${length}`, {
    hint: `name an index from 0; ${length} adds one`,
  });
}
