import { H2Connection, type H2ConnectionOptions } from "./connection.ts";
import { H2Error } from "./h2-error.ts";
import { checkHeaders, headerValue } from "./header-rules.ts";
import type { ReceivedHeaders } from "./header-blocks.ts";
import { ErrorCode, type Headers, Setting } from "./protocol.ts";
import type { H2Stream, StreamListener } from "./stream.ts";

interface Pending {
  readonly indexed: Headers;
  readonly plain: Headers;
}

/** The side of a connection that opens the streams. */
export class H2ClientConnection extends H2Connection {
  /** Streams that the peer has no room for yet, in their order. */
  readonly #pending = new Map<H2Stream, Pending>();
  #nextId = 1;

  constructor(options: H2ConnectionOptions) {
    super(options, "client", [[Setting.enablePush, 0]]);
    // Nothing is answered any more, whatever still waits to be sent.
    options.socket.once("end", () => options.socket.destroy());
  }

  /** Streams can be opened: the peer has sent its settings, and is not going away. */
  get isUsable(): boolean {
    return this.isReady && !this.isGoingAway && !this.isClosed;
  }

  /**
   * Opens a stream with a request's headers; with `isLast` there is no body. It waits while the peer takes no more of them.
   * On a connection that is no more, or that is ending, `onClosed` is told before this returns.
   */
  open(indexed: Headers, plain: Headers, listener: StreamListener): H2Stream {
    const stream = this.createStream(listener);
    if (this.isClosed || this.isGoingAway || this.#nextId > 0x7fff_ffff) {
      stream.close();
      listener.onClosed(new H2Error(ErrorCode.refused, "the connection takes no more calls", 0));
    } else if (this.streams.size >= this.#maxStreams()) {
      this.#pending.set(stream, { indexed, plain });
    } else {
      this.#start(stream, indexed, plain);
    }
    return stream;
  }

  override headers({ streamId, fields, isLast, isTooLarge }: ReceivedHeaders): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (!this.resets.isKnown(streamId)) this.checkClosed(streamId, "HEADERS");
      return;
    }
    if (stream.remoteEnded) throw new H2Error(ErrorCode.streamClosed, "the peer sent HEADERS behind its end", streamId);
    if (isTooLarge) throw new H2Error(ErrorCode.calm, "the peer's headers are too large", streamId);
    if (stream.hasHeaders) {
      if (!isLast) throw new H2Error(ErrorCode.protocol, "the peer sent trailers that do not end", streamId);
      checkHeaders(fields, "trailers", streamId);
    } else {
      checkHeaders(fields, "response", streamId);
      const isInformational = headerValue(fields, ":status")!.startsWith("1");
      if (isInformational && isLast) throw new H2Error(ErrorCode.protocol, "the peer sent no final response", streamId);
      if (isInformational) return;
      stream.hasHeaders = true;
    }
    this.deliver(stream, fields, isLast);
  }

  override endedFirst(): void {}

  protected override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.#nextId;
  }

  protected override refuseAbove(lastStreamId: number, why: string): void {
    const pending = [...this.#pending.keys()];
    this.#pending.clear();
    for (const stream of pending) this.fail(stream, new H2Error(ErrorCode.refused, why, 0));
    for (const [id, stream] of this.streams) {
      if (id > lastStreamId && lastStreamId >= 0) this.fail(stream, new H2Error(ErrorCode.refused, why, 0));
    }
  }

  protected override onRoom(): void {
    if (this.#pending.size === 0 || this.isClosed) return;
    for (const [stream, { indexed, plain }] of this.#pending) {
      if (this.streams.size >= this.#maxStreams()) return;
      this.#pending.delete(stream);
      if (!stream.isClosed) this.#start(stream, indexed, plain);
    }
  }

  protected override lastPeerStreamId(): number {
    return 0;
  }

  // Before it has said, a server may take as few as this (RFC 9113, section 6.5.2).
  #maxStreams(): number {
    return this.isReady ? (this.peerMaxStreams ?? Infinity) : 100;
  }

  #start(stream: H2Stream, indexed: Headers, plain: Headers): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    // It may have been said anew while the stream waited.
    stream.sendWindow = this.peerWindow;
    this.streams.set(stream.id, stream);
    stream.writeHeaders(indexed, plain, false);
    stream.flush();
  }
}
