/** An id is only ever sent back: a number, or the varint as it came where that is beyond a number's exactness. */
export type WireId = number | Uint8Array;

/** A `ValueRequest`. */
export interface WireRequest {
  readonly id: WireId;
  readonly path: string;
  readonly metadata: readonly (readonly [string, string])[];
}

/**
 * The requests in a `GetValuesRequest` (plugin protocol 2, section 2). Throws for bytes that are no message.
 *
 * Read by hand: ten thousand requests come in one run, and the general code of the protobuf runtime, not yet compiled by
 * then, takes several times as long. A test holds this against that runtime.
 */
export function decodeValueRequests(message: Buffer): WireRequest[] {
  const requests: WireRequest[] = [];
  const reader = new Reader(message, 0, message.length);
  while (reader.next()) {
    if (reader.tag === tagOf(1)) requests.push(decodeRequest(message, reader.start, reader.end));
  }
  return requests;
}

function decodeRequest(message: Buffer, start: number, end: number): WireRequest {
  let id: WireId = 0;
  let path = "";
  let metadata: [string, string][] = none;
  const reader = new Reader(message, start, end);
  while (reader.next()) {
    if (reader.tag === 1 << 3)
      id = reader.number <= Number.MAX_SAFE_INTEGER ? reader.number : message.subarray(reader.start, reader.end);
    else if (reader.tag === tagOf(2)) path = reader.text();
    else if (reader.tag === tagOf(3)) {
      if (metadata === none) metadata = [];
      metadata.push(decodePair(message, reader.start, reader.end));
    }
  }
  return { id, path, metadata };
}

// An entry of a map.
function decodePair(message: Buffer, start: number, end: number): [string, string] {
  const pair: [string, string] = ["", ""];
  const reader = new Reader(message, start, end);
  while (reader.next()) {
    if (reader.tag === tagOf(1)) pair[0] = reader.text();
    else if (reader.tag === tagOf(2)) pair[1] = reader.text();
  }
  return pair;
}

const none: [string, string][] = [];

function tagOf(field: number): number {
  return (field << 3) | 2;
}

/** Walks over the fields between two offsets: `start` and `end` enclose the content of the current one. */
class Reader {
  tag = 0;
  /** The current field, where it is a number; not exact beyond 53 bits. */
  number = 0;
  start = 0;
  end: number;
  readonly #message: Buffer;
  readonly #limit: number;

  constructor(message: Buffer, start: number, limit: number) {
    this.#message = message;
    this.end = start;
    this.#limit = limit;
  }

  next(): boolean {
    if (this.end === this.#limit) return false;
    this.start = this.end;
    this.tag = this.#varint();
    const wireType = this.tag & 7;
    if (wireType === 2) {
      const length = this.#varint();
      this.end = this.start + length;
    } else if (wireType === 0) {
      const begin = this.start;
      this.number = this.#varint();
      this.end = this.start;
      this.start = begin;
    } else if (wireType === 1) this.end = this.start + 8;
    else if (wireType === 5) this.end = this.start + 4;
    else throw new Error(`wire type ${wireType} is not known`);
    if (this.end > this.#limit) throw new Error("a field runs over its end");
    return true;
  }

  text(): string {
    return this.#message.toString("utf8", this.start, this.end);
  }

  /** Reads from `start` and moves it on. More than 53 bits are not exact, and no length has them. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10 && this.start < this.#limit; count++) {
      const byte = this.#message[this.start++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new Error("a number does not end");
  }
}
