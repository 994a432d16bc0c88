import { H2Connection, type H2ConnectionOptions } from "./connection.ts";
import { H2Error } from "./h2-error.ts";
import { checkHeaders } from "./header-rules.ts";
import type { ReceivedHeaders } from "./header-blocks.ts";
import { ErrorCode, type Headers, Setting } from "./protocol.ts";
import type { H2Stream, StreamListener } from "./stream.ts";

/** How a server takes streams. */
export interface H2ServerConnectionOptions extends H2ConnectionOptions {
  /** More at once are refused. */
  readonly maxConcurrentStreams: number;
  /** Somebody opened a stream, and is to be given a `listener` in this turn. */
  readonly onStream: (stream: H2Stream, fields: Headers, isLast: boolean) => void;
}

/** The side of a connection that answers. */
export class H2ServerConnection extends H2Connection {
  readonly #options: H2ServerConnectionOptions;
  #lastId = 0;
  /** The newest stream when this side began to go away; later ones are not answered. */
  #lastTaken: number | undefined;

  constructor(options: H2ServerConnectionOptions) {
    super(options, "server", [[Setting.maxConcurrentStreams, options.maxConcurrentStreams]]);
    this.#options = options;
  }

  override shutDown(): void {
    this.#lastTaken ??= this.#lastId;
    super.shutDown();
  }

  override headers({ streamId, fields, isLast, isTooLarge }: ReceivedHeaders): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) this.#trailers(stream, fields, isLast);
    else if (this.isIdle(streamId)) this.#open(streamId, fields, isLast, isTooLarge);
    else if (!this.resets.isKnown(streamId)) this.checkClosed(streamId, "HEADERS");
  }

  // The client need not send the rest of its request (RFC 9113, section 8.1).
  override endedFirst(stream: H2Stream): void {
    this.reset(stream, ErrorCode.none);
  }

  protected override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId > this.#lastId;
  }

  protected override refuseAbove(): void {}

  protected override onRoom(): void {}

  protected override lastPeerStreamId(): number {
    return this.#lastTaken ?? this.#lastId;
  }

  #open(streamId: number, fields: Headers, isLast: boolean, isTooLarge: boolean): void {
    if (streamId % 2 === 0) throw new H2Error(ErrorCode.protocol, "the peer opened a stream that is not its own");
    this.#lastId = streamId;
    if (this.#lastTaken !== undefined) {
      this.resets.remember(streamId);
      return;
    }
    // To a client that reads, they are still open.
    if (this.unreadEnds > this.#options.maxConcurrentStreams)
      throw new H2Error(ErrorCode.calm, "the peer does not read its answers");
    if (isTooLarge) throw new H2Error(ErrorCode.calm, "the peer's headers are too large", streamId);
    checkHeaders(fields, "request", streamId);
    if (this.streams.size >= this.#options.maxConcurrentStreams) {
      this.refuse(streamId, ErrorCode.refused);
      return;
    }
    const stream = this.createStream(unheard);
    stream.id = streamId;
    stream.hasHeaders = true;
    stream.remoteEnded = isLast;
    this.streams.set(streamId, stream);
    this.#options.onStream(stream, fields, isLast);
  }

  // What they say is no business of a gRPC server; that the request is over is.
  #trailers(stream: H2Stream, fields: Headers, isLast: boolean): void {
    if (stream.remoteEnded)
      throw new H2Error(ErrorCode.streamClosed, "the peer sent HEADERS behind its end", stream.id);
    if (!isLast) throw new H2Error(ErrorCode.protocol, "the peer sent trailers that do not end", stream.id);
    checkHeaders(fields, "trailers", stream.id);
    this.deliver(stream, fields, true);
  }
}

const unheard: StreamListener = { onHeaders: () => {}, onData: () => {}, onDrained: () => {}, onClosed: () => {} };
