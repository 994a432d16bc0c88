import type { Headers } from "../protocol.ts";
import { DynamicTable, entryOverheadBytes } from "./dynamic-table.ts";
import { staticEntries, staticTable } from "./static-table.ts";

/** The largest table that is kept for a peer that allows more. */
const maxTableBytes = 4096;

/**
 * Encodes the headers of one direction of a connection (RFC 7541). Lists that come again and again are put into the dynamic
 * table, and their block is kept: ten thousand calls of one method then cost a copy of about eight bytes each.
 */
export class HpackEncoder {
  readonly #table = new DynamicTable(maxTableBytes);
  /** By `name\0value`, the number of the entry in the order in which they were added. */
  readonly #numbers = new Map<string, number>();
  #blocks = new WeakMap<Headers, { readonly inserted: number; readonly bytes: Buffer }>();
  /** The smallest and the last size since the last block, both of which the peer has to be told. */
  #sizes: readonly [smallest: number, last: number] | undefined;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  setPeerTableSize(bytes: number): void {
    const last = Math.min(bytes, maxTableBytes);
    if (last === this.#table.maxBytes && this.#sizes === undefined) return;
    this.#sizes = [Math.min(last, this.#sizes?.[0] ?? last), last];
    this.#table.resize(last);
    // What is kept refers to entries that may be gone.
    this.#blocks = new WeakMap();
    this.#numbers.clear();
  }

  /**
   * The block of a list: of `indexed`, which is always the same array for the same headers, and after it of `plain`, which
   * leaves no trace in a table.
   */
  encode(indexed: Headers, plain: Headers = noHeaders): Buffer {
    const parts: Buffer[] = [];
    if (this.#sizes !== undefined) {
      const [smallest, last] = this.#sizes;
      if (smallest < last) parts.push(writeInteger(0x20, 5, smallest));
      parts.push(writeInteger(0x20, 5, last));
      this.#sizes = undefined;
    }
    const kept = this.#blocks.get(indexed);
    if (kept !== undefined && kept.inserted === this.#table.inserted) {
      if (parts.length === 0 && plain.length === 0) return kept.bytes;
      parts.push(kept.bytes);
    } else {
      parts.push(this.#encodeIndexed(indexed));
    }
    for (let at = 0; at < plain.length; at += 2) parts.push(this.#literal(0x00, 4, plain[at]!), text(plain[at + 1]!));
    return Buffer.concat(parts);
  }

  #encodeIndexed(indexed: Headers): Buffer {
    const before = this.#table.inserted;
    const parts: Buffer[] = [];
    for (let at = 0; at < indexed.length; at += 2) this.#field(indexed[at]!, indexed[at + 1]!, parts);
    const bytes = Buffer.concat(parts);
    if (before === this.#table.inserted) this.#blocks.set(indexed, { inserted: before, bytes });
    return bytes;
  }

  #field(name: string, value: string, parts: Buffer[]): void {
    const index = this.#indexOf(name, value);
    if (index !== undefined) {
      parts.push(writeInteger(0x80, 7, index));
      return;
    }
    const fits = name.length + value.length + entryOverheadBytes <= this.#table.maxBytes / 4;
    parts.push(fits ? this.#literal(0x40, 6, name) : this.#literal(0x00, 4, name), text(value));
    if (!fits) return;
    this.#numbers.set(`${name}\0${value}`, this.#table.inserted);
    this.#table.add(name, value);
    if (this.#numbers.size > 2 * this.#table.length + 16) this.#forgetEvicted();
  }

  #indexOf(name: string, value: string): number | undefined {
    const fixed = staticIndex(name, value);
    if (fixed !== undefined) return fixed;
    const number = this.#numbers.get(`${name}\0${value}`);
    if (number === undefined) return undefined;
    const age = this.#table.inserted - 1 - number;
    return age < this.#table.length ? staticEntries + 1 + age : undefined;
  }

  // The name by its index in the static table, where it has one.
  #literal(pattern: number, prefixBits: number, name: string): Buffer {
    const index = staticIndex(name);
    if (index !== undefined) return writeInteger(pattern, prefixBits, index);
    return Buffer.concat([writeInteger(pattern, prefixBits, 0), text(name)]);
  }

  #forgetEvicted(): void {
    for (const [key, number] of this.#numbers) {
      if (this.#table.inserted - 1 - number >= this.#table.length) this.#numbers.delete(key);
    }
  }
}

const noHeaders: Headers = [];

function staticIndex(name: string, value?: string): number | undefined {
  for (let at = 0; at < staticEntries * 2; at += 2) {
    if (staticTable[at] === name && (value === undefined || staticTable[at + 1] === value)) return at / 2 + 1;
  }
  return undefined;
}

function text(value: string): Buffer {
  return Buffer.concat([writeInteger(0x00, 7, value.length), Buffer.from(value, "latin1")]);
}

// RFC 7541, section 5.1.
function writeInteger(pattern: number, prefixBits: number, value: number): Buffer {
  const mask = 2 ** prefixBits - 1;
  if (value < mask) return Buffer.of(pattern | value);
  const bytes = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
