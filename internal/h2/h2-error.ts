import { ErrorCode } from "./protocol.ts";

/** A fault that ends a stream, or with id 0 the connection (RFC 9113, section 5.4). */
export class H2Error extends Error {
  override readonly name = "H2Error";
  /** One of `ErrorCode`, or whatever the peer sent. */
  readonly errorCode: number;
  readonly streamId: number;

  constructor(errorCode: number, message: string, streamId = 0, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
    this.streamId = streamId;
  }
}

/** The name of an error code as RFC 9113 writes it; its number when it has none. */
export function errorCodeName(code: number): string {
  return names[code] ?? `code ${code}`;
}

const names: Readonly<Record<number, string>> = {
  [ErrorCode.none]: "NO_ERROR",
  [ErrorCode.protocol]: "PROTOCOL_ERROR",
  [ErrorCode.internal]: "INTERNAL_ERROR",
  [ErrorCode.flowControl]: "FLOW_CONTROL_ERROR",
  [ErrorCode.settingsTimeout]: "SETTINGS_TIMEOUT",
  [ErrorCode.streamClosed]: "STREAM_CLOSED",
  [ErrorCode.frameSize]: "FRAME_SIZE_ERROR",
  [ErrorCode.refused]: "REFUSED_STREAM",
  [ErrorCode.cancel]: "CANCEL",
  [ErrorCode.compression]: "COMPRESSION_ERROR",
  [ErrorCode.connect]: "CONNECT_ERROR",
  [ErrorCode.calm]: "ENHANCE_YOUR_CALM",
  [ErrorCode.inadequateSecurity]: "INADEQUATE_SECURITY",
  [ErrorCode.http11Required]: "HTTP_1_1_REQUIRED",
};
