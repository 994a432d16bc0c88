/**
 * The other end of a connection as raw bytes: frames are written and read here by hand, with nothing of `internal/h2`, so
 * that the two cannot be wrong together.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** One frame. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

export const clientPreface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The bytes of a frame; `length` may lie. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer | string = "",
  length?: number,
): Buffer {
  const bytes = typeof payload === "string" ? Buffer.from(payload, "hex") : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(length ?? bytes.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, bytes]);
}

/** A number of 32 bits. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A list of headers as literals that are not indexed. */
export function headerBlock(fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    parts.push(Buffer.of(0), literal(fields[at]!), literal(fields[at + 1]!));
  }
  return Buffer.concat(parts);
}

function literal(text: string): Buffer {
  if (text.length > 126) throw new Error("a text of a test is short");
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, "latin1")]);
}

/** What a gRPC client asks. */
export const requestHeaders: readonly string[] = [
  ":method",
  "POST",
  ":scheme",
  "http",
  ":path",
  "/a/b",
  ":authority",
  "x",
  "te",
  "trailers",
  "content-type",
  "application/grpc",
];

/** One side of a raw connection. */
export class RawPeer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  /** Bytes that a client sends before its frames are taken off. */
  #skip: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, skip: number) {
    this.socket = socket;
    this.#skip = skip;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => {});
  }

  send(...pieces: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(pieces));
  }

  /** The first frame that fits, as soon as it is there; rejects when the connection ends without one. */
  async find(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.socket.destroyed) throw new Error(`no such frame in ${JSON.stringify(this.frames)}`);
      await Promise.race([once(this.socket, "data"), once(this.socket, "close")]);
    }
  }

  /** The error code of the GOAWAY that ends the connection. */
  async goaway(): Promise<number> {
    return (await this.find(({ type }) => type === types.goaway)).payload.readUInt32BE(4);
  }

  /** The error code of the RST_STREAM of a stream. */
  async reset(streamId: number): Promise<number> {
    const found = await this.find((frame) => frame.type === types.reset && frame.streamId === streamId);
    return found.payload.readUInt32BE(0);
  }

  #read(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    this.#rest = Buffer.concat([this.#rest, chunk.subarray(skipped)]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) return;
      this.frames.push({
        type: this.#rest[3]!,
        flags: this.#rest[4]!,
        streamId: this.#rest.readUInt32BE(5),
        payload: this.#rest.subarray(9, end),
      });
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** A raw client of whoever takes the connection. */
export async function connectRaw(accept: (socket: Socket) => void): Promise<RawPeer> {
  const { client } = await socketPair(accept);
  return new RawPeer(client, 0);
}

/** A raw server, and the socket that leads to it. */
export async function serveRaw(): Promise<{ peer: RawPeer; socket: Socket }> {
  let accepted: Socket | undefined;
  const { client } = await socketPair((socket) => (accepted = socket));
  return { peer: new RawPeer(accepted!, clientPreface.length), socket: client };
}

async function socketPair(accept: (socket: Socket) => void): Promise<{ client: Socket }> {
  const folder = mkdtempSync(join(tmpdir(), "cm-"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect(join(folder, "s"));
  const [socket] = await accepted;
  if (client.connecting) await once(client, "connect");
  accept(socket);
  onTestFinished(() => {
    client.destroy();
    socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { client };
}
