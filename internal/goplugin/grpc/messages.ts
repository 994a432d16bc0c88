import { type CallStatus, StatusCode } from "./status.ts";

/** No message is longer unless somebody says so: what is longer could not be held in one piece everywhere. */
export const defaultMaxMessageBytes: number = 1024 * 1024 * 1024;

/** Bytes in front of each message: a flag, the length. */
const prefixBytes = 5;

/** A message as it travels (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  return framed;
}

/**
 * Cuts what a stream brings into messages. One that comes whole within one piece is a view of it. A length that is only
 * announced costs nothing, and neither does its coming in many small pieces: what has come is kept in one buffer that grows.
 */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #onMessage: (message: Buffer) => void;
  /** The beginning of a message, prefix included. */
  #held: Buffer = noBytes;
  #heldBytes = 0;

  constructor(onMessage: (message: Buffer) => void, maxBytes: number) {
    this.#onMessage = onMessage;
    this.#maxBytes = maxBytes;
  }

  /** Nothing of a message is left over. */
  get isBetweenMessages(): boolean {
    return this.#heldBytes === 0;
  }

  /** Hands on what is whole now; the status that the call is to end with for what is no message. */
  read(piece: Buffer): CallStatus | undefined {
    if (this.#heldBytes === 0) return this.#cut(piece);
    this.#hold(piece);
    if (this.#heldBytes < prefixBytes) return undefined;
    const wrong = this.#check(this.#held, 0);
    if (wrong !== undefined) return wrong;
    if (this.#heldBytes < prefixBytes + this.#held.readUInt32BE(1)) return undefined;
    const bytes = this.#held.subarray(0, this.#heldBytes);
    // Messages are views of it.
    this.#held = noBytes;
    this.#heldBytes = 0;
    return this.#cut(bytes);
  }

  #cut(bytes: Buffer): CallStatus | undefined {
    let offset = 0;
    while (bytes.length - offset >= prefixBytes) {
      const wrong = this.#check(bytes, offset);
      if (wrong !== undefined) return wrong;
      const start = offset + prefixBytes;
      const end = start + bytes.readUInt32BE(offset + 1);
      if (end > bytes.length) break;
      this.#onMessage(bytes.subarray(start, end));
      offset = end;
    }
    if (offset < bytes.length) this.#hold(bytes.subarray(offset));
    return undefined;
  }

  #hold(piece: Buffer): void {
    const bytes = this.#heldBytes + piece.length;
    if (bytes > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytes, this.#held.length * 2));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #check(bytes: Buffer, offset: number): CallStatus | undefined {
    if (bytes[offset] !== 0) return compressed;
    const length = bytes.readUInt32BE(offset + 1);
    return length > this.#maxBytes ? tooLarge(length, this.#maxBytes) : undefined;
  }
}

const noBytes = Buffer.alloc(0);

const compressed: CallStatus = {
  code: StatusCode.INTERNAL,
  details: "a message is compressed although no compression was agreed on",
};

function tooLarge(length: number, maxBytes: number): CallStatus {
  return {
    code: StatusCode.RESOURCE_EXHAUSTED,
    details: `a message of ${length} bytes is larger than the ${maxBytes} that are taken`,
  };
}
