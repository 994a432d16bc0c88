import { Buffer } from "node:buffer";
import { unescapeJson } from "./json-string.ts";
import { type JsonKind, jsonKindAt, type JsonNode, type JsonTape, readJsonTape } from "./json-text.ts";

/**
 * One JSON text, asked many times: it is read once, and what a lookup needs is indexed when it is first needed.
 *
 * Of duplicate keys the last counts; the others, and everything below them, are not there.
 */
export class JsonDocument {
  readonly root: JsonNode = 0;
  readonly #tape: JsonTape;
  readonly #buffer: Buffer;
  readonly #members = new Map<JsonNode, ReadonlyMap<string, JsonNode>>();
  readonly #elements = new Map<JsonNode, readonly JsonNode[]>();
  #byKey: ReadonlyMap<string, readonly JsonNode[]> | undefined;

  /** Throws CM_VALUE_NOT_JSON as `readJsonTape` does. */
  constructor(bytes: Uint8Array) {
    this.#tape = readJsonTape(bytes);
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  kindOf(node: JsonNode): JsonKind {
    return jsonKindAt(this.#tape.bytes, this.#tape.starts[node]!);
  }

  /** The node's text as the source spells it; shares the document's memory. */
  sourceOf(node: JsonNode): Uint8Array {
    return this.#tape.bytes.subarray(this.#tape.starts[node], this.#tape.ends[node]);
  }

  /** A string without its quotes and escapes, anything else as the source spells it; may share the document's memory. */
  textOf(node: JsonNode): Uint8Array {
    const { bytes, starts, ends } = this.#tape;
    return bytes[starts[node]!] === 0x22 ? unescapeJson(bytes, starts[node]!, ends[node]!) : this.sourceOf(node);
  }

  /** The object or array that holds a node; undefined for the root. */
  parentOf(node: JsonNode): JsonNode | undefined {
    const parent = this.#tape.parents[node]!;
    return parent === -1 ? undefined : parent;
  }

  /** An object's members by key, in the order of the source; of duplicates the last, in its own place. */
  membersOf(object: JsonNode): ReadonlyMap<string, JsonNode> {
    const known = this.#members.get(object);
    if (known !== undefined) return known;
    const members = new Map<string, JsonNode>();
    for (const node of this.#childrenOf(object)) {
      const key = this.#keyText(node);
      members.delete(key);
      members.set(key, node);
    }
    this.#members.set(object, members);
    return members;
  }

  /** An array's elements. */
  elementsOf(array: JsonNode): readonly JsonNode[] {
    let elements = this.#elements.get(array);
    if (elements === undefined) {
      elements = [...this.#childrenOf(array)];
      this.#elements.set(array, elements);
    }
    return elements;
  }

  /** What a segment of a key path leads to: a member's value, or by digits an array's element. */
  childOf(node: JsonNode, segment: string): JsonNode | undefined {
    const kind = this.kindOf(node);
    if (kind === "object") return this.membersOf(node).get(segment);
    if (kind !== "array") return undefined;
    const index = toIndex(segment);
    return index === undefined ? undefined : this.elementsOf(node)[index];
  }

  /** Says whether this segment leads from the node's parent to the node, its place among duplicates aside. */
  isReachedBy(node: JsonNode, segment: string): boolean {
    const parent = this.parentOf(node);
    if (parent === undefined) return false;
    return this.kindOf(parent) === "array"
      ? toIndex(segment) === this.#tape.keys[node]
      : this.#keyText(node) === segment;
  }

  /** The segment that leads from the parent to the node; undefined for the root. */
  segmentOf(node: JsonNode): string | undefined {
    const parent = this.parentOf(node);
    if (parent === undefined) return undefined;
    return this.kindOf(parent) === "array" ? String(this.#tape.keys[node]) : this.#keyText(node);
  }

  /** False for a value behind a duplicate key that a later one replaced, and for everything below it. */
  isThere(node: JsonNode): boolean {
    let current = node;
    for (;;) {
      const parent = this.parentOf(current);
      if (parent === undefined) return true;
      if (this.kindOf(parent) === "object" && this.membersOf(parent).get(this.#keyText(current)) !== current)
        return false;
      current = parent;
    }
  }

  /** The members of all objects that have this key, replaced duplicates among them, in the order of the source. */
  membersNamed(key: string): readonly JsonNode[] {
    this.#byKey ??= this.#indexKeys();
    return this.#byKey.get(key) ?? [];
  }

  /** Every object and array, in the order of the source. */
  *containers(): Iterable<JsonNode> {
    for (let node = 0; node < this.#tape.count; node++) {
      const kind = this.kindOf(node);
      if (kind === "object" || kind === "array") yield node;
    }
  }

  *#childrenOf(container: JsonNode): Iterable<JsonNode> {
    const { nexts } = this.#tape;
    const end = nexts[container]!;
    for (let node = container + 1; node < end; node = nexts[node]!) yield node;
  }

  #indexKeys(): ReadonlyMap<string, readonly JsonNode[]> {
    const { count, parents } = this.#tape;
    const index = new Map<string, JsonNode[]>();
    for (let node = 1; node < count; node++) {
      if (this.kindOf(parents[node]!) !== "object") continue;
      const key = this.#keyText(node);
      const named = index.get(key);
      if (named === undefined) index.set(key, [node]);
      else named.push(node);
    }
    return index;
  }

  #keyText(member: JsonNode): string {
    const { bytes, keys } = this.#tape;
    const start = keys[member]!;
    let end = start + 1;
    let isPlain = true;
    for (; bytes[end] !== 0x22; end++) {
      if (bytes[end] !== 0x5c) continue;
      isPlain = false;
      end++;
    }
    if (isPlain) return this.#buffer.toString("utf8", start + 1, end);
    return Buffer.from(unescapeJson(bytes, start, end + 1)).toString("utf8");
  }
}

// Digits only; leading zeros are as v3 reads them. No array has an index of more than ten digits.
function toIndex(segment: string): number | undefined {
  if (!/^[0-9]+$/.test(segment)) return undefined;
  const digits = segment.replace(/^0+(?=[0-9])/, "");
  return digits.length > 10 ? undefined : Number(digits);
}
