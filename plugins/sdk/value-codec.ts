/**
 * The messages of `GetValues`, read and written by hand: they carry ten thousand values in one run, and the general code
 * of the protobuf runtime, not yet compiled by then, would take several times as long (plugin protocol 2, section 2). A
 * test holds them against that runtime.
 */

/** A `ValueRequest`. */
export interface WireRequest {
  /** The id as it came, a varint: it is only ever sent back. */
  readonly id: Uint8Array;
  readonly path: string;
  readonly metadata: readonly (readonly [string, string])[];
}

/** A `ValueResult`, its error code a number of gRPC's. */
export type WireResult = { readonly id: Uint8Array } & (
  | { readonly value: WireValue }
  | { readonly error: WireFailure }
);

/** A `Value`. */
export interface WireValue {
  readonly data: string | Uint8Array;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number | undefined;
}

/** A `ValueError`. */
export interface WireFailure {
  readonly code: number;
  readonly message: string;
  readonly hint: string;
  readonly retryAfterMs: number | undefined;
}

/** The requests in a `GetValuesRequest`. Throws for bytes that are no message. */
export function decodeValueRequests(message: Buffer): WireRequest[] {
  const requests: WireRequest[] = [];
  const reader = new Reader(message, 0, message.length);
  while (reader.next()) {
    if (reader.tag === tagOf(1)) requests.push(decodeRequest(message, reader.start, reader.end));
  }
  return requests;
}

/** The bytes of a `GetValuesResponse`. */
export function encodeValueResults(results: readonly WireResult[]): Buffer {
  const sizes = results.map(resultBytes);
  const message = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + fieldBytes(size), 0));
  const writer = new Writer(message);
  for (const [index, result] of results.entries()) {
    writer.head(1, sizes[index]!);
    writeResult(writer, result);
  }
  return message;
}

function decodeRequest(message: Buffer, start: number, end: number): WireRequest {
  let id = zero;
  let path = "";
  let metadata: [string, string][] = none;
  const reader = new Reader(message, start, end);
  while (reader.next()) {
    if (reader.tag === 1 << 3) id = message.subarray(reader.start, reader.end);
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

const zero: Uint8Array = Uint8Array.of(0);
const none: [string, string][] = [];

function tagOf(field: number): number {
  return (field << 3) | 2;
}

/** Walks over the fields between two offsets: `start` and `end` enclose the content of the current one. */
class Reader {
  tag = 0;
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
      this.#varint();
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

function resultBytes(result: WireResult): number {
  const id = 1 + result.id.length;
  return id + fieldBytes("value" in result ? valueBytes(result.value) : failureBytes(result.error));
}

function valueBytes({ data, version, expiresAtMs }: WireValue): number {
  const time = expiresAtMs === undefined ? 0 : fieldBytes(timeBytes(expiresAtMs));
  return contentBytes(lengthOf(data)) + contentBytes(lengthOf(version)) + time;
}

function failureBytes({ code, message, hint, retryAfterMs }: WireFailure): number {
  const wait = retryAfterMs === undefined ? 0 : fieldBytes(timeBytes(retryAfterMs));
  return 2 + contentBytes(lengthOf(message)) + contentBytes(lengthOf(hint)) + wait + (code < 0x80 ? 0 : 1);
}

function writeResult(writer: Writer, result: WireResult): void {
  writer.varint(1 << 3);
  writer.bytes(result.id);
  if ("value" in result) {
    const { data, version, expiresAtMs } = result.value;
    writer.head(2, valueBytes(result.value));
    writer.content(1, data);
    writer.content(2, version);
    if (expiresAtMs !== undefined) writer.time(3, expiresAtMs);
    return;
  }
  const { code, message, hint, retryAfterMs } = result.error;
  writer.head(3, failureBytes(result.error));
  writer.varint(1 << 3);
  writer.varint(code);
  writer.content(2, message);
  writer.content(3, hint);
  if (retryAfterMs !== undefined) writer.time(4, retryAfterMs);
}

function lengthOf(content: string | Uint8Array): number {
  return typeof content === "string" ? Buffer.byteLength(content) : content.length;
}

function fieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

// An empty text is not written, as proto3 has it.
function contentBytes(length: number): number {
  return length === 0 ? 0 : fieldBytes(length);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest /= 0x80) bytes++;
  return bytes;
}

interface Time {
  readonly seconds: bigint;
  readonly nanos: number;
}

// A Timestamp or a Duration: both are seconds and billionths.
function toTime(ms: number): Time {
  const seconds = Math.floor(ms / 1000);
  // A negative int64 is written as its complement.
  return { seconds: BigInt.asUintN(64, BigInt(seconds)), nanos: Math.round(ms - seconds * 1000) * 1_000_000 };
}

function timeBytes(ms: number): number {
  const { seconds, nanos } = toTime(ms);
  const secondBytes = seconds === 0n ? 0 : 1 + bigVarint(seconds).length;
  return secondBytes + (nanos === 0 ? 0 : 1 + varintBytes(nanos));
}

function bigVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** Writes fields one after the other; there is room for them. */
class Writer {
  readonly #message: Buffer;
  #at = 0;

  constructor(message: Buffer) {
    this.#message = message;
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#message[this.#at++] = (rest % 0x80) | 0x80;
    this.#message[this.#at++] = rest;
  }

  bytes(bytes: Uint8Array): void {
    this.#message.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  head(field: number, length: number): void {
    this.varint(tagOf(field));
    this.varint(length);
  }

  content(field: number, content: string | Uint8Array): void {
    const length = lengthOf(content);
    if (length === 0) return;
    this.head(field, length);
    if (typeof content === "string") this.#at += this.#message.write(content, this.#at);
    else this.bytes(content);
  }

  time(field: number, ms: number): void {
    const { seconds, nanos } = toTime(ms);
    this.head(field, timeBytes(ms));
    if (seconds !== 0n) {
      this.varint(1 << 3);
      this.bytes(bigVarint(seconds));
    }
    if (nanos === 0) return;
    this.varint(2 << 3);
    this.varint(nanos);
  }
}
