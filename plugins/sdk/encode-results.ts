import type { WireId } from "./decode-requests.ts";

/** A `ValueResult`, its error code a number of gRPC's. */
export type WireResult = { readonly id: WireId } & ({ readonly value: WireValue } | { readonly error: WireFailure });

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

/**
 * The bytes of a `GetValuesResponse` (plugin protocol 2, section 2). Written by hand for the reason that
 * `decode-requests.ts` is read by hand.
 */
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

function resultBytes(result: WireResult): number {
  const id = 1 + (typeof result.id === "number" ? varintBytes(result.id) : result.id.length);
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
  if (typeof result.id === "number") writer.varint(result.id);
  else writer.bytes(result.id);
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

function tagOf(field: number): number {
  return (field << 3) | 2;
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
