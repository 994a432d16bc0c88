import type { Outbox } from "./outbox.ts";
import { Flag, FrameType } from "./protocol.ts";

/** Writes a block of headers as HEADERS and as many CONTINUATION as its length needs, nothing between them. */
export function writeHeaderFrames(
  outbox: Outbox,
  streamId: number,
  block: Buffer,
  { isLast, maxFrameBytes }: { readonly isLast: boolean; readonly maxFrameBytes: number },
): void {
  let type: number = FrameType.headers;
  let flags: number = isLast ? Flag.endStream : 0;
  let sent = 0;
  do {
    const piece = block.subarray(sent, sent + maxFrameBytes);
    sent += piece.length;
    outbox.frame(type, flags | (sent === block.length ? Flag.endHeaders : 0), streamId, piece);
    type = FrameType.continuation;
    flags = 0;
  } while (sent < block.length);
}

/** Writes GOAWAY: the newest stream of the peer that was taken, why, and words for people. */
export function writeGoaway(outbox: Outbox, lastStreamId: number, code: number, text: string): void {
  const payload = Buffer.alloc(8 + Buffer.byteLength(text));
  payload.writeUInt32BE(lastStreamId, 0);
  payload.writeUInt32BE(code, 4);
  payload.write(text, 8);
  outbox.frame(FrameType.goaway, 0, 0, payload);
}
