import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { ConfigManagerError, type Place } from "../errors/errors.ts";
import { nearestWord } from "../errors/nearest.ts";
import { isRecord, type ValueKind } from "./value-kinds.ts";

/** One `name: value` of a mapping. */
export interface Entry {
  readonly name: string;
  readonly key: Node;
  readonly node: Node | null;
}

/** Reads the nodes of a document and collects what is wrong with them, each with its place, as CM_CONFIG_INVALID. */
export class YamlReader {
  readonly errors: ConfigManagerError[] = [];
  readonly #document: Document;
  readonly #placeAt: (from: number, to: number) => Place;

  /** `placeAt` turns offsets of the text into a place. */
  constructor(document: Document, placeAt: (from: number, to: number) => Place) {
    this.#document = document;
    this.#placeAt = placeAt;
    for (const { message, pos } of document.errors) {
      this.#add(this.#placeAt(...pos), `the YAML is faulty: ${message.charAt(0).toLowerCase()}${message.slice(1)}`);
    }
  }

  /** The pairs of a mapping, which `what` names in a fault; none for nothing at all. */
  entries(node: Node | null, what: string): readonly Entry[] {
    const map = this.#resolved(node);
    if (map === null || (isScalar(map) && map.value === null)) return [];
    if (isMap<Node, Node | null>(map)) return map.items.map(toEntry);
    this.fault(node ?? map, `${what} is not a mapping`, "write `name: value` pairs");
    return [];
  }

  /** What the entry's value stands for; undefined after a fault. Never names the value, which may be a secret. */
  value({ name, key, node }: Entry, kind: ValueKind): unknown {
    let value: unknown;
    try {
      value = kind.read(this.#toData(node, kind));
    } catch {
      this.fault(node ?? key, `"${name}" holds itself, or grows too large by its aliases`, "write it out");
      return undefined;
    }
    if (value === undefined) this.fault(node ?? key, `"${name}" is not ${kind.expected}`, kind.hint);
    return value;
  }

  /** True for a sequence. */
  isList(node: Node | null): boolean {
    return isSeq(this.#resolved(node));
  }

  fault(node: Node, message: string, hint: string): void {
    this.#add(this.placeOf(node), message, hint);
  }

  /** An entry that nothing is known of. */
  unknownKey({ name, key }: Entry, within: string, known: readonly string[]): void {
    const near = nearestWord(name, known);
    this.fault(
      key,
      `"${name}" is no key of ${within}`,
      near === undefined ? `use one of ${known.join(", ")}` : `write "${near}"`,
    );
  }

  placeOf({ range }: Node): Place {
    return this.#placeAt(range?.[0] ?? 0, range?.[1] ?? 0);
  }

  #add(place: Place, message: string, hint?: string): void {
    this.errors.push(new ConfigManagerError("CM_CONFIG_INVALID", message, { hint, place }));
  }

  // Throws for what has no end.
  #toData(node: Node | null, kind: ValueKind): unknown {
    const data: unknown = node?.toJS(this.#document, { maxAliasCount: 100 }) ?? null;
    if (kind.keepsScalarText === true && isRecord(data)) return this.#scalarTexts(node);
    JSON.stringify(data);
    return data;
  }

  #scalarTexts(node: Node | null): Readonly<Record<string, unknown>> {
    const map = this.#resolved(node);
    if (!isMap<Node, Node | null>(map)) return {};
    return Object.fromEntries(map.items.map((pair) => [keyText(pair.key), scalarText(this.#resolved(pair.value))]));
  }

  #resolved(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }
}

function toEntry({ key, value }: Pair<Node, Node | null>): Entry {
  return { name: keyText(key), key, node: value };
}

function keyText(key: Node): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : key.toString();
}

function scalarText(node: Node | null): unknown {
  if (!isScalar(node)) return undefined;
  const isPlain = typeof node.value === "number" || typeof node.value === "boolean";
  return isPlain ? node.source : node.value;
}
