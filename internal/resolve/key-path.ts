import { ConfigManagerError } from "../errors/errors.ts";
import { nearestWord } from "../errors/nearest.ts";
import { escapeControls } from "../errors/redact.ts";
import type { JsonDocument } from "./json-document.ts";
import type { JsonNode } from "./json-text.ts";

/** What a key path leads to, or CM_KEY_PATH_NO_MATCH or CM_KEY_PATH_AMBIGUOUS. */
export type KeyPathMatch =
  | { readonly ok: true; readonly text: Uint8Array }
  | { readonly ok: false; readonly error: ConfigManagerError };

/** How many keys or places an error lists. */
const maxListed = 20;
/** How many characters of a key an error shows. */
const maxKeyCharacters = 60;

/**
 * The value at a key path: the exact path from the root, else the only match anywhere below, which is what v3's
 * `$..a.b.c` finds.
 *
 * A string comes without quotes and escapes, anything else as the source spells it. The error lists the keys that are
 * there, or the places of the matches, at most 20; never a value. Segments are data: no wildcard means anything.
 */
export function selectKeyPath(document: JsonDocument, keyPath: readonly string[]): KeyPathMatch {
  const exact = descend(document, document.root, keyPath, 0);
  if (exact !== undefined) return { ok: true, text: document.textOf(exact) };
  const matches = matchesAnywhere(document, keyPath);
  const [first] = matches;
  if (first === undefined) return { ok: false, error: noMatch(document, keyPath) };
  if (matches.length > 1) return { ok: false, error: ambiguous(document, keyPath, matches) };
  return { ok: true, text: document.textOf(first) };
}

function descend(
  document: JsonDocument,
  from: JsonNode,
  keyPath: readonly string[],
  first: number,
): JsonNode | undefined {
  let node: JsonNode | undefined = from;
  for (let index = first; index < keyPath.length && node !== undefined; index++) {
    node = document.childOf(node, keyPath[index]!);
  }
  return node;
}

// One more than an error lists is enough. Begins at the members with the rarest of the segments, so that looking for
// many key paths in one large value does not walk all of it each time; only indexes alone have no such member.
function matchesAnywhere(document: JsonDocument, keyPath: readonly string[]): readonly JsonNode[] {
  let anchor = -1;
  let candidates: readonly JsonNode[] = [];
  for (const [index, segment] of keyPath.entries()) {
    if (/^[0-9]+$/.test(segment)) continue;
    const named = document.membersNamed(segment);
    if (named.length === 0) return [];
    if (anchor === -1 || named.length < candidates.length) [anchor, candidates] = [index, named];
  }
  const matches: JsonNode[] = [];
  for (const candidate of anchor === -1 ? document.containers() : candidates) {
    if (!isReachedBy(document, candidate, keyPath, anchor)) continue;
    const match = descend(document, candidate, keyPath, anchor + 1);
    if (match === undefined || !document.isThere(match)) continue;
    matches.push(match);
    if (matches.length > maxListed) break;
  }
  return matches;
}

// Says whether the segments up to `last` lead to the node from some ancestor.
function isReachedBy(document: JsonDocument, node: JsonNode, keyPath: readonly string[], last: number): boolean {
  let current: JsonNode | undefined = node;
  for (let index = last; index >= 0; index--) {
    if (current === undefined || !document.isReachedBy(current, keyPath[index]!)) return false;
    current = document.parentOf(current);
  }
  return true;
}

function noMatch(document: JsonDocument, keyPath: readonly string[]): ConfigManagerError {
  let node = document.root;
  let found = 0;
  for (; found < keyPath.length; found++) {
    const child = document.childOf(node, keyPath[found]!);
    if (child === undefined) break;
    node = child;
  }
  const where = found === 0 ? "the value" : `"${spell(keyPath.slice(0, found))}" in it`;
  const kind = document.kindOf(node);
  const message = `key path "${spell(keyPath)}" is not in the value`;
  if (kind === "array") {
    const { length } = document.elementsOf(node);
    const elements = length === 1 ? "1 element" : `${length} elements`;
    return new ConfigManagerError("CM_KEY_PATH_NO_MATCH", `${message}; ${where} is an array of ${elements}`, {
      hint: "name an element by its index, from 0",
      details: { keyPath: keyPath.join(".") },
    });
  }
  if (kind !== "object") {
    return new ConfigManagerError("CM_KEY_PATH_NO_MATCH", `${message}; ${where} is no object but a JSON ${kind}`, {
      hint: "shorten the key path",
      details: { keyPath: keyPath.join(".") },
    });
  }
  const members = document.membersOf(node);
  const keys = firstOf(members.keys(), maxListed).map((key) => spell([key]));
  const near = nearestWord(keyPath[found]!, firstOf(members.keys(), 1_000));
  const listed = list(keys, members.size);
  const there = members.size === 0 ? "is an empty object" : `has the ${members.size === 1 ? "key" : "keys"} ${listed}`;
  return new ConfigManagerError("CM_KEY_PATH_NO_MATCH", `${message}; ${where} ${there}`, {
    hint: near === undefined ? "correct the key path" : `write "${spell([...keyPath.slice(0, found), near])}"`,
    details: { keyPath: keyPath.join("."), keys },
  });
}

function ambiguous(
  document: JsonDocument,
  keyPath: readonly string[],
  matches: readonly JsonNode[],
): ConfigManagerError {
  const paths = matches.slice(0, maxListed).map((match) => spell(pathOf(document, match)));
  const count = matches.length > maxListed ? `more than ${maxListed}` : String(matches.length);
  const message = `key path "${spell(keyPath)}" is in the value ${count} times: ${list(paths, matches.length)}`;
  return new ConfigManagerError("CM_KEY_PATH_AMBIGUOUS", message, {
    hint: `write it from the root, as "${paths[0]}"`,
    details: { keyPath: keyPath.join("."), keys: paths },
  });
}

function pathOf(document: JsonDocument, node: JsonNode): readonly string[] {
  const path: string[] = [];
  for (let current: JsonNode | undefined = node; current !== undefined; current = document.parentOf(current)) {
    const segment = document.segmentOf(current);
    if (segment !== undefined) path.push(segment);
  }
  return path.toReversed();
}

function firstOf(keys: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const key of keys) {
    if (first.length === count) break;
    first.push(key);
  }
  return first;
}

// A key path as it is written in a token, as far as dots go, and safe to print.
function spell(keyPath: readonly string[]): string {
  return keyPath.map((segment) => escapeControls(shorten(segment).replaceAll(".", "%2E"))).join(".");
}

function shorten(key: string): string {
  // A pair of surrogates is not cut in half.
  return key.length <= maxKeyCharacters ? key : `${key.slice(0, maxKeyCharacters).replace(/[\ud800-\udbff]$/, "")}…`;
}

function list(keys: readonly string[], total: number): string {
  const quoted = keys.map((key) => `"${key}"`).join(", ");
  return total > keys.length ? `${quoted} and more` : quoted;
}
