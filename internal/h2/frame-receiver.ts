import { H2Error } from "./h2-error.ts";
import { HeaderBlocks, type ReceivedHeaders } from "./header-blocks.ts";
import { ErrorCode, Flag, FrameType, limits } from "./protocol.ts";
import { readSettings } from "./settings.ts";

/** What frames mean, to a connection. */
export interface FrameListener {
  /** `creditBytes` are those that count for flow control, padding included. */
  readonly data: (streamId: number, bytes: Buffer, creditBytes: number, isLast: boolean) => void;
  readonly headers: (headers: ReceivedHeaders) => void;
  readonly reset: (streamId: number, code: number) => void;
  readonly settings: (settings: readonly (readonly [id: number, value: number])[]) => void;
  readonly ping: (payload: Buffer) => void;
  readonly goaway: (lastStreamId: number, code: number, text: string) => void;
  readonly windowUpdate: (streamId: number, bytes: number) => void;
}

/**
 * Takes frames apart and checks what can be said of each alone (RFC 9113, section 6): the lengths, the streams that each may
 * belong to, padding, the order of blocks of headers. Throws an H2Error of the connection or of the stream.
 */
export class FrameReceiver {
  readonly #listener: FrameListener;
  readonly #blocks: HeaderBlocks;
  #hasSettings = false;
  #idleFrames = 0;

  constructor(listener: FrameListener, maxHeaderListBytes: number) {
    this.#listener = listener;
    this.#blocks = new HeaderBlocks(maxHeaderListBytes);
  }

  receive(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (!this.#hasSettings) this.#expectSettings(type, flags);
    const openId = this.#blocks.openStreamId;
    if (openId !== undefined && (type !== FrameType.continuation || streamId !== openId)) {
      throw protocolError("a frame amid headers");
    }
    switch (type) {
      case FrameType.data:
        return this.#data(flags, streamId, payload);
      case FrameType.headers:
        return this.#headers(flags, streamId, payload);
      case FrameType.priority:
        needStream(streamId, "PRIORITY");
        if (payload.length !== 5) throw new H2Error(ErrorCode.frameSize, "the peer sent a broken PRIORITY", streamId);
        return this.#idle();
      case FrameType.reset:
        needStream(streamId, "RST_STREAM");
        needLength(payload, 4, "RST_STREAM");
        return this.#listener.reset(streamId, payload.readUInt32BE(0));
      case FrameType.settings:
        return this.#settings(flags, streamId, payload);
      case FrameType.push:
        throw protocolError("PUSH_PROMISE, which is turned off");
      case FrameType.ping:
        needConnection(streamId, "PING");
        needLength(payload, 8, "PING");
        return (flags & Flag.ack) === 0 ? this.#listener.ping(payload) : this.#idle();
      case FrameType.goaway:
        needConnection(streamId, "GOAWAY");
        if (payload.length < 8) throw new H2Error(ErrorCode.frameSize, "the peer sent a broken GOAWAY");
        return this.#listener.goaway(
          payload.readUInt32BE(0) & 0x7fff_ffff,
          payload.readUInt32BE(4),
          payload.toString("utf8", 8, 8 + 1000),
        );
      case FrameType.windowUpdate:
        return this.#windowUpdate(streamId, payload);
      case FrameType.continuation:
        return this.#continuation(flags, payload, openId);
      default:
        return this.#idle();
    }
  }

  #expectSettings(type: number, flags: number): void {
    if (type !== FrameType.settings || (flags & Flag.ack) !== 0) throw protocolError("no SETTINGS first");
    this.#hasSettings = true;
  }

  #data(flags: number, streamId: number, payload: Buffer): void {
    needStream(streamId, "DATA");
    const bytes = (flags & Flag.padded) === 0 ? payload : withoutPadding(payload, 0);
    const isLast = (flags & Flag.endStream) !== 0;
    if (bytes.length > 0 || isLast) this.#idleFrames = 0;
    else this.#idle();
    this.#listener.data(streamId, bytes, payload.length, isLast);
  }

  #headers(flags: number, streamId: number, payload: Buffer): void {
    needStream(streamId, "HEADERS");
    const priorityBytes = (flags & Flag.priority) === 0 ? 0 : 5;
    const block =
      (flags & Flag.padded) === 0 ? payload.subarray(priorityBytes) : withoutPadding(payload, priorityBytes);
    if (payload.length < priorityBytes) throw new H2Error(ErrorCode.frameSize, "the peer sent broken HEADERS");
    this.#idleFrames = 0;
    const isWhole = (flags & Flag.endHeaders) !== 0;
    const headers = this.#blocks.begin(streamId, block, (flags & Flag.endStream) !== 0, isWhole);
    if (headers !== undefined) this.#listener.headers(headers);
  }

  #continuation(flags: number, payload: Buffer, openId: number | undefined): void {
    if (openId === undefined) throw protocolError("CONTINUATION without HEADERS");
    const headers = this.#blocks.continue(payload, (flags & Flag.endHeaders) !== 0);
    if (headers !== undefined) this.#listener.headers(headers);
  }

  #settings(flags: number, streamId: number, payload: Buffer): void {
    needConnection(streamId, "SETTINGS");
    if ((flags & Flag.ack) === 0) return this.#listener.settings(readSettings(payload));
    if (payload.length > 0) throw new H2Error(ErrorCode.frameSize, "the peer sent SETTINGS with its acknowledgement");
    return this.#idle();
  }

  #windowUpdate(streamId: number, payload: Buffer): void {
    needLength(payload, 4, "WINDOW_UPDATE");
    const bytes = payload.readUInt32BE(0) & 0x7fff_ffff;
    if (bytes === 0) throw new H2Error(ErrorCode.protocol, "the peer sent an empty WINDOW_UPDATE", streamId);
    this.#listener.windowUpdate(streamId, bytes);
  }

  // Frames that bring nothing cost the peer as little as they should cost here; in a row they are an attack.
  #idle(): void {
    this.#idleFrames++;
    if (this.#idleFrames > limits.idleFrames)
      throw new H2Error(ErrorCode.calm, "the peer sends nothing but empty frames");
  }
}

function withoutPadding(payload: Buffer, skip: number): Buffer {
  const end = payload.length - (payload[0] ?? 0);
  if (payload.length < 1 + skip || end < 1 + skip) throw protocolError("more padding than there is room");
  return payload.subarray(1 + skip, end);
}

function needStream(streamId: number, name: string): void {
  if (streamId === 0) throw protocolError(`${name} for no stream`);
}

function needConnection(streamId: number, name: string): void {
  if (streamId !== 0) throw protocolError(`${name} for a stream`);
}

function needLength(payload: Buffer, length: number, name: string): void {
  if (payload.length !== length) throw new H2Error(ErrorCode.frameSize, `the peer sent a broken ${name}`);
}

function protocolError(what: string): H2Error {
  return new H2Error(ErrorCode.protocol, `the peer sent ${what}`);
}
