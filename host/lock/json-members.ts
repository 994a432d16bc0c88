/**
 * JSON that a person may have edited, read strictly: every fault with its place, no key twice. Not for values of stores, and
 * not for what the keys mean. Called by `lock-text.ts`.
 */
import {
  ConfigManagerError,
  type ErrorOptions,
  isConfigManagerError,
  type Place,
} from "../../internal/errors/errors.ts";
import { nearestWord } from "../../internal/errors/nearest.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import { unescapeJson } from "../../internal/resolve/json-string.ts";
import {
  type JsonKind,
  jsonKindAt,
  type JsonNode,
  type JsonTape,
  readJsonTape,
} from "../../internal/resolve/json-text.ts";
import { createPlaceFinder } from "../../internal/token/place.ts";

/** A member of an object. */
export interface JsonMember {
  readonly key: string;
  readonly node: JsonNode;
}

/** One file's JSON. Everything that it finds wrong is CM_LOCKFILE_INVALID. */
export class JsonMembers {
  readonly root: JsonNode = 0;
  readonly #bytes: Buffer;
  readonly #file: string;
  readonly #tape: JsonTape;

  /** `file` as errors name it. Throws for what is no JSON. */
  constructor(text: string, file: string) {
    this.#bytes = Buffer.from(text, "utf8");
    this.#file = file;
    try {
      this.#tape = readJsonTape(this.#bytes);
    } catch (error) {
      if (!isConfigManagerError(error)) throw error;
      const offset = Number(error.details["offset"] ?? 0);
      const reason = error.message.replace(/^the value is not JSON: (?:at byte \d+ )?/, "");
      throw this.#error(`the lock is not JSON: ${reason}`, offset, offset + 1, {
        hint: "restore it from version control, or remove it and lock the plugins anew",
      });
    }
  }

  kindOf(node: JsonNode): JsonKind {
    return jsonKindAt(this.#bytes, this.#tape.starts[node]!);
  }

  /** The members of an object, which `what` names in a fault. Throws for what is none, and for a key that stands twice. */
  members(node: JsonNode, what: string): readonly JsonMember[] {
    if (this.kindOf(node) !== "object") throw this.fault(node, `${what} is no object`, "write it in braces");
    const seen = new Set<string>();
    const members: JsonMember[] = [];
    for (const child of this.#childrenOf(node)) {
      const key = this.#keyOf(child);
      if (seen.has(key)) throw this.keyFault(child, `"${key}" stands twice in ${what}`, "keep one of them");
      seen.add(key);
      members.push({ key, node: child });
    }
    return members;
  }

  /** The text of a string. Throws for anything else, and for an empty one. */
  text({ key, node }: JsonMember): string {
    const text =
      this.kindOf(node) === "string" ? this.#unescaped(this.#tape.starts[node]!, this.#tape.ends[node]!) : "";
    if (text === "") throw this.fault(node, `"${key}" is no text`, "write a text that is not empty");
    return text;
  }

  /** The texts of an array of strings. */
  texts(member: JsonMember): readonly string[] {
    if (this.kindOf(member.node) !== "array") {
      throw this.fault(member.node, `"${member.key}" is no array`, "write texts in brackets");
    }
    return [...this.#childrenOf(member.node)].map((node) => this.text({ key: member.key, node }));
  }

  /** A whole number that is not negative. */
  count({ key, node }: JsonMember): number {
    const source = this.#bytes.toString("latin1", this.#tape.starts[node], this.#tape.ends[node]);
    if (!/^[0-9]{1,9}$/.test(source)) throw this.fault(node, `"${key}" is no whole number`, "write digits");
    return Number(source);
  }

  /** What is wrong with a value. */
  fault(node: JsonNode, message: string, hint: string): ConfigManagerError {
    return this.#error(message, this.#tape.starts[node]!, this.#tape.ends[node]!, { hint });
  }

  /** What is wrong with a member's key. */
  keyFault(node: JsonNode, message: string, hint: string): ConfigManagerError {
    const start = this.#tape.keys[node]!;
    return this.#error(message, start, this.#keyEnd(start), { hint });
  }

  /** A key of which nothing is known. */
  unknownKey({ key, node }: JsonMember, what: string, known: readonly string[]): ConfigManagerError {
    const near = nearestWord(key, known);
    const hint = near === undefined ? `use one of ${known.join(", ")}` : `write "${near}"`;
    return this.keyFault(node, `"${key}" is no key of ${what}`, hint);
  }

  #error(message: string, start: number, end: number, options: ErrorOptions): ConfigManagerError {
    return lockError(message, placeIn(this.#bytes, this.#file, start, end), options.hint);
  }

  *#childrenOf(container: JsonNode): Iterable<JsonNode> {
    const { nexts } = this.#tape;
    const end = nexts[container]!;
    for (let node = container + 1; node < end; node = nexts[node]!) yield node;
  }

  #keyOf(member: JsonNode): string {
    const start = this.#tape.keys[member]!;
    return this.#unescaped(start, this.#keyEnd(start));
  }

  #keyEnd(start: number): number {
    let end = start + 1;
    while (this.#bytes[end] !== 0x22) end += this.#bytes[end] === 0x5c ? 2 : 1;
    return end + 1;
  }

  #unescaped(start: number, end: number): string {
    return Buffer.from(unescapeJson(this.#bytes, start, end)).toString("utf8");
  }
}

/** CM_LOCKFILE_INVALID. */
export function lockError(message: string, place: Place, hint: string | undefined): ConfigManagerError {
  return new ConfigManagerError("CM_LOCKFILE_INVALID", escapeControls(message), { hint, place });
}

/** The place of a range of bytes. */
export function placeIn(bytes: Uint8Array, file: string, start: number, end: number): Place {
  return createPlaceFinder(bytes, file).place(start, Math.max(start, Math.min(end, bytes.length)));
}
