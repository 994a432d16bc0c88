/**
 * Writes one value into a JSON or YAML text and leaves every other byte as it is: the value is found in the parsed document
 * and put into the source by its place. Not for files; called by `put-file.ts`, and loaded when a value is written.
 */
import { badRequest, isStoreError } from "configmanager/plugin";
import { type Document, parseDocument } from "yaml";
import { lookUp, withLeaf } from "./document-tree.ts";
import { findPlace, notInPlace } from "./find-place.ts";
import { type JsonTree, printJson, tooDeep } from "./json-tree.ts";
import { spellKeyPath } from "./key-path.ts";
import { parseError } from "./parse-error.ts";
import { splicesOf } from "./place-splices.ts";
import { applySplices } from "./splice.ts";
import { parseYaml } from "./yaml.ts";

/** What is written where. */
export interface DocumentEdit {
  /** From the root of the document; at least one key. */
  readonly keyPath: readonly string[];
  readonly value: string;
}

/** The formats that can be written by key path. */
export type EditableFormat = "json" | "yaml";

/** What an edit comes to: the whole text after it, or `undefined` where the document held a value and only a new one was wanted. */
export function editDocument(
  text: string,
  format: EditableFormat,
  { keyPath, value }: DocumentEdit,
  createOnly: boolean,
): string | undefined {
  try {
    return format === "json" ? editJson(text, keyPath, value, createOnly) : editYaml(text, keyPath, value, createOnly);
  } catch (error) {
    // The parser descends recursively: what is nested thousands of levels deep ends its stack.
    throw error instanceof RangeError ? tooDeep() : error;
  }
}

function editJson(text: string, keyPath: readonly string[], value: string, createOnly: boolean): string | undefined {
  const before = parseJson(text);
  if (createOnly && (lookUp(before, keyPath) ?? null) !== null) return undefined;
  // JSON is YAML but for tabs between its parts, where they are no part of a string.
  const place = findPlace(parseSource(text.replaceAll("\t", " ")), keyPath, () => false);
  const after = applySplices(text, splicesOf(text, place, value, true));
  const there = lookUp(parseJson(after), keyPath);
  if (there !== value && String(there) !== value && there !== Number(value)) throw notInPlace(keyPath);
  return after;
}

function editYaml(text: string, keyPath: readonly string[], value: string, createOnly: boolean): string | undefined {
  const before = parseYaml(text);
  const there = lookUp(before, keyPath) as JsonTree | undefined;
  if (createOnly && there !== undefined && there !== "null") return undefined;
  const place = findPlace(parseSource(text), keyPath, (keys) => lookUp(before, keys) !== undefined);
  if (place.kind === "end" && there !== undefined && typeof there !== "string") throw mergedMap(keyPath);
  const after = applySplices(text, splicesOf(text, place, value, false));
  checkYaml(before, text, after, keyPath, value);
  return after;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What it says would quote the file.
    throw parseError("JSON", "a syntax error");
  }
}

function parseSource(text: string): Document.Parsed {
  return parseDocument(text, {
    merge: true,
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: "error",
  });
}

// A file of which nobody foresaw the form is rather left alone than changed in a second place.
function checkYaml(before: JsonTree, text: string, after: string, keyPath: readonly string[], value: string): void {
  let tree: JsonTree;
  try {
    tree = parseYaml(after);
  } catch (error) {
    throw isStoreError(error) ? notInPlace(keyPath) : error;
  }
  const leaf = lookUp(tree, keyPath);
  if (typeof leaf !== "string" || !spells(leaf, value)) throw notInPlace(keyPath);
  // What has an anchor changes for all that refer to it, and is meant to.
  if (text.includes("&")) return;
  const maxLength = 2 * (after.length + 1024) * 8;
  if (printJson(tree, maxLength) !== printJson(withLeaf(before, keyPath, leaf), maxLength)) throw notInPlace(keyPath);
}

function spells(leaf: string, value: string): boolean {
  return leaf === value || JSON.parse(leaf) === value;
}

function mergedMap(keyPath: readonly string[]): Error {
  return badRequest(`"${spellKeyPath(keyPath)}" is a map or list that "<<" brings`, { hint: "lengthen the key path" });
}
