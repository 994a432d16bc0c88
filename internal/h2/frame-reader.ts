import { H2Error } from "./h2-error.ts";
import { defaultMaxFrame, ErrorCode, frameHeadBytes } from "./protocol.ts";

/** Takes one frame; `payload` is a view that is good as long as it is kept. */
export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void;

/**
 * Cuts what a socket brings into frames. A frame that comes whole within one chunk is not copied; of one that does not, no
 * more is kept than its own bytes, and none is longer than this side allows.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  readonly #head = Buffer.alloc(frameHeadBytes);
  #headBytes = 0;
  /** The payload of the frame that has begun; undefined while its head is not whole. */
  #payload: Buffer | undefined;
  #payloadBytes = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Throws an H2Error of the connection for a frame that is too long, and whatever `onFrame` does. */
  read(chunk: Buffer): void {
    let offset = 0;
    if (this.#headBytes > 0) offset = this.#finish(chunk);
    while (offset < chunk.length) {
      const payloadAt = offset + frameHeadBytes;
      if (payloadAt > chunk.length) break;
      const end = payloadAt + checkedLength(chunk, offset);
      if (end > chunk.length) break;
      this.#emit(chunk, offset, chunk.subarray(payloadAt, end));
      offset = end;
    }
    if (offset < chunk.length) this.#begin(chunk, offset);
  }

  // Keeps the beginning of a frame, for which there is room for the whole.
  #begin(chunk: Buffer, offset: number): void {
    this.#headBytes = chunk.copy(this.#head, 0, offset);
    if (this.#headBytes < frameHeadBytes) return;
    this.#payload = Buffer.allocUnsafe(checkedLength(this.#head, 0));
    this.#payloadBytes = chunk.copy(this.#payload, 0, offset + frameHeadBytes);
  }

  // Adds to the frame that has begun; how many bytes of the chunk belonged to it.
  #finish(chunk: Buffer): number {
    let offset = 0;
    if (this.#payload === undefined) {
      offset = chunk.copy(this.#head, this.#headBytes, 0);
      this.#headBytes += offset;
      if (this.#headBytes < frameHeadBytes) return offset;
      this.#payload = Buffer.allocUnsafe(checkedLength(this.#head, 0));
      this.#payloadBytes = 0;
    }
    const copied = chunk.copy(this.#payload, this.#payloadBytes, offset);
    this.#payloadBytes += copied;
    offset += copied;
    if (this.#payloadBytes < this.#payload.length) return offset;
    const payload = this.#payload;
    this.#headBytes = 0;
    this.#payload = undefined;
    this.#emit(this.#head, 0, payload);
    return offset;
  }

  #emit(head: Buffer, at: number, payload: Buffer): void {
    // The highest bit of the stream's number is reserved.
    this.#onFrame(head[at + 3]!, head[at + 4]!, head.readUInt32BE(at + 5) & 0x7fff_ffff, payload);
  }
}

// This side never asks for longer frames than the default.
function checkedLength(head: Buffer, at: number): number {
  const length = head.readUIntBE(at, 3);
  if (length > defaultMaxFrame) throw new H2Error(ErrorCode.frameSize, `the peer sent a frame of ${length} bytes`);
  return length;
}
