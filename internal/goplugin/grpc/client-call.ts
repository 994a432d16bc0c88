import type { H2Error } from "../../h2/h2-error.ts";
import { headerValue } from "../../h2/header-rules.ts";
import { ErrorCode, type Headers } from "../../h2/protocol.ts";
import type { H2Stream, StreamListener } from "../../h2/stream.ts";
import { frameMessage, MessageReader } from "./messages.ts";
import { type CallStatus, codeOfHttpStatus, deadlineExceeded, statusOfH2Error, StatusCode } from "./status.ts";
import { maxTimerMs } from "./timeout.ts";
import { readStatus } from "./trailers.ts";

/** Who is told what comes of a call, each in a later turn than the one that made it. */
export interface CallListener {
  /** One message; a view that is good as long as it is kept. */
  readonly onMessage: (message: Buffer) => void;
  /** The call is over, whatever for; called once, and nothing after it. */
  readonly onEnd: (status: CallStatus) => void;
  /** A `write` that returned false has room again. */
  readonly onDrain?: (() => void) | undefined;
}

/** One call of a client, of any kind. */
export class ClientCall implements StreamListener {
  readonly #listener: CallListener;
  readonly #messages: MessageReader;
  #stream: H2Stream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasResponse = false;
  #isOver = false;

  constructor(listener: CallListener, maxMessageBytes: number) {
    this.#listener = listener;
    this.#messages = new MessageReader((message) => {
      if (!this.#isOver) listener.onMessage(message);
    }, maxMessageBytes);
  }

  /** The client's to call, once. */
  start(stream: H2Stream, deadlineMs: number | undefined): void {
    this.#stream = stream;
    if (this.#isOver || deadlineMs === undefined) return;
    const ms = Math.min(Math.max(deadlineMs, 0), maxTimerMs);
    this.#timer = setTimeout(() => this.#stop({ code: StatusCode.DEADLINE_EXCEEDED, details: deadlineExceeded }), ms);
  }

  /** Sends a message; false when it has to wait, until `onDrain`. After the end of the call it is dropped. */
  write(message: Uint8Array): boolean {
    return this.#stream?.write(frameMessage(message), false) ?? true;
  }

  /** Sends the last message, if any is given, and that there are no more. */
  end(message?: Uint8Array): void {
    this.#stream?.write(message === undefined ? noBytes : frameMessage(message), true);
  }

  /** Gives the call up: it ends with CANCELLED, unless it is over. */
  cancel(details = "the caller gave up"): void {
    this.#stop({ code: StatusCode.CANCELLED, details });
  }

  onHeaders(fields: Headers, isLast: boolean): void {
    if (this.#hasResponse) {
      this.#finish(readStatus(fields) ?? withoutStatus);
      return;
    }
    this.#hasResponse = true;
    // Trailers alone say all, and count whatever HTTP says.
    const status = isLast ? readStatus(fields) : undefined;
    const wrong = status ?? wrongResponse(fields);
    if (wrong !== undefined) this.#stop(wrong);
    else if (isLast) this.#finish(withoutStatus);
  }

  onData(bytes: Buffer, isLast: boolean): void {
    const wrong = this.#messages.read(bytes);
    if (wrong !== undefined) this.#stop(wrong);
    else if (isLast) this.#finish(withoutStatus);
  }

  onDrained(): void {
    this.#listener.onDrain?.();
  }

  onClosed(reason: H2Error | undefined): void {
    this.#finish(reason === undefined ? withoutStatus : statusOfH2Error(reason));
  }

  // The status is the peer's, unless what it sent before it is cut off.
  #finish(status: CallStatus): void {
    const isCutOff = status.code === StatusCode.OK && !this.#messages.isBetweenMessages;
    this.#stop(isCutOff ? cutOff : status);
  }

  // A peer that has answered may still wait for the rest of the request.
  #stop(status: CallStatus): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const stream = this.#stream;
    if (stream === undefined) {
      // The connection is gone, and whoever makes the call does not know it yet.
      queueMicrotask(() => this.#listener.onEnd(status));
      return;
    }
    if (!stream.remoteEnded || !stream.localEnded) stream.reset(ErrorCode.cancel);
    this.#listener.onEnd(status);
  }
}

const noBytes = Buffer.alloc(0);

const withoutStatus: CallStatus = { code: StatusCode.UNKNOWN, details: "the call ended without a status" };
const cutOff: CallStatus = { code: StatusCode.INTERNAL, details: "the last message of the call is cut off" };

// The status of a response that is not gRPC's; undefined for one that is.
function wrongResponse(fields: Headers): CallStatus | undefined {
  const http = headerValue(fields, ":status")!;
  if (http !== "200") {
    return { code: codeOfHttpStatus(http), details: `the answer has the HTTP status ${http} and none of gRPC` };
  }
  const type = headerValue(fields, "content-type") ?? "";
  if (!/^application\/grpc(?:[+;]|$)/.test(type)) {
    return { code: StatusCode.UNKNOWN, details: "the answer is not gRPC's" };
  }
  const encoding = headerValue(fields, "grpc-encoding") ?? "identity";
  if (encoding === "identity") return undefined;
  return { code: StatusCode.INTERNAL, details: `the answer is compressed by "${encoding.slice(0, 40)}"` };
}
