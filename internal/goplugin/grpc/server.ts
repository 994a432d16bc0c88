import { defaultMaxMessageBytes } from "./messages.ts";
import type { Socket } from "node:net";
import { H2ServerConnection } from "../../h2/server-connection.ts";
import { type MethodHandler, ServerCall } from "./server-call.ts";
import { type CallStatus, StatusCode } from "./status.ts";

/** What a server takes. */
export interface GrpcServerOptions {
  /** Calls at once on one connection; 1000 unless set. */
  readonly maxConcurrentCalls?: number | undefined;
  /** Larger messages end a call with RESOURCE_EXHAUSTED; no limit unless set. */
  readonly maxMessageBytes?: number | undefined;
}

/**
 * A gRPC server over the connections that it is given. It answers pings, takes any authority, sends no keepalive and ends no
 * connection for being idle or old (go-plugin protocol, sections 3.2 and 12.1).
 */
export class GrpcServer {
  readonly #maxConcurrentStreams: number;
  readonly #maxMessageBytes: number;
  readonly #handlers = new Map<string, MethodHandler>();
  readonly #connections = new Set<H2ServerConnection>();
  #isShuttingDown = false;
  #onIdle: (() => void) | undefined;

  constructor({ maxConcurrentCalls = 1000, maxMessageBytes = defaultMaxMessageBytes }: GrpcServerOptions = {}) {
    this.#maxConcurrentStreams = maxConcurrentCalls;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Answers the calls of `method`, `/<package>.<service>/<method>`; all others are UNIMPLEMENTED. */
  handle(method: `/${string}/${string}`, handler: MethodHandler): void {
    this.#handlers.set(method, handler);
  }

  /** Serves a connection, which is the server's from now on. */
  accept(socket: Socket): void {
    if (this.#isShuttingDown) {
      socket.destroy();
      return;
    }
    const connection = new H2ServerConnection({
      socket,
      maxConcurrentStreams: this.#maxConcurrentStreams,
      onStream: (stream, fields, isLast) => {
        const call = new ServerCall(stream, this.#maxMessageBytes);
        stream.listener = call;
        call.start(fields, isLast, (method) => this.#handlers.get(method));
      },
      onClose: () => {
        this.#connections.delete(connection);
        this.#resolveWhenIdle();
      },
    });
    this.#connections.add(connection);
  }

  /** Takes no more calls; resolves when those that are open have ended, and all connections with them. */
  shutDown(): Promise<void> {
    this.#isShuttingDown = true;
    for (const connection of this.#connections) connection.shutDown();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#resolveWhenIdle();
    });
  }

  /** Closes all connections at once; the calls that are open are canceled. */
  destroy(): void {
    this.#isShuttingDown = true;
    for (const connection of this.#connections) connection.destroy();
  }

  #resolveWhenIdle(): void {
    if (this.#connections.size === 0) this.#onIdle?.();
  }
}

/** A method whose request is one message: unary ones, and those that stream their answer. */
export function oneRequest(answer: (request: Buffer, call: ServerCall) => void): MethodHandler {
  return (call) => {
    let request: Buffer | undefined;
    return {
      onMessage(message) {
        if (request === undefined) request = message;
        else call.end(tooMany);
      },
      onEnd() {
        if (request === undefined) call.end(tooFew);
        else answer(request, call);
      },
    };
  };
}

const tooMany: CallStatus = { code: StatusCode.INTERNAL, details: "the request has more than one message" };
const tooFew: CallStatus = { code: StatusCode.INTERNAL, details: "the request has no message" };
