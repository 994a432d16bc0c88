/**
 * JSON as text: where its values stand in the bytes, so that digits, spelling and order of the source are kept.
 * It does not convert: numbers stay digits, objects stay slices. Called by key paths, by `as=` and by export lines.
 */
import { isUtf8 } from "node:buffer";
import { ConfigManagerError } from "../errors/errors.ts";
import { hexDigitsAt, simpleEscapes } from "./json-string.ts";

/** A value in a document: an index into its tape, in source order; the root is 0. */
export type JsonNode = number;

/** What a value is. */
export type JsonKind = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** Objects and arrays inside each other, the outermost counted; one level more is CM_VALUE_NOT_JSON. */
export const maxJsonLevels = 1_000;

/**
 * Where each value of a JSON text stands. One entry for each value, in source order; an object's members and an
 * array's elements follow it, shadowed duplicates included.
 */
export interface JsonTape {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Offset of the first byte. */
  readonly starts: Uint32Array;
  /** Offset behind the last byte. */
  readonly ends: Uint32Array;
  /** The node behind the last descendant. */
  readonly nexts: Uint32Array;
  /** The object or array that holds the node; -1 for the root. */
  readonly parents: Int32Array;
  /** In an object the offset of the key's opening quote, in an array the index. */
  readonly keys: Uint32Array;
}

/**
 * Reads one JSON text (RFC 8259) without losing anything of its spelling.
 *
 * Throws CM_VALUE_NOT_JSON for anything else, and for bytes that are not UTF-8, a byte order mark, an escape of a lone
 * surrogate, and more than 1,000 levels. The error says what is wrong and where, never what stands there.
 */
export function readJsonTape(bytes: Uint8Array): JsonTape {
  return new TapeReader(bytes).read();
}

/** True for what `readJsonTape` reads. */
export function isJson(bytes: Uint8Array): boolean {
  try {
    readJsonTape(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What begins at this byte of a JSON text. */
export function jsonKindAt(bytes: Uint8Array, offset: number): JsonKind {
  switch (bytes[offset] ?? 0) {
    case openBrace:
      return "object";
    case openBracket:
      return "array";
    case quote:
      return "string";
    case 0x74:
      return "true";
    case 0x66:
      return "false";
    case 0x6e:
      return "null";
    default:
      return "number";
  }
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const letterU = 0x75;
const openBrace = 0x7b;
const closeBrace = 0x7d;

// Bytes that may stand in a string as they are.
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[quote] = 0;
isPlain[backslash] = 0;

// Life cycle of one reading. The levels are counted, not recursed: the way back up is in `parents`.
class TapeReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #count = 0;
  #starts: Uint32Array;
  #ends: Uint32Array;
  #nexts: Uint32Array;
  #parents: Int32Array;
  #keys: Uint32Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const room = 16 + Math.floor(bytes.length / 32);
    this.#starts = new Uint32Array(room);
    this.#ends = new Uint32Array(room);
    this.#nexts = new Uint32Array(room);
    this.#parents = new Int32Array(room);
    this.#keys = new Uint32Array(room);
  }

  read(): JsonTape {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw this.#fault("a byte order mark");
    if (!isUtf8(bytes)) throw notJson("it is not UTF-8");
    let container = -1;
    let levels = 0;
    let key = 0;
    for (;;) {
      this.#skipSpace();
      let node = this.#push(container, key);
      const byte = bytes[this.#at];
      if (byte === openBrace || byte === openBracket) {
        if (++levels > maxJsonLevels) throw notJson(`it has more than ${maxJsonLevels} levels`);
        this.#at++;
        this.#skipSpace();
        if (bytes[this.#at] !== (byte === openBrace ? closeBrace : closeBracket)) {
          container = node;
          key = byte === openBrace ? this.#readKey() : 0;
          continue;
        }
        this.#at++;
        levels--;
      } else {
        this.#skipScalar(byte);
      }
      this.#ends[node] = this.#at;
      this.#nexts[node] = this.#count;

      // The value is complete. Go up over every container that ends here.
      for (;;) {
        this.#skipSpace();
        if (container === -1) {
          if (this.#at !== bytes.length) throw this.#fault("something after the value");
          return this.#tape();
        }
        const isObject = bytes[this.#starts[container]!] === openBrace;
        const next = bytes[this.#at];
        if (next === comma) {
          this.#at++;
          if (isObject) {
            this.#skipSpace();
            key = this.#readKey();
          } else {
            key = this.#keys[node]! + 1;
          }
          break;
        }
        if (next !== (isObject ? closeBrace : closeBracket)) {
          throw this.#fault(isObject ? "neither a comma nor the object's end" : "neither a comma nor the array's end");
        }
        this.#at++;
        node = container;
        this.#ends[node] = this.#at;
        this.#nexts[node] = this.#count;
        container = this.#parents[node]!;
        levels--;
      }
    }
  }

  #tape(): JsonTape {
    return {
      bytes: this.#bytes,
      count: this.#count,
      starts: this.#starts,
      ends: this.#ends,
      nexts: this.#nexts,
      parents: this.#parents,
      keys: this.#keys,
    };
  }

  #push(parent: number, key: number): JsonNode {
    const node = this.#count++;
    if (node === this.#starts.length) {
      const room = Math.min(Math.ceil(node * 1.5), this.#bytes.length + 1);
      this.#starts = grow(this.#starts, new Uint32Array(room));
      this.#ends = grow(this.#ends, new Uint32Array(room));
      this.#nexts = grow(this.#nexts, new Uint32Array(room));
      this.#parents = grow(this.#parents, new Int32Array(room));
      this.#keys = grow(this.#keys, new Uint32Array(room));
    }
    this.#starts[node] = this.#at;
    this.#parents[node] = parent;
    this.#keys[node] = key;
    return node;
  }

  // A key and its colon; returns the offset of the key's opening quote.
  #readKey(): number {
    const start = this.#at;
    if (this.#bytes[start] !== quote) throw this.#fault("no key");
    this.#skipString();
    this.#skipSpace();
    if (this.#bytes[this.#at] !== colon) throw this.#fault("no colon after the key");
    this.#at++;
    return start;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (;;) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
      at++;
    }
    this.#at = at;
  }

  #skipScalar(byte: number | undefined): void {
    if (byte === quote) this.#skipString();
    else if (byte === 0x74) this.#skipWord("true");
    else if (byte === 0x66) this.#skipWord("false");
    else if (byte === 0x6e) this.#skipWord("null");
    else this.#skipNumber();
  }

  #skipString(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (;;) {
      while (isPlain[bytes[at]!] === 1) at++;
      if (bytes[at] === quote) break;
      if (bytes[at] !== backslash) {
        this.#at = at;
        throw this.#fault(at < bytes.length ? "a control character in a string" : "no end of the string");
      }
      const escaped = bytes[at + 1];
      if (escaped !== undefined && simpleEscapes[escaped] !== 0) {
        at += 2;
        continue;
      }
      const unit = escaped === letterU ? hexDigitsAt(bytes, at + 2) : -1;
      const isHigh = unit >= 0xd800 && unit < 0xdc00;
      const low = isHigh && bytes[at + 6] === backslash && bytes[at + 7] === letterU ? hexDigitsAt(bytes, at + 8) : -1;
      const isPair = low >= 0xdc00 && low < 0xe000;
      this.#at = at;
      if (unit === -1) throw this.#fault("no such escape");
      if (unit >= 0xd800 && unit < 0xe000 && !isPair) throw this.#fault("a lone surrogate");
      at += isPair ? 12 : 6;
    }
    this.#at = at + 1;
  }

  #skipWord(word: string): void {
    for (let index = 0; index < word.length; index++) {
      if (this.#bytes[this.#at + index] !== word.charCodeAt(index)) throw this.#fault("no value");
    }
    this.#at += word.length;
  }

  #skipNumber(): void {
    const bytes = this.#bytes;
    if (bytes[this.#at] === 0x2d) this.#at++;
    if (bytes[this.#at] === 0x30) this.#at++;
    else this.#skipDigits("no value");
    if (bytes[this.#at] === 0x2e) {
      this.#at++;
      this.#skipDigits("no digit after the decimal point");
    }
    const exponent = bytes[this.#at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at++;
      const sign = bytes[this.#at];
      if (sign === 0x2b || sign === 0x2d) this.#at++;
      this.#skipDigits("no digit in the exponent");
    }
  }

  #skipDigits(fault: string): void {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
    if (at === start) throw this.#fault(fault);
    this.#at = at;
  }

  #fault(what: string): ConfigManagerError {
    if (this.#bytes.length === 0) return notJson("it is empty");
    return notJson(`at byte ${this.#at} there is ${what}`, this.#at);
  }
}

function notJson(reason: string, offset?: number): ConfigManagerError {
  return new ConfigManagerError("CM_VALUE_NOT_JSON", `the value is not JSON: ${reason}`, {
    hint: "remove the key path, or store JSON",
    details: { offset },
  });
}

function grow<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
