import type { H2Error } from "../../h2/h2-error.ts";
import { headerValue } from "../../h2/header-rules.ts";
import type { Headers } from "../../h2/protocol.ts";
import type { H2Stream, StreamListener } from "../../h2/stream.ts";
import { frameMessage, MessageReader } from "./messages.ts";
import { type CallStatus, deadlineExceeded, StatusCode } from "./status.ts";
import { maxTimerMs, parseTimeout } from "./timeout.ts";
import { writeTrailers } from "./trailers.ts";

/** Who is told what comes of a request; what is thrown ends the call with INTERNAL. */
export interface RequestListener {
  /** One message; a view that is good as long as it is kept. */
  readonly onMessage: (message: Buffer) => void;
  /** There are no more messages. */
  readonly onEnd: () => void;
}

/** Answers the calls of one method. */
export type MethodHandler = (call: ServerCall) => RequestListener;

/** One call of a server, of any kind. */
export class ServerCall implements StreamListener {
  /**
   * Set by who answers: nobody waits for the answer any more, for a reset, a lost connection, a deadline, or a request that
   * cannot be read.
   */
  onCancel: (() => void) | undefined;
  readonly #stream: H2Stream;
  readonly #messages: MessageReader;
  #listener: RequestListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasWritten = false;
  #isOver = false;
  #isFull = false;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(stream: H2Stream, maxMessageBytes: number) {
    this.#stream = stream;
    this.#messages = new MessageReader((message) => {
      if (!this.#isOver) this.#listener?.onMessage(message);
    }, maxMessageBytes);
  }

  /** It has ended, or nobody waits for it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The server's to call, once, with what `find` knows of the method. */
  start(fields: Headers, isLast: boolean, find: (method: string) => MethodHandler | undefined): void {
    if (headerValue(fields, ":method") !== "POST") return this.#refuseHttp("405");
    if (!/^application\/grpc(?:[+;]|$)/.test(headerValue(fields, "content-type") ?? "")) return this.#refuseHttp("415");
    const method = headerValue(fields, ":path")!;
    const handler = find(method);
    if (handler === undefined) {
      return this.end({ code: StatusCode.UNIMPLEMENTED, details: `the method "${method}" is not implemented` });
    }
    const encoding = headerValue(fields, "grpc-encoding") ?? "identity";
    if (encoding !== "identity") return this.end(unknownEncoding(encoding));
    const timeout = headerValue(fields, "grpc-timeout");
    const deadlineMs = timeout === undefined ? undefined : parseTimeout(timeout);
    if (timeout !== undefined && deadlineMs === undefined) {
      return this.end({ code: StatusCode.INTERNAL, details: "the deadline of the call cannot be read" });
    }
    if (deadlineMs !== undefined)
      this.#timer = setTimeout(() => this.#giveUp(expired), Math.min(deadlineMs, maxTimerMs));
    this.#listener = handler(this);
    if (isLast) this.#guard(() => this.#listener?.onEnd());
  }

  /** Sends a message; false when it has to wait, until `drained`. Nothing is sent when the call is over. */
  write(message: Uint8Array): boolean {
    if (this.#isOver) return true;
    if (!this.#hasWritten) this.#stream.writeHeaders(responseHeaders, noHeaders, false);
    this.#hasWritten = true;
    const hasRoom = this.#stream.write(frameMessage(message), false);
    this.#isFull = !hasRoom;
    return hasRoom;
  }

  /** Resolves when all that was written is on its way, or the call is over. */
  drained(): Promise<void> {
    if (this.#isOver || !this.#isFull) return Promise.resolve();
    this.#room ??= createRoom();
    return this.#room.promise;
  }

  /** Answers a call that has one message for an answer. */
  reply(message: Uint8Array): void {
    this.write(message);
    this.end();
  }

  /** Ends the call, once; OK unless a status is given. */
  end(status: CallStatus = ok): void {
    if (this.#isOver) return;
    this.#close();
    const indexed = (this.#hasWritten ? trailersOf : onlyTrailersOf)(status.code);
    const plain = status === ok ? noHeaders : writeTrailers(status);
    if (this.#hasWritten) this.#stream.writeTrailers(indexed, plain);
    else this.#stream.writeHeaders(indexed, plain, true);
  }

  // Trailers of a request say nothing.
  onHeaders(): void {
    this.#requestEnded();
  }

  onData(bytes: Buffer, isLast: boolean): void {
    if (this.#isOver) return;
    this.#guard(() => {
      const wrong = this.#messages.read(bytes);
      if (wrong !== undefined) this.#giveUp(wrong);
    });
    if (isLast) this.#requestEnded();
  }

  onDrained(): void {
    this.#isFull = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  onClosed(reason: H2Error | undefined): void {
    if (reason !== undefined) this.#cancel();
  }

  #requestEnded(): void {
    if (this.#isOver) return;
    if (this.#messages.isBetweenMessages) this.#guard(() => this.#listener?.onEnd());
    else this.#giveUp({ code: StatusCode.INTERNAL, details: "the last message of the request is cut off" });
  }

  #guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#giveUp({ code: StatusCode.INTERNAL, details: `the request cannot be read: ${text}` });
    }
  }

  #giveUp(status: CallStatus): void {
    if (this.#isOver) return;
    const { onCancel } = this;
    this.end(status);
    onCancel?.();
  }

  #cancel(): void {
    if (this.#isOver) return;
    const { onCancel } = this;
    this.#close();
    onCancel?.();
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.onDrained();
  }

  #refuseHttp(status: string): void {
    this.#close();
    this.#stream.writeHeaders([":status", status], noHeaders, true);
  }
}

function createRoom(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((take) => (resolve = take));
  return { promise, resolve };
}

const ok: CallStatus = { code: StatusCode.OK, details: "" };
const expired: CallStatus = { code: StatusCode.DEADLINE_EXCEEDED, details: deadlineExceeded };

const noHeaders: Headers = [];
const responseHeaders: Headers = [":status", "200", "content-type", "application/grpc"];

// Always the same array for the same status, so that it need be encoded once.
const trailers = new Map<number, Headers>();
const onlyTrailers = new Map<number, Headers>();

function trailersOf(code: number): Headers {
  return kept(trailers, code, () => ["grpc-status", String(code)]);
}

function onlyTrailersOf(code: number): Headers {
  return kept(onlyTrailers, code, () => [...responseHeaders, "grpc-status", String(code)]);
}

// gRPC has 17 codes; a store can say no other.
function kept(known: Map<number, Headers>, code: number, make: () => Headers): Headers {
  let headers = known.get(code);
  if (headers === undefined) known.set(code, (headers = make()));
  return headers;
}

function unknownEncoding(encoding: string): CallStatus {
  return {
    code: StatusCode.UNIMPLEMENTED,
    details: `messages cannot be compressed by "${encoding.slice(0, 40)}"`,
    trailers: { "grpc-accept-encoding": "identity" },
  };
}
