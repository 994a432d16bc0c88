import type { H2Error } from "./h2-error.ts";
import type { Headers } from "./protocol.ts";
import type { ReceiveWindow } from "./receive-window.ts";

/** Who is told what comes on a stream. Nothing is told after `onClosed`. */
export interface StreamListener {
  /** Headers, informational ones and trailers included, whose rules have been checked. */
  readonly onHeaders: (fields: Headers, isLast: boolean) => void;
  /** Bytes as they come; a view that is good as long as it is kept. */
  readonly onData: (bytes: Buffer, isLast: boolean) => void;
  /** A `write` that returned false has room again. */
  readonly onDrained: () => void;
  /** The stream is over: by itself, or for a reason. Called once; not for a `reset` of this side's own. */
  readonly onClosed: (reason: H2Error | undefined) => void;
}

/** What a stream needs of its connection. */
export interface StreamCarrier {
  /** How many bytes of DATA may go out now, of so many. */
  readonly roomFor: (bytes: number) => number;
  readonly sendData: (stream: H2Stream, bytes: Buffer, isLast: boolean) => void;
  readonly sendHeaders: (stream: H2Stream, indexed: Headers, plain: Headers, isLast: boolean) => void;
  /** The stream has more to send than may go out. */
  readonly wait: (stream: H2Stream) => void;
  readonly reset: (stream: H2Stream, code: number) => void;
  /** Both sides have sent all. */
  readonly finished: (stream: H2Stream) => void;
  /** This side has sent all, and the peer has not. */
  readonly endedFirst: (stream: H2Stream) => void;
}

/** `write` returns false above so many bytes that wait. */
const highWaterBytes = 64 * 1024;

/** One stream: what is to be sent on it waits here for the peer's windows. */
export class H2Stream {
  /** 0 while the peer takes no more streams. */
  id = 0;
  sendWindow: number;
  readonly receiveWindow: ReceiveWindow;
  listener: StreamListener;
  /** This side, or the peer, has sent all. */
  localEnded = false;
  remoteEnded = false;
  /** The peer's first headers have come. */
  hasHeaders = false;
  isClosed = false;
  readonly #carrier: StreamCarrier;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** How the queue ends: with its last bytes, or with these. */
  #end: "data" | { readonly indexed: Headers; readonly plain: Headers } | undefined;
  #isFull = false;

  constructor(carrier: StreamCarrier, listener: StreamListener, sendWindow: number, receiveWindow: ReceiveWindow) {
    this.#carrier = carrier;
    this.listener = listener;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /**
   * Sends bytes, which are not copied; false when they have to wait, and `onDrained` is told when they have gone. What is
   * written to a stream that is over is dropped.
   */
  write(bytes: Buffer, isLast: boolean): boolean {
    if (this.isClosed || this.#end !== undefined) return true;
    if (bytes.length > 0) this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (isLast) this.#end = "data";
    this.flush();
    this.#isFull ||= this.#queuedBytes > highWaterBytes;
    return !this.#isFull;
  }

  /** Sends headers before any data; with `isLast` instead of any. */
  writeHeaders(indexed: Headers, plain: Headers, isLast: boolean): void {
    if (this.isClosed || this.localEnded) return;
    this.#carrier.sendHeaders(this, indexed, plain, isLast);
    if (isLast) this.#ended();
  }

  /** Sends headers when all data has gone, and ends this side. */
  writeTrailers(indexed: Headers, plain: Headers): void {
    if (this.isClosed || this.#end !== undefined) return;
    this.#end = { indexed, plain };
    this.flush();
  }

  /** Ends the stream at once; `onClosed` is not told. */
  reset(code: number): void {
    if (!this.isClosed) this.#carrier.reset(this, code);
  }

  /** Sends what may go. */
  flush(): void {
    while (this.step());
  }

  /** Sends one frame, if one may go; false when nothing went. */
  step(): boolean {
    if (this.isClosed || this.localEnded || this.id === 0) return false;
    const first = this.#queue[0];
    if (first === undefined) return this.#sendEnd();
    const room = Math.min(this.sendWindow, this.#carrier.roomFor(first.length));
    if (room <= 0) {
      this.#carrier.wait(this);
      return false;
    }
    const bytes = first.length <= room ? first : first.subarray(0, room);
    if (bytes === first) this.#queue.shift();
    else this.#queue[0] = first.subarray(room);
    this.#queuedBytes -= bytes.length;
    this.sendWindow -= bytes.length;
    const isLast = this.#end === "data" && this.#queue.length === 0;
    this.#carrier.sendData(this, bytes, isLast);
    if (isLast) this.#ended();
    this.#tellDrained();
    return true;
  }

  /** Marks it as over; the connection's to call. */
  close(): void {
    this.isClosed = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }

  #sendEnd(): boolean {
    if (this.#end === undefined) return false;
    if (this.#end === "data") this.#carrier.sendData(this, noBytes, true);
    else this.#carrier.sendHeaders(this, this.#end.indexed, this.#end.plain, true);
    this.#ended();
    return true;
  }

  #ended(): void {
    this.localEnded = true;
    if (this.remoteEnded) this.#carrier.finished(this);
    else this.#carrier.endedFirst(this);
  }

  #tellDrained(): void {
    if (!this.#isFull || this.#queuedBytes > 0) return;
    this.#isFull = false;
    this.listener.onDrained();
  }
}

const noBytes = Buffer.alloc(0);
