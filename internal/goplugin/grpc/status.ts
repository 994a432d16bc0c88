/**
 * gRPC over HTTP/2, both sides, as the calls of go-plugin need it: bytes in and out, no messages, no services. Used by the
 * host and by the SDK; `internal/h2` carries it.
 */
import { ErrorCode } from "../../h2/protocol.ts";
import type { H2Error } from "../../h2/h2-error.ts";

/** gRPC's status codes. */
export const StatusCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** What both sides say of the deadline of a call that has passed. */
export const deadlineExceeded = "Deadline exceeded";

/** How a call ended. */
export interface CallStatus {
  readonly code: number;
  readonly details: string;
  /** More headers that travel with the status; those whose names end in `-bin` hold bytes. */
  readonly trailers?: Trailers | undefined;
}

/** Headers by name in lower case; those whose names end in `-bin` hold bytes. */
export type Trailers = Readonly<Record<string, string | Uint8Array>>;

/** The status of a call whose stream did not come to its end (gRPC over HTTP/2, "Errors"). */
export function statusOfH2Error({ errorCode, streamId, message }: H2Error): CallStatus {
  // Without a stream of its own it is the connection that is lost, or that takes no more.
  const code = streamId === 0 ? StatusCode.UNAVAILABLE : (codeOfReset[errorCode] ?? StatusCode.INTERNAL);
  return { code, details: message };
}

const codeOfReset: Readonly<Record<number, number>> = {
  [ErrorCode.refused]: StatusCode.UNAVAILABLE,
  [ErrorCode.cancel]: StatusCode.CANCELLED,
  [ErrorCode.calm]: StatusCode.RESOURCE_EXHAUSTED,
  [ErrorCode.inadequateSecurity]: StatusCode.PERMISSION_DENIED,
};

/** The status that an HTTP status stands for where there is none of gRPC (gRPC, "HTTP to gRPC Status Code Mapping"). */
export function codeOfHttpStatus(status: string): number {
  return codesOfHttp[status] ?? StatusCode.UNKNOWN;
}

const codesOfHttp: Readonly<Record<string, number>> = {
  400: StatusCode.INTERNAL,
  401: StatusCode.UNAUTHENTICATED,
  403: StatusCode.PERMISSION_DENIED,
  404: StatusCode.UNIMPLEMENTED,
  429: StatusCode.UNAVAILABLE,
  502: StatusCode.UNAVAILABLE,
  503: StatusCode.UNAVAILABLE,
  504: StatusCode.UNAVAILABLE,
};

/** A `grpc-message` as it travels: UTF-8, percent-encoded beyond printable ASCII. */
export function encodeStatusMessage(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The text of a `grpc-message`; what is no percent-encoding stays as it is, what is no UTF-8 is replaced. */
export function decodeStatusMessage(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  const bytes = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
