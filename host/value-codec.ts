/**
 * The two messages of app protocol 1, written and read by hand: three fields in all, asked for ten thousand times in a
 * run, and the runtime of protobuf would have to be loaded before the first value (go-plugin protocol, section 5.8).
 */

/** The bytes of a `proto.TokenValueRequest`. */
export function encodeValueRequest(token: string, metadata: string): Buffer {
  const tokenBytes = Buffer.byteLength(token);
  const metadataBytes = Buffer.byteLength(metadata);
  const message = Buffer.allocUnsafe(fieldBytes(tokenBytes) + fieldBytes(metadataBytes));
  writeField(message, writeField(message, 0, 1, token, tokenBytes), 2, metadata, metadataBytes);
  return message;
}

/**
 * The value in a `proto.TokenValueResponse`, a view into `message`; empty when the field is absent, the last one when
 * it is there twice. Undefined for bytes that are no message.
 */
export function decodeValueResponse(message: Buffer): Uint8Array | undefined {
  let value: Uint8Array = message.subarray(0, 0);
  for (let offset = 0; offset < message.length;) {
    const tag = readVarint(message, offset);
    if (tag === undefined) return undefined;
    const end = fieldEnd(message, tag);
    if (end === undefined) return undefined;
    if (tag.value === valueTag) value = message.subarray(end.start, end.end);
    offset = end.end;
  }
  return value;
}

const lengthDelimited = 2;
const valueTag = (1 << 3) | lengthDelimited;

interface Varint {
  readonly value: number;
  readonly end: number;
}

// An empty field is not written, as proto3 has it.
function fieldBytes(length: number): number {
  return length === 0 ? 0 : 1 + varintBytes(length) + length;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest /= 0x80) bytes++;
  return bytes;
}

function writeField(message: Buffer, offset: number, field: number, text: string, length: number): number {
  if (length === 0) return offset;
  let at = message.writeUInt8((field << 3) | lengthDelimited, offset);
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) at = message.writeUInt8((rest % 0x80) | 0x80, at);
  at = message.writeUInt8(rest, at);
  return at + message.write(text, at);
}

function readVarint(message: Buffer, start: number): Varint | undefined {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = message[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}

// Where the content of a field begins and ends, whichever field it is: unknown ones are skipped.
function fieldEnd(message: Buffer, tag: Varint): { start: number; end: number } | undefined {
  const span = (start: number, length: number): { start: number; end: number } | undefined =>
    start + length > message.length ? undefined : { start, end: start + length };
  switch (tag.value % 8) {
    case 0: {
      const varint = readVarint(message, tag.end);
      return varint === undefined ? undefined : span(tag.end, varint.end - tag.end);
    }
    case 1:
      return span(tag.end, 8);
    case lengthDelimited: {
      const length = readVarint(message, tag.end);
      return length === undefined ? undefined : span(length.end, length.value);
    }
    case 5:
      return span(tag.end, 4);
    default:
      return undefined;
  }
}
