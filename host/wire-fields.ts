/**
 * Fields of a protobuf message, read by hand: the few messages that every run needs are so small that loading the
 * runtime of protobuf for them would cost more than starting a plugin does. Nothing larger is to be read with this.
 */

/** One field as it is on the wire. */
export interface WireField {
  readonly number: number;
  /** The value of a varint field, else 0. */
  readonly value: number;
  /** The content of a length-delimited field, a view into the message; else empty. */
  readonly bytes: Buffer;
}

const lengthDelimited = 2;

/** The fields of a message in its order, unknown ones included; undefined for bytes that are no message. */
export function readFields(message: Buffer): readonly WireField[] | undefined {
  const fields: WireField[] = [];
  for (let offset = 0; offset < message.length;) {
    const tag = readVarint(message, offset);
    if (tag === undefined) return undefined;
    const content = readContent(message, tag);
    if (content === undefined || content.end > message.length) return undefined;
    const isText = tag.value % 8 === lengthDelimited;
    fields.push({
      number: Math.floor(tag.value / 8),
      value: content.value,
      bytes: isText ? message.subarray(content.start, content.end) : message.subarray(0, 0),
    });
    offset = content.end;
  }
  return fields;
}

/** A message of length-delimited fields, in the order of `texts`: field 1, 2, …; empty ones are left out, as proto3 has it. */
export function writeTextFields(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const message = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + fieldBytes(length), 0));
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    const length = lengths[index]!;
    if (length === 0) continue;
    offset = message.writeUInt8((index + 1) * 8 + lengthDelimited, offset);
    let rest = length;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) offset = message.writeUInt8((rest % 0x80) | 0x80, offset);
    offset = message.writeUInt8(rest, offset);
    offset += message.write(text, offset);
  }
  return message;
}

interface Varint {
  readonly value: number;
  readonly end: number;
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

function readContent(message: Buffer, tag: Varint): { start: number; end: number; value: number } | undefined {
  const start = tag.end;
  switch (tag.value % 8) {
    case 0: {
      const varint = readVarint(message, start);
      return varint === undefined ? undefined : { start, ...varint };
    }
    case 1:
      return { start, end: start + 8, value: 0 };
    case lengthDelimited: {
      const length = readVarint(message, start);
      return length === undefined ? undefined : { start: length.end, end: length.end + length.value, value: 0 };
    }
    case 5:
      return { start, end: start + 4, value: 0 };
    default:
      return undefined;
  }
}

function fieldBytes(length: number): number {
  if (length === 0) return 0;
  let bytes = 2 + length;
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
