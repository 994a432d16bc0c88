import type { Socket } from "node:net";
import { FrameReader } from "./frame-reader.ts";
import { type FrameListener, FrameReceiver } from "./frame-receiver.ts";
import { errorCodeName, H2Error } from "./h2-error.ts";
import { writeGoaway, writeHeaderFrames } from "./frame-writer.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import { Outbox } from "./outbox.ts";
import { PrefaceReader } from "./preface-reader.ts";
import {
  defaultMaxFrame,
  defaultWindow,
  ErrorCode,
  Flag,
  FrameType,
  type Headers,
  limits,
  maxWindow,
  preface,
  Setting,
} from "./protocol.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { ResetCount } from "./reset-count.ts";
import { writeSettings } from "./settings.ts";
import { H2Stream, type StreamCarrier, type StreamListener } from "./stream.ts";
import { WaitingStreams } from "./waiting-streams.ts";

/** How a side of a connection behaves. */
export interface H2ConnectionOptions {
  /** Not destroyed; connected, or about to be. */
  readonly socket: Socket;
  /** The event that tells of it when it is not connected yet: nothing is written before. */
  readonly connectEvent?: "connect" | "secureConnect" | undefined;
  /** Bytes that the peer may send ahead: on each stream, 4 MiB unless set, and on all, 16 MiB. */
  readonly streamWindowBytes?: number | undefined;
  readonly connectionWindowBytes?: number | undefined;
  /** The peer's first SETTINGS have come. */
  readonly onReady?: (() => void) | undefined;
  /** The peer opens no more streams, or takes no more. */
  readonly onGoaway?: (() => void) | undefined;
  /** The socket is closed, or can be taken for it; called once, after all streams were told. */
  readonly onClose?: ((reason: H2Error) => void) | undefined;
}

/**
 * What both roles have in common: the socket, settings, windows, the streams that are open, the end. A fault of the peer
 * ends the stream or the connection, as RFC 9113 has it, and is never thrown at the caller.
 */
export abstract class H2Connection implements FrameListener, StreamCarrier {
  protected readonly streams: Map<number, H2Stream> = new Map();
  protected readonly resets: ResetCount = new ResetCount();
  /** Streams above it are not opened any more; set by the peer's GOAWAY, or this side's. */
  protected isGoingAway = false;
  protected isClosed = false;
  /** Undefined while the peer has not said. */
  protected peerMaxStreams: number | undefined;
  protected isReady = false;
  /** Streams that this side has ended since the socket takes no more. */
  protected unreadEnds = 0;
  /** What a stream that the peer has just come to know may be sent. */
  protected peerWindow: number = defaultWindow;
  readonly #options: H2ConnectionOptions;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #frames: FrameReader;
  readonly #receiver: FrameReceiver;
  readonly #encoder = new HpackEncoder();
  readonly #preface: PrefaceReader | undefined;
  readonly #window: ReceiveWindow;
  readonly #streamWindowBytes: number;
  readonly #waiting = new WaitingStreams();
  #sendWindow = defaultWindow;
  #peerMaxFrame = defaultMaxFrame;
  #unsentReplies = 0;
  #closeReason: H2Error | undefined;
  #isEnding = false;

  protected constructor(
    options: H2ConnectionOptions,
    role: "client" | "server",
    settings: readonly (readonly [number, number])[],
  ) {
    const {
      socket,
      connectEvent,
      streamWindowBytes = 4 * 1024 * 1024,
      connectionWindowBytes = 16 * 1024 * 1024,
    } = options;
    this.#options = options;
    this.#socket = socket;
    this.#outbox = new Outbox(socket, () => this.#waiting.flush());
    this.#receiver = new FrameReceiver(this, limits.headerListBytes);
    this.#frames = new FrameReader((type, flags, streamId, payload) => this.#onFrame(type, flags, streamId, payload));
    this.#preface = role === "server" ? new PrefaceReader() : undefined;
    this.#window = new ReceiveWindow(connectionWindowBytes);
    this.#streamWindowBytes = streamWindowBytes;

    if (role === "client") this.#outbox.bytes(Buffer.from(preface, "latin1"));
    const own = [
      ...settings,
      [Setting.initialWindowSize, streamWindowBytes],
      [Setting.maxHeaderListSize, limits.headerListBytes],
    ] as const;
    this.#outbox.frame(FrameType.settings, 0, 0, writeSettings(own));
    this.#outbox.numberFrame(FrameType.windowUpdate, 0, connectionWindowBytes - defaultWindow);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#drained());
    socket.on("error", (cause: Error) => {
      this.#closeReason ??= new H2Error(ErrorCode.connect, cause.message, 0, { cause });
    });
    socket.once("close", () => this.#closed());
    if (connectEvent === undefined) this.#outbox.open();
    else socket.once(connectEvent, () => this.#outbox.open());
  }

  /** Opens no more streams, tells the peer so, and closes the connection when the last one has come to its end. */
  shutDown(): void {
    if (this.isClosed || this.isGoingAway) return;
    this.isGoingAway = true;
    writeGoaway(this.#outbox, this.lastPeerStreamId(), ErrorCode.none, "");
    this.endWhenIdle();
    this.#outbox.flush();
  }

  /** Closes the connection and everything on it at once; the listeners of streams are told. */
  destroy(): void {
    this.#outbox.flush();
    this.#socket.destroy();
    this.#closed();
  }

  data(streamId: number, bytes: Buffer, creditBytes: number, isLast: boolean): void {
    this.#credit(0, this.#window.receive(creditBytes, 0));
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (!this.resets.isKnown(streamId)) this.checkClosed(streamId, "DATA");
      return;
    }
    if (stream.remoteEnded) throw new H2Error(ErrorCode.streamClosed, "the peer sent DATA behind its end", streamId);
    if (!stream.hasHeaders) throw new H2Error(ErrorCode.protocol, "the peer sent DATA before headers", streamId);
    const step = stream.receiveWindow.receive(creditBytes, streamId);
    if (!isLast) this.#credit(streamId, step);
    stream.remoteEnded = isLast;
    if (bytes.length > 0 || isLast) stream.listener.onData(bytes, isLast);
    this.#endIfBoth(stream);
  }

  abstract headers(headers: Parameters<FrameListener["headers"]>[0]): void;

  reset(streamOrId: H2Stream | number, code: number): void {
    if (typeof streamOrId === "number") this.#peerReset(streamOrId, code);
    else this.#resetStream(streamOrId, code);
  }

  settings(settings: readonly (readonly [id: number, value: number])[]): void {
    for (const [id, value] of settings) this.#apply(id, value);
    this.#reply(FrameType.settings, Buffer.alloc(0));
    if (!this.isReady) {
      this.isReady = true;
      this.#options.onReady?.();
    }
    this.onRoom();
    for (const stream of this.streams.values()) stream.flush();
  }

  ping(payload: Buffer): void {
    this.#reply(FrameType.ping, payload);
  }

  goaway(lastStreamId: number, code: number, text: string): void {
    this.isGoingAway = true;
    const why = `the peer takes no more calls: ${errorCodeName(code)}${text === "" ? "" : `, ${text}`}`;
    this.refuseAbove(lastStreamId, why);
    this.#options.onGoaway?.();
    this.endWhenIdle();
  }

  windowUpdate(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#sendWindow += bytes;
      if (this.#sendWindow > maxWindow) throw new H2Error(ErrorCode.flowControl, "the peer's window is too large");
      this.#waiting.flush();
      return;
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (this.isIdle(streamId)) throw new H2Error(ErrorCode.protocol, "the peer sent WINDOW_UPDATE for no stream");
      return;
    }
    stream.sendWindow += bytes;
    if (stream.sendWindow > maxWindow) {
      throw new H2Error(ErrorCode.flowControl, "the peer's window is too large", streamId);
    }
    stream.flush();
  }

  roomFor(bytes: number): number {
    return this.#outbox.isFull ? 0 : Math.min(bytes, this.#sendWindow, this.#peerMaxFrame);
  }

  sendData(stream: H2Stream, bytes: Buffer, isLast: boolean): void {
    this.#sendWindow -= bytes.length;
    this.#outbox.frame(FrameType.data, isLast ? Flag.endStream : 0, stream.id, bytes);
  }

  sendHeaders(stream: H2Stream, indexed: Headers, plain: Headers, isLast: boolean): void {
    if (isLast) this.unreadEnds = this.#outbox.isFull ? this.unreadEnds + 1 : 0;
    const block = this.#encoder.encode(indexed, plain);
    writeHeaderFrames(this.#outbox, stream.id, block, { isLast, maxFrameBytes: this.#peerMaxFrame });
  }

  wait(stream: H2Stream): void {
    this.#waiting.add(stream);
  }

  finished(stream: H2Stream): void {
    this.resets.ended();
    this.#close(stream, undefined);
  }

  abstract endedFirst(stream: H2Stream): void;

  /** A stream that is not open yet, with the peer's window. */
  protected createStream(listener: StreamListener): H2Stream {
    return new H2Stream(this, listener, this.peerWindow, new ReceiveWindow(this.#streamWindowBytes));
  }

  /** True for a stream that neither side has opened so far. */
  protected abstract isIdle(streamId: number): boolean;

  /** Ends what the peer does not take any more. */
  protected abstract refuseAbove(lastStreamId: number, why: string): void;

  /** There may be room for another stream. */
  protected abstract onRoom(): void;

  /** The newest stream of the peer, for GOAWAY. */
  protected abstract lastPeerStreamId(): number;

  /** Throws what a frame for a stream deserves that is not open. */
  protected checkClosed(streamId: number, name: string): void {
    if (this.isIdle(streamId)) throw new H2Error(ErrorCode.protocol, `the peer sent ${name} for no stream`);
    throw new H2Error(ErrorCode.streamClosed, `the peer sent ${name} behind its end`);
  }

  /** Hands headers on, and ends the stream when they are the last thing. */
  protected deliver(stream: H2Stream, fields: Headers, isLast: boolean): void {
    stream.remoteEnded = isLast;
    stream.listener.onHeaders(fields, isLast);
    this.#endIfBoth(stream);
  }

  /** Ends a stream, with a reason that its listener is told. */
  protected fail(stream: H2Stream, reason: H2Error): void {
    this.#close(stream, reason);
  }

  /** Refuses a stream of the peer that nobody has been told of. */
  protected refuse(streamId: number, code: number): void {
    this.#countReset(streamId);
    this.#outbox.numberFrame(FrameType.reset, streamId, code);
  }

  protected endWhenIdle(): void {
    if (this.isGoingAway && this.streams.size === 0) this.#end();
  }

  #receive(chunk: Buffer): void {
    try {
      const rest = this.#preface === undefined ? chunk : this.#preface.read(chunk);
      if (rest.length > 0) this.#frames.read(rest);
    } catch (error) {
      this.#failWhole(error);
    }
    this.#outbox.flush();
  }

  #onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.isClosed) return;
    try {
      this.#receiver.receive(type, flags, streamId, payload);
    } catch (error) {
      if (!(error instanceof H2Error) || error.streamId === 0) throw error;
      this.#failStream(error);
    }
  }

  // The peer's fault, but no reason to end the others.
  #failStream(error: H2Error): void {
    if (this.isIdle(error.streamId)) throw new H2Error(error.errorCode, error.message);
    this.refuse(error.streamId, error.errorCode);
    const stream = this.streams.get(error.streamId);
    if (stream !== undefined) this.#close(stream, error);
  }

  #failWhole(error: unknown): void {
    if (!(error instanceof H2Error)) throw error;
    if (this.isClosed) return;
    this.#closeReason ??= error;
    writeGoaway(this.#outbox, this.lastPeerStreamId(), error.errorCode, error.message);
    this.#end();
    // What is left is for nobody.
    if (this.#outbox.isFull) this.#socket.destroy();
    this.#closed();
  }

  // What was written may still wait for the peer: one that does not read would keep the socket, and the process, for ever.
  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#outbox.flush();
    // Another frame would be written behind the end, and that would tear down the socket with all that waits.
    this.#outbox.close();
    this.#socket.end(() => this.#socket.destroy());
    this.#socket.unref();
    setTimeout(() => this.#socket.destroy(), limits.lingerMs).unref();
  }

  #closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#outbox.close();
    const reason = this.#closeReason ?? new H2Error(ErrorCode.none, "the connection was closed");
    this.refuseAbove(-1, reason.message);
    for (const stream of this.streams.values()) {
      stream.close();
      stream.listener.onClosed(reason);
    }
    this.streams.clear();
    this.#waiting.clear();
    this.#options.onClose?.(reason);
  }

  #drained(): void {
    this.#outbox.drained();
    this.#outbox.flush();
  }

  #apply(id: number, value: number): void {
    if (id === Setting.headerTableSize) this.#encoder.setPeerTableSize(value);
    if (id === Setting.maxFrameSize) this.#peerMaxFrame = value;
    if (id === Setting.maxConcurrentStreams) this.peerMaxStreams = value;
    if (id !== Setting.initialWindowSize) return;
    const change = value - this.peerWindow;
    this.peerWindow = value;
    for (const stream of this.streams.values()) {
      stream.sendWindow += change;
      if (stream.sendWindow > maxWindow) throw new H2Error(ErrorCode.flowControl, "the peer's window is too large");
    }
  }

  #credit(streamId: number, bytes: number): void {
    if (bytes > 0) this.#outbox.numberFrame(FrameType.windowUpdate, streamId, bytes);
  }

  // A peer that asks without reading the answers would fill the memory with them.
  #reply(type: number, payload: Buffer): void {
    this.#unsentReplies = this.#outbox.isFull ? this.#unsentReplies + 1 : 0;
    if (this.#unsentReplies > limits.unsentReplies)
      throw new H2Error(ErrorCode.calm, "the peer does not read its answers");
    this.#outbox.frame(type, Flag.ack, 0, payload);
  }

  #peerReset(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (this.isIdle(streamId)) throw new H2Error(ErrorCode.protocol, "the peer sent RST_STREAM for no stream");
      return;
    }
    this.resets.count();
    this.#close(stream, new H2Error(code, `the peer ended the stream with ${errorCodeName(code)}`, streamId));
  }

  #resetStream(stream: H2Stream, code: number): void {
    if (stream.id !== 0) {
      this.resets.remember(stream.id);
      this.#outbox.numberFrame(FrameType.reset, stream.id, code);
    }
    this.#close(stream, undefined, false);
  }

  #countReset(streamId: number): void {
    this.resets.remember(streamId);
    this.resets.count();
  }

  #endIfBoth(stream: H2Stream): void {
    if (stream.remoteEnded && stream.localEnded && !stream.isClosed) this.finished(stream);
  }

  #close(stream: H2Stream, reason: H2Error | undefined, isTold = true): void {
    if (stream.isClosed) return;
    stream.close();
    this.streams.delete(stream.id);
    this.#waiting.delete(stream);
    if (isTold) stream.listener.onClosed(reason);
    this.onRoom();
    this.endWhenIdle();
  }
}
