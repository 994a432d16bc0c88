/**
 * Fields of a protobuf message, read and written by hand: the few messages that every run needs are so small that loading
 * the runtime of protobuf for them, in host and plugin, would cost more than all that is said with them. Nothing larger
 * is to be read with this.
 */

const lengthDelimited = 2;

/**
 * Goes through the fields of a message, unknown ones included. It makes no object for a field and can be set on the
 * next message: ten thousand values are read by three of these.
 */
export class WireReader {
  /** The number of the field. */
  field = 0;
  /** The value of a varint field, else 0. */
  value = 0;
  /** Where the content of a length-delimited field begins and ends in the message; else the same twice. */
  start = 0;
  end = 0;
  /** The bytes are no message; `next` is false then. */
  isBroken = false;
  #message: Buffer = noBytes;
  #offset = 0;
  #limit = 0;

  /** Begins with the message that lies between two offsets of `bytes`. */
  begin(bytes: Buffer, start = 0, end: number = bytes.length): this {
    this.#message = bytes;
    this.#offset = start;
    this.#limit = end;
    this.isBroken = false;
    return this;
  }

  /** Goes to the next field; false when there is none. */
  next(): boolean {
    if (this.#offset >= this.#limit || this.isBroken) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.value = 0;
    this.start = this.#offset;
    switch (tag % 8) {
      case 0:
        this.value = this.#varint();
        this.start = this.#offset;
        break;
      case 1:
        this.#offset += 8;
        break;
      case lengthDelimited: {
        const length = this.#varint();
        this.start = this.#offset;
        this.#offset += length;
        break;
      }
      case 5:
        this.#offset += 4;
        break;
      default:
        this.isBroken = true;
    }
    this.end = tag % 8 === lengthDelimited ? this.#offset : this.start;
    if (this.#offset > this.#limit) this.isBroken = true;
    return !this.isBroken;
  }

  /** Throws when the bytes were no message. */
  checkWhole(): void {
    if (this.isBroken) throw new Error("the bytes are no message");
  }

  /** The content of a length-delimited field, a view. */
  bytes(): Buffer {
    return this.#message.subarray(this.start, this.end);
  }

  /** The content as text. */
  text(): string {
    return this.#message.toString("utf8", this.start, this.end);
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < 10; index++) {
      const byte = this.#message[this.#offset++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    this.isBroken = true;
    return 0;
  }
}

const noBytes = Buffer.alloc(0);

/** Writes a message whose length was computed before. */
export class WireWriter {
  readonly message: Buffer;
  #offset = 0;

  constructor(byteLength: number) {
    this.message = Buffer.allocUnsafe(byteLength);
  }

  /** A varint field. */
  number(field: number, value: number): void {
    this.#varint(field * 8);
    this.#varint(value);
  }

  /** A text field; an empty one is left out, as proto3 has it. `byteLength` is that of `text` in UTF-8. */
  text(field: number, text: string, byteLength: number): void {
    if (byteLength === 0) return;
    this.head(field, byteLength);
    this.#offset += this.message.write(text, this.#offset);
  }

  /** The head of a field whose content is written next. */
  head(field: number, byteLength: number): void {
    this.#varint(field * 8 + lengthDelimited);
    this.#varint(byteLength);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.message[this.#offset++] = (rest % 0x80) | 0x80;
    this.message[this.#offset++] = rest;
  }
}

/** Bytes of a field with a content of `byteLength`, head included; its number is below 16. */
export function contentFieldBytes(byteLength: number): number {
  return 1 + varintBytes(byteLength) + byteLength;
}

/** Bytes of a text field, none for an empty one. */
export function textFieldBytes(byteLength: number): number {
  return byteLength === 0 ? 0 : contentFieldBytes(byteLength);
}

/** Bytes of a number as a varint. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** A field with a content, none for an empty one: for messages that are made once and put together of their fields. */
export function contentField(field: number, content: string | Uint8Array): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (bytes.length === 0) return noBytes;
  const writer = new WireWriter(contentFieldBytes(bytes.length));
  writer.head(field, bytes.length);
  writer.message.set(bytes, writer.message.length - bytes.length);
  return writer.message;
}

/** A varint field, none for 0: a number, an enum or a flag. Its number is below 16. */
export function numberField(field: number, value: number): Buffer {
  if (value === 0) return noBytes;
  const writer = new WireWriter(1 + varintBytes(value));
  writer.number(field, value);
  return writer.message;
}

/** A message of text fields, in the order of `texts`: field 1, 2, … */
export function writeTextFields(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const writer = new WireWriter(lengths.reduce((sum, length) => sum + textFieldBytes(length), 0));
  for (const [index, text] of texts.entries()) writer.text(index + 1, text, lengths[index]!);
  return writer.message;
}
