import { StatusCode } from "../../internal/goplugin/grpc/status.ts";
import { isStoreError, type StoreErrorKind } from "./errors.ts";

/** An error as both protocols carry it; hint and wait travel on protocol 2 only. */
export interface WireError {
  /** Protocol 2 has the codes of gRPC by name and number. */
  readonly code: number;
  /** Well-formed, not empty, at most 8 KiB in UTF-8. */
  readonly message: string;
  readonly hint: string;
  readonly retryAfterMs: number | undefined;
}

/**
 * What is told to the host of something that was thrown or returned as an error.
 *
 * A StoreError has its own code, a `TimeoutError` (as of `AbortSignal.timeout`) is DEADLINE_EXCEEDED, everything else
 * is UNKNOWN with its message.
 */
export function toWireError(error: unknown): WireError {
  if (isStoreError(error)) {
    return {
      code: codeOfKind[error.kind] ?? StatusCode.UNKNOWN,
      message: boundText(error.message) || "the store gave no reason",
      hint: boundText(error.hint ?? ""),
      retryAfterMs: error.retryAfterMs,
    };
  }
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  return {
    code: isTimeout ? StatusCode.DEADLINE_EXCEEDED : StatusCode.UNKNOWN,
    message: boundText(reasonOf(error)),
    hint: "",
    retryAfterMs: undefined,
  };
}

/** Cuts text to 8 KiB of UTF-8, between two characters, and replaces lone surrogates: gRPC's header block must stay below 64 KiB. */
export function boundText(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= maxTextBytes) return bytes.toString("utf8");
  let end = maxTextBytes - ellipsis.length;
  // A byte 10xxxxxx goes on with the character that began before it.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return Buffer.concat([bytes.subarray(0, end), ellipsis]).toString("utf8");
}

const maxTextBytes = 8 * 1024;
const ellipsis = Buffer.from("…", "utf8");

const codeOfKind: Readonly<Record<StoreErrorKind, number>> = {
  notFound: StatusCode.NOT_FOUND,
  denied: StatusCode.PERMISSION_DENIED,
  unauthenticated: StatusCode.UNAUTHENTICATED,
  badRequest: StatusCode.INVALID_ARGUMENT,
  unavailable: StatusCode.UNAVAILABLE,
  timedOut: StatusCode.DEADLINE_EXCEEDED,
  alreadyExists: StatusCode.ALREADY_EXISTS,
  tooLarge: StatusCode.OUT_OF_RANGE,
  unsupported: StatusCode.UNIMPLEMENTED,
  failed: StatusCode.UNKNOWN,
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `the store threw ${typeof error === "string" ? error : typeof error}`;
  return error.message || error.name;
}
