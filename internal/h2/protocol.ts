/**
 * HTTP/2 for gRPC over a socket that is given, both roles (RFC 9113, RFC 7541): with prior knowledge, without priorities,
 * pushes and upgrades. Used by `internal/goplugin/grpc`; nothing here knows what a call or a message is.
 *
 * Written for a peer that is not trusted: what it can make this side keep is bounded (`limits` below), and none of its
 * frames costs more time than its bytes are worth.
 */

/** Types of frames (RFC 9113, section 6); a peer may send others, which are ignored. */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames, by what they say of some types (RFC 9113, section 6). */
export const Flag = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Error codes of RST_STREAM and GOAWAY (RFC 9113, section 7). */
export const ErrorCode = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  connect: 10,
  calm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

/** Identifiers of settings (RFC 9113, section 6.5.2). */
export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** What a client sends before its first frame (RFC 9113, section 3.4). */
export const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** A name or value of 7 bits and more at each second place: `[name, value, name, value, …]`, as it travels. */
export type Headers = readonly string[];

/** Windows end at 2^31-1 (RFC 9113, section 6.9.1). */
export const maxWindow = 0x7fff_ffff;

/** Bytes of a window before any setting, and of a frame's payload (RFC 9113, section 6.5.2). */
export const defaultWindow = 65_535;
export const defaultMaxFrame = 16_384;

/** Bytes in front of each payload. */
export const frameHeadBytes = 9;

/** What a peer may make this side keep or do. */
export const limits = {
  /** Bytes of one list of headers, as RFC 7541 section 4.1 counts; more ends the stream. grpc-go takes 16 MiB. */
  headerListBytes: 1_048_576,
  /** Bytes of one list of headers as it travels, and the frames that it may come in; more ends the connection. */
  headerBlockBytes: 2_097_152,
  headerBlockFrames: 1024,
  /** Answers to PING and SETTINGS that the peer has not read yet. */
  unsentReplies: 1000,
  /** Frames in a row that bring nothing: DATA without a byte, and those of unknown types. */
  idleFrames: 10_000,
  /** Streams that were reset by the peer or for its faults, less those that came to their end. */
  resets: 10_000,
  /** Ids of streams that this side has reset, whose late frames are dropped silently. */
  resetIds: 4096,
  /** Milliseconds that the last bytes of a connection may wait for the peer to read them. */
  lingerMs: 5000,
} as const;
