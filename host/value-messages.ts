/**
 * The messages of a `GetValues` stream, written and read by hand: ten thousand requests through the runtime of
 * protobuf, cold as it is in a short run, take longer than the plugin does to answer them (plugin protocol 2, section 2).
 */
import type { StoreRequest } from "../internal/resolve/token-store.ts";
import {
  contentFieldBytes,
  textFieldBytes,
  varintBytes,
  WireReader,
  WireWriter,
} from "../internal/goplugin/wire-fields.ts";

/** One `ValueResult` as it came. */
export interface WireResult {
  readonly id: number;
  readonly outcome: WireValue | WireError | undefined;
}

/** A `Value`; `data` is a view into the message. */
export interface WireValue {
  readonly data: Uint8Array;
  /** Empty when the store has none. */
  readonly version: string;
  readonly expiresAt: Date | undefined;
}

/** A `ValueError`. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly hint: string;
}

/** More requests than this are several messages. */
export const maxMessageRequests = 256;
const maxMessageBytes = 65_536;

/**
 * The messages that ask for `requests`, at most 256 of them or 64 KiB in each, a larger one alone; the id of a request
 * is its number, from 1, since 0 is what a forgotten id reads as.
 */
export function* encodeRequests(requests: readonly StoreRequest[]): Generator<Buffer> {
  const begun = begunEarly.get(requests);
  if (begun === undefined) return yield* encodeAll(requests);
  begunEarly.delete(requests);
  yield* begun.messages;
  yield* begun.rest;
}

/**
 * Begins with the messages for `requests` before there is anybody to send them to, one in each turn, as long as they are wanted:
 * to write ten thousand takes as long as a plugin takes to start. `encodeRequests` goes on from there.
 */
export function encodeEarly(requests: readonly StoreRequest[], isWanted: () => boolean): void {
  const messages: Buffer[] = [];
  const rest = encodeAll(requests);
  begunEarly.set(requests, { messages, rest });
  const writeNext = (): void => {
    if (!isWanted() || !begunEarly.has(requests) || messages.length === maxEarlyMessages) return;
    const { done, value } = rest.next();
    if (done === true) return;
    messages.push(value);
    setImmediate(writeNext);
  };
  setImmediate(writeNext);
}

/** By the very list that is asked for. */
const begunEarly = new WeakMap<
  readonly StoreRequest[],
  { readonly messages: readonly Buffer[]; readonly rest: Generator<Buffer> }
>();
const maxEarlyMessages = 64;

function* encodeAll(requests: readonly StoreRequest[]): Generator<Buffer> {
  let batch: SizedRequest[] = [];
  let batchBytes = 0;
  for (const [index, request] of requests.entries()) {
    const sized = measure(index + 1, request);
    const bytes = contentFieldBytes(sized.bytes);
    if (batch.length === maxMessageRequests || (batch.length > 0 && batchBytes + bytes > maxMessageBytes)) {
      yield writeBatch(batch, batchBytes);
      batch = [];
      batchBytes = 0;
    }
    batch.push(sized);
    batchBytes += bytes;
  }
  if (batch.length > 0) yield writeBatch(batch, batchBytes);
}

/** The results of one message; undefined for bytes that are none. */
export function decodeResults(message: Buffer): readonly WireResult[] | undefined {
  const results: WireResult[] = [];
  messageReader.begin(message);
  while (messageReader.next()) {
    if (messageReader.field !== 1) continue;
    const result = decodeResult(message, messageReader.start, messageReader.end);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return messageReader.isBroken ? undefined : results;
}

// One for each depth: nothing here waits, so nobody else can be using them.
const messageReader = new WireReader();
const resultReader = new WireReader();
const outcomeReader = new WireReader();

interface SizedRequest {
  readonly id: number;
  readonly request: StoreRequest;
  readonly pathBytes: number;
  readonly entries: readonly SizedEntry[];
  /** Of the whole `ValueRequest`. */
  readonly bytes: number;
}

interface SizedEntry {
  readonly key: string;
  readonly value: string;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly bytes: number;
}

function measure(id: number, request: StoreRequest): SizedRequest {
  const pathBytes = Buffer.byteLength(request.path);
  const entries = request.metadata.size === 0 ? noEntries : [...request.metadata].map(measureEntry);
  let bytes = 1 + varintBytes(id) + textFieldBytes(pathBytes);
  for (const entry of entries) bytes += contentFieldBytes(entry.bytes);
  return { id, request, pathBytes, entries, bytes };
}

const noEntries: readonly SizedEntry[] = [];

function measureEntry([key, value]: readonly [string, string]): SizedEntry {
  const keyBytes = Buffer.byteLength(key);
  const valueBytes = Buffer.byteLength(value);
  return { key, value, keyBytes, valueBytes, bytes: textFieldBytes(keyBytes) + textFieldBytes(valueBytes) };
}

function writeBatch(batch: readonly SizedRequest[], byteLength: number): Buffer {
  const writer = new WireWriter(byteLength);
  for (const { id, request, pathBytes, entries, bytes } of batch) {
    writer.head(1, bytes);
    writer.number(1, id);
    writer.text(2, request.path, pathBytes);
    for (const entry of entries) {
      writer.head(3, entry.bytes);
      writer.text(1, entry.key, entry.keyBytes);
      writer.text(2, entry.value, entry.valueBytes);
    }
  }
  return writer.message;
}

// The last one wins where a field is there twice, and of the two outcomes too, as protobuf has it.
function decodeResult(message: Buffer, start: number, end: number): WireResult | undefined {
  let id = 0;
  let outcome: WireResult["outcome"];
  resultReader.begin(message, start, end);
  while (resultReader.next()) {
    if (resultReader.field === 1) id = resultReader.value;
    if (resultReader.field !== 2 && resultReader.field !== 3) continue;
    outcomeReader.begin(message, resultReader.start, resultReader.end);
    outcome = resultReader.field === 2 ? readValue() : readError();
    if (outcomeReader.isBroken) return undefined;
  }
  return resultReader.isBroken ? undefined : { id, outcome };
}

function readValue(): WireValue {
  let data: Uint8Array = noBytes;
  let version = "";
  let expiresAt: Date | undefined;
  while (outcomeReader.next()) {
    if (outcomeReader.field === 1) data = outcomeReader.bytes();
    if (outcomeReader.field === 2) version = outcomeReader.text();
    if (outcomeReader.field === 3) expiresAt = readTimestamp(outcomeReader.bytes());
  }
  return { data, version, expiresAt };
}

function readError(): WireError {
  let code = 0;
  let message = "";
  let hint = "";
  while (outcomeReader.next()) {
    if (outcomeReader.field === 1) code = outcomeReader.value;
    if (outcomeReader.field === 2) message = outcomeReader.text();
    if (outcomeReader.field === 3) hint = outcomeReader.text();
  }
  return { code, message, hint };
}

// Undefined for a time that no Date can hold, and for one before 1970.
function readTimestamp(bytes: Buffer): Date | undefined {
  const reader = new WireReader().begin(bytes);
  let ms = 0;
  while (reader.next()) {
    if (reader.field === 1) ms += reader.value * 1000;
    if (reader.field === 2) ms += Math.floor(reader.value / 1_000_000);
  }
  const date = new Date(ms);
  return reader.isBroken || Number.isNaN(date.getTime()) ? undefined : date;
}

const noBytes = Buffer.alloc(0);
