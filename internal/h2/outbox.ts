import { frameHeadBytes } from "./protocol.ts";

/** What of a socket is written to. */
export interface ByteSink {
  readonly write: (bytes: Buffer) => boolean;
}

/** A payload up to so many bytes is copied to the others; a larger one is a piece of its own. */
const maxCopiedBytes = 2048;
const slabBytes = 16 * 1024;
/** So much is written at once and not at the end of the turn: the peer has work while the rest is made. */
const earlyBytes = 32 * 1024;
/** DATA waits while so much has not been written. */
const highWaterBytes = 256 * 1024;

/**
 * Gathers the frames of one turn into one write to the socket, or a few when they are many. What it holds is bounded by who writes: DATA by `isFull`,
 * answers to the peer by the connection.
 */
export class Outbox {
  readonly #sink: ByteSink;
  readonly #onRoom: () => void;
  /** Written pieces refer to it, so no byte of it is used twice. */
  #slab: Buffer = Buffer.allocUnsafe(slabBytes);
  #from = 0;
  #to = 0;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isOpen = false;
  #isBlocked = false;
  #isScheduled = false;
  #isClosed = false;

  /** `onRoom` is called when it was full and is no more. */
  constructor(sink: ByteSink, onRoom: () => void) {
    this.#sink = sink;
    this.#onRoom = onRoom;
  }

  /** The socket takes no more for now, or much is waiting. */
  get isFull(): boolean {
    return this.#isBlocked || this.#bytes > highWaterBytes;
  }

  /** From now on the socket is there; what was gathered is written. */
  open(): void {
    this.#isOpen = true;
    this.flush();
  }

  /** Nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#pieces = [];
  }

  /** The socket has written what it had. */
  drained(): void {
    this.#isBlocked = false;
    this.#onRoom();
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.#head(payload.length, type, flags, streamId);
    this.bytes(payload);
  }

  /** A frame whose payload is one number of 32 bits. */
  numberFrame(type: number, streamId: number, value: number): void {
    this.#head(4, type, 0, streamId);
    this.#reserve(4);
    this.#to = this.#slab.writeUInt32BE(value, this.#to);
    this.#bytes += 4;
  }

  /** What is no frame, or the payload of one. */
  bytes(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (bytes.length <= maxCopiedBytes) {
      this.#reserve(bytes.length);
      this.#to += bytes.copy(this.#slab, this.#to);
    } else {
      this.#closePiece();
      this.#pieces.push(bytes);
    }
    if (this.#bytes >= earlyBytes && !this.#isBlocked) this.flush();
    else if (!this.#isScheduled) this.#schedule();
  }

  /** Writes what is gathered; else that happens when it is much, or at the end of the turn. */
  flush(): void {
    if (!this.#isOpen || this.#bytes === 0 || this.#isClosed) return;
    this.#closePiece();
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    const wasBlocked = this.#isBlocked;
    if (!this.#sink.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes))) this.#isBlocked = true;
    // A socket that has taken all at once never says that it is drained.
    if (!wasBlocked && !this.#isBlocked && bytes > highWaterBytes) this.#onRoom();
  }

  #head(length: number, type: number, flags: number, streamId: number): void {
    this.#reserve(frameHeadBytes);
    const at = this.#to;
    this.#slab.writeUIntBE(length, at, 3);
    this.#slab[at + 3] = type;
    this.#slab[at + 4] = flags;
    this.#to = this.#slab.writeUInt32BE(streamId, at + 5);
    this.#bytes += frameHeadBytes;
    if (!this.#isScheduled) this.#schedule();
  }

  #reserve(bytes: number): void {
    if (this.#to + bytes <= slabBytes) return;
    this.#closePiece();
    this.#slab = Buffer.allocUnsafe(slabBytes);
    this.#from = this.#to = 0;
  }

  #closePiece(): void {
    if (this.#from < this.#to) this.#pieces.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  // After all that this turn still does, promises included.
  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}
