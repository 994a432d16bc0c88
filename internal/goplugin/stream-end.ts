import { type ClientDuplexStream, type ClientReadableStream, type ServiceError, status } from "@grpc/grpc-js";

/**
 * How one of go-plugin's two long streams ended. None is an error by itself: a plugin may leave the service out
 * (`unsupported`), end the stream at once, or go away (`closed`, whatever gRPC calls it then). `failed` is anything
 * else, worth a log line, with gRPC's own text.
 */
export type StreamEnd =
  | { readonly reason: "closed" | "unsupported" }
  | { readonly reason: "failed"; readonly code: number; readonly details: string };

// What the other side's going away looks like, by chance of timing (go-plugin protocol, section 12.1 row 13a).
const goingAway: ReadonlySet<number> = new Set([status.CANCELLED, status.INTERNAL, status.UNAVAILABLE]);

/** Drains `call` into `onData`; resolves with how it ended and never rejects. */
export function streamEnd<T>(
  call: ClientReadableStream<T> | ClientDuplexStream<never, T>,
  onData: (message: T) => void,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    call.on("data", onData);
    call.once("end", () => resolve({ reason: "closed" }));
    call.on("error", (error: ServiceError) => resolve(toStreamEnd(error)));
  });
}

function toStreamEnd({ code, details }: ServiceError): StreamEnd {
  if (code === status.UNIMPLEMENTED) return { reason: "unsupported" };
  return goingAway.has(code) ? { reason: "closed" } : { reason: "failed", code, details };
}
