import { H2Error } from "../h2-error.ts";
import { ErrorCode, type Headers } from "../protocol.ts";
import { DynamicTable, entryOverheadBytes } from "./dynamic-table.ts";
import { decodeHuffman } from "./huffman.ts";
import { staticEntries, staticTable } from "./static-table.ts";

/** One list of headers as it was decoded. */
export interface DecodedHeaders {
  readonly fields: Headers;
  /** The list is longer than this side takes; `fields` is cut off, the table is as it should be all the same. */
  readonly isTooLarge: boolean;
}

/**
 * Decodes the headers that a peer sends over one connection (RFC 7541). A short block may stand for a very long list, since
 * it refers to the table: no more than `maxListBytes` of it are kept, whatever the block says.
 */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxTableBytes: number;
  readonly #maxListBytes: number;
  #block: Buffer = noBytes;
  #offset = 0;

  constructor(maxListBytes: number, maxTableBytes = 4096) {
    this.#maxListBytes = maxListBytes;
    this.#maxTableBytes = maxTableBytes;
    this.#table = new DynamicTable(maxTableBytes);
  }

  /** The list of one whole block. Throws an H2Error of the connection, COMPRESSION_ERROR, for what is none. */
  decode(block: Buffer): DecodedHeaders {
    this.#block = block;
    this.#offset = 0;
    const fields: string[] = [];
    let bytes = 0;
    let mayResize = true;
    const add = (name: string, value: string): void => {
      bytes += name.length + value.length + entryOverheadBytes;
      if (bytes <= this.#maxListBytes) fields.push(name, value);
    };
    while (this.#offset < block.length) {
      const first = block[this.#offset]!;
      if (first >= 0x80) {
        const index = this.#integer(7);
        add(this.#nameAt(index), this.#valueAt(index));
      } else if (first >= 0x40) {
        const [name, value] = this.#literal(6);
        this.#table.add(name, value);
        add(name, value);
      } else if (first >= 0x20) {
        if (!mayResize) throw broken("a change of the table's size behind a header");
        this.#resize(this.#integer(5));
        continue;
      } else {
        const [name, value] = this.#literal(4);
        add(name, value);
      }
      mayResize = false;
    }
    this.#block = noBytes;
    return { fields, isTooLarge: bytes > this.#maxListBytes };
  }

  #literal(prefixBits: 4 | 6): readonly [name: string, value: string] {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#nameAt(index);
    return [name, this.#text()];
  }

  #resize(bytes: number): void {
    if (bytes > this.#maxTableBytes) throw broken("a table larger than this side allows");
    this.#table.resize(bytes);
  }

  #nameAt(index: number): string {
    const name =
      index > staticEntries
        ? this.#table.name(index - staticEntries - 1)
        : staticTable[index === 0 ? -1 : index * 2 - 2];
    if (name === undefined) throw broken(`no entry ${index} in the table`);
    return name;
  }

  #valueAt(index: number): string {
    return index > staticEntries ? this.#table.value(index - staticEntries - 1)! : staticTable[index * 2 - 1]!;
  }

  // RFC 7541, section 5.1; nothing here is larger than a block.
  #integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw broken("an integer that is too large");
  }

  #text(): string {
    const isHuffman = (this.#block[this.#offset] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const start = this.#offset;
    const end = start + length;
    if (end > this.#block.length) throw broken("a text that goes beyond its block");
    this.#offset = end;
    const text = isHuffman ? decodeHuffman(this.#block, start, end) : this.#block.toString("latin1", start, end);
    if (text === undefined) throw broken("a text that is no Huffman code");
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#offset++];
    if (byte === undefined) throw broken("a block that is cut off");
    return byte;
  }
}

const noBytes = Buffer.alloc(0);

function broken(what: string): H2Error {
  return new H2Error(ErrorCode.compression, `the peer's headers have ${what}`);
}
