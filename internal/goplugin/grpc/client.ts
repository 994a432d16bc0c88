import { defaultMaxMessageBytes } from "./messages.ts";
import type { Socket } from "node:net";
import { H2ClientConnection } from "../../h2/client-connection.ts";
import type { Headers } from "../../h2/protocol.ts";
import { type CallListener, ClientCall } from "./client-call.ts";
import { formatTimeout } from "./timeout.ts";

/** What a client works over. */
export interface GrpcClientOptions {
  /** The connection to the server, made or about to be; the client's from now on. */
  readonly socket: Socket;
  /** Which event tells that it is made; unless set it is made already. */
  readonly connectEvent?: "connect" | "secureConnect" | undefined;
  /** Larger messages end a call with RESOURCE_EXHAUSTED; no limit unless set. */
  readonly maxMessageBytes?: number | undefined;
}

/** How one call is made. */
export interface CallOptions {
  /** Milliseconds until the call ends with DEADLINE_EXCEEDED; none unless set. */
  readonly deadlineMs?: number | undefined;
}

/**
 * A gRPC client over one connection, which it never makes anew: when that is lost every call ends with UNAVAILABLE, at once.
 * No retries, no compression, no keepalive, no name resolution and no proxy (go-plugin protocol, sections 3.2 and 12.1).
 */
export class GrpcClient {
  /** Resolves when the server has said that it speaks HTTP/2; rejects with why it never will. */
  readonly ready: Promise<void>;
  readonly #connection: H2ClientConnection;
  readonly #scheme: "http" | "https";
  readonly #maxMessageBytes: number;
  /** The headers of each method and deadline: always the same array, so that they need be encoded once. */
  readonly #headers = new Map<string, Headers>();

  constructor({ socket, connectEvent, maxMessageBytes = defaultMaxMessageBytes }: GrpcClientOptions) {
    this.#scheme = connectEvent === "secureConnect" || "encrypted" in socket ? "https" : "http";
    this.#maxMessageBytes = maxMessageBytes;
    let connection!: H2ClientConnection;
    this.ready = new Promise((resolve, reject) => {
      connection = new H2ClientConnection({ socket, connectEvent, onReady: resolve, onClose: reject });
    });
    this.#connection = connection;
    // Whoever waits gets the reason; nobody may.
    this.ready.catch(() => {});
  }

  /** False before `ready`, and for good once the connection is lost or the server takes no more calls. */
  get isConnected(): boolean {
    return this.#connection.isUsable;
  }

  /** Begins a call of `method`, `/<package>.<service>/<method>`; a unary call is one whose `end` has its only message. */
  call(method: string, { deadlineMs }: CallOptions, listener: CallListener): ClientCall {
    const call = new ClientCall(listener, this.#maxMessageBytes);
    call.start(this.#connection.open(this.#headersOf(method, deadlineMs), noHeaders, call), deadlineMs);
    return call;
  }

  /** Ends all calls with UNAVAILABLE, and the connection. */
  close(): void {
    this.#connection.destroy();
  }

  #headersOf(method: string, deadlineMs: number | undefined): Headers {
    const timeout = deadlineMs === undefined ? "" : formatTimeout(deadlineMs);
    const key = `${timeout} ${method}`;
    let headers = this.#headers.get(key);
    if (headers === undefined) {
      headers = requestHeaders(this.#scheme, method, timeout);
      if (this.#headers.size >= maxKeptHeaders) this.#headers.clear();
      this.#headers.set(key, headers);
    }
    return headers;
  }
}

const noHeaders: Headers = [];
const maxKeptHeaders = 64;

// AutoMTLS names everybody `localhost` (go-plugin protocol, section 3.2); the order is that of gRPC's specification.
function requestHeaders(scheme: string, method: string, timeout: string): Headers {
  const first = [":method", "POST", ":scheme", scheme, ":path", method, ":authority", "localhost"];
  const deadline = timeout === "" ? [] : ["grpc-timeout", timeout];
  return [...first, "te", "trailers", ...deadline, "content-type", "application/grpc", "user-agent", "configmanager"];
}
