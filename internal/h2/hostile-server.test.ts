/** What a client does with a server that breaks the rules, by raw bytes. */
import { describe, expect, it } from "vitest";
import {
  type Frame,
  frame,
  headerBlock,
  type RawPeer,
  requestHeaders,
  serveRaw,
  types,
  u32,
} from "../../test/helpers/h2-peer.ts";
import { H2ClientConnection } from "./client-connection.ts";
import type { H2Error } from "./h2-error.ts";
import { ErrorCode } from "./protocol.ts";
import type { H2Stream } from "./stream.ts";

const settings = frame(types.settings, 0, 0);
const response = headerBlock([":status", "200", "content-type", "application/grpc"]);
const trailers = headerBlock(["grpc-status", "0"]);

describe("a server's fault that ends the connection", () => {
  it.each<{ name: string; bytes: readonly Buffer[]; code: number }>([
    { name: "no HTTP/2", bytes: [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")], code: ErrorCode.frameSize },
    { name: "no SETTINGS first", bytes: [frame(types.ping, 0, 0, Buffer.alloc(8))], code: ErrorCode.protocol },
    { name: "a push", bytes: [settings, frame(types.push, 4, 1, "00000002")], code: ErrorCode.protocol },
    { name: "a stream of its own", bytes: [settings, frame(types.headers, 4, 2, response)], code: ErrorCode.protocol },
    {
      name: "a stream that was not opened",
      bytes: [settings, frame(types.headers, 4, 3, response)],
      code: ErrorCode.protocol,
    },
    {
      name: "DATA behind the end",
      bytes: [settings, frame(types.headers, 5, 1, response), frame(types.data, 0, 1, "00")],
      code: ErrorCode.streamClosed,
    },
  ])("is told as $code: $name", async ({ bytes, code }) => {
    const { peer, ended, closed } = await open({ isLast: true });
    peer.send(...bytes);
    expect(await peer.goaway()).toBe(code);
    expect(await closed).toMatchObject({ errorCode: code });
    await ended;
  });
});

describe("a server's fault that ends its stream alone", () => {
  it.each<{ name: string; bytes: readonly Buffer[]; code: number }>([
    { name: "DATA before headers", bytes: [frame(types.data, 0, 1, "00")], code: ErrorCode.protocol },
    { name: "no status", bytes: [frame(types.headers, 4, 1, headerBlock(["a", "b"]))], code: ErrorCode.protocol },
    {
      name: "an informational answer that ends",
      bytes: [frame(types.headers, 5, 1, headerBlock([":status", "100"]))],
      code: ErrorCode.protocol,
    },
    {
      name: "trailers that do not end",
      bytes: [frame(types.headers, 4, 1, response), frame(types.headers, 4, 1, trailers)],
      code: ErrorCode.protocol,
    },
    { name: "a reset", bytes: [frame(types.reset, 0, 1, u32(ErrorCode.calm))], code: ErrorCode.calm },
  ])("is told as $code: $name", async ({ bytes, code }) => {
    const { peer, ended, connection } = await open();
    peer.send(settings, ...bytes);
    expect(await ended).toMatchObject({ errorCode: code, streamId: 1 });
    expect(connection.isUsable).toBe(true);
  });
});

describe("a server", () => {
  it("may send informational answers, headers in pieces and with padding, and frames that nobody knows", async () => {
    const { peer, ended, heard } = await open({ isLast: true });
    peer.send(
      settings,
      frame(0x77, 0xff, 99, "00112233"),
      frame(types.headers, 4, 1, headerBlock([":status", "103"])),
      frame(
        types.headers,
        0x28,
        1,
        Buffer.concat([Buffer.of(3), Buffer.alloc(5), response.subarray(0, 4), Buffer.alloc(3)]),
      ),
      frame(types.continuation, 0, 1, response.subarray(4, 9)),
      frame(types.continuation, 4, 1, response.subarray(9)),
      frame(types.data, 8, 1, Buffer.concat([Buffer.of(2), Buffer.from("abc"), Buffer.alloc(2)])),
      frame(types.headers, 5, 1, trailers),
    );
    expect(await ended).toBeUndefined();
    expect(heard).toEqual([[":status", "200", "content-type", "application/grpc"], "abc", ["grpc-status", "0"]]);
  });

  it("that goes away ends the streams that it has not taken, and no other", async () => {
    const { peer, ended, connection } = await open({ isLast: true });
    const later = openStream(connection);
    peer.send(settings, frame(types.goaway, 0, 0, Buffer.concat([u32(1), u32(0), Buffer.from("bye")])));
    expect(await later.ended).toMatchObject({ errorCode: ErrorCode.refused, message: expect.stringContaining("bye") });
    expect(connection.isUsable).toBe(false);
    expect(await openStream(connection).ended).toMatchObject({ errorCode: ErrorCode.refused });
    peer.send(frame(types.headers, 5, 1, response));
    expect(await ended).toBeUndefined();
    await expect.poll(() => peer.socket.destroyed || peer.socket.readableEnded).toBe(true);
  });

  it("gets no more streams at once than it takes, and the others when there is room", async () => {
    const { peer, connection } = await open({ isLast: true });
    peer.send(frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 3), u32(1)])));
    await peer.find(({ type, flags }) => type === types.settings && flags === 1);
    const second = openStream(connection);
    const third = openStream(connection);
    second.stream.write(Buffer.from("second"), true);
    third.stream.reset(ErrorCode.cancel);
    peer.send(frame(types.ping, 0, 0, Buffer.alloc(8)));
    await peer.find(({ type }) => type === types.ping);
    expect(opened(peer)).toEqual([1]);
    peer.send(frame(types.headers, 5, 1, response));
    const data = await peer.find(({ type, streamId }) => type === types.data && streamId === 3);
    expect(data.payload.toString()).toBe("second");
    expect(opened(peer)).toEqual([1, 3]);
  });

  it("gets no more bytes than its windows allow, and frames no larger than it takes", async () => {
    const { peer, stream } = await open({ isLast: false });
    const isDone = stream.write(Buffer.alloc(200_000), true);
    expect(isDone).toBe(false);
    peer.send(settings);
    await expect.poll(() => dataBytes(peer)).toBe(65_535);
    expect(Math.max(...peer.frames.map(({ payload }) => payload.length))).toBe(16_384);
    // Room on the connection alone is none on the stream, and the other way round.
    peer.send(frame(types.window, 0, 0, u32(1000)), frame(types.ping, 0, 0, Buffer.from("11111111")));
    await peer.find(({ type, payload }) => type === types.ping && payload.toString() === "11111111");
    expect(dataBytes(peer)).toBe(65_535);
    peer.send(frame(types.window, 0, 1, u32(500)));
    await expect.poll(() => dataBytes(peer)).toBe(66_035);
    // A larger initial window is one for streams that are open, too; a smaller one may leave less than nothing.
    peer.send(frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), u32(65_535 + 300)])));
    await expect.poll(() => dataBytes(peer)).toBe(66_335);
    peer.send(frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), u32(0)])));
    peer.send(frame(types.window, 0, 1, u32(65_535)), frame(types.window, 0, 0, u32(1_000_000)));
    peer.send(frame(types.ping, 0, 0, Buffer.from("22222222")));
    await peer.find(({ type, payload }) => type === types.ping && payload.toString() === "22222222");
    expect(dataBytes(peer)).toBe(66_335);
    peer.send(frame(types.window, 0, 1, u32(1_000_000)));
    await expect.poll(() => dataBytes(peer)).toBe(200_000);
    expect(peer.frames.filter(({ type, flags }) => type === types.data && flags === 1)).toHaveLength(1);
  });

  it("says the window of the streams that wait until it takes more, too", async () => {
    const { peer, connection } = await open({ isLast: true });
    peer.send(frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 3), u32(1)])));
    await peer.find(({ type, flags }) => type === types.settings && flags === 1);
    openStream(connection).stream.write(Buffer.alloc(1000), true);
    peer.send(frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), u32(10)])));
    peer.send(frame(types.headers, 5, 1, response), frame(types.ping, 0, 0, Buffer.alloc(8)));
    await peer.find(({ type }) => type === types.ping);
    expect(opened(peer)).toEqual([1, 3]);
    expect(dataBytes(peer)).toBe(10);
  });

  it("that closes the connection ends all streams with it", async () => {
    const { peer, ended, closed } = await open();
    peer.send(settings);
    peer.socket.end();
    expect(await ended).toMatchObject({ streamId: 0 });
    await closed;
  });

  it("that sends no more ends all streams, even when it does not read what waits for it", async () => {
    const { peer, stream, ended } = await open();
    const room = u32(8_000_000);
    peer.send(frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), room])), frame(types.window, 0, 0, room));
    peer.socket.pause();
    stream.write(Buffer.alloc(4_000_000), true);
    peer.socket.end();
    expect(await ended).toMatchObject({ streamId: 0 });
  });

  it("gets preface, settings and the first request in one piece", async () => {
    const { peer, socket, connection } = await unopened();
    const chunk = new Promise<Buffer>((resolve) => void peer.socket.once("data", resolve));
    openStream(connection).stream.write(Buffer.from("first"), true);
    expect((await chunk).toString("latin1")).toMatch(/^PRI .*first$/s);
    socket.destroy();
  });
});

function opened(peer: RawPeer): readonly number[] {
  return peer.frames.filter(({ type }) => type === types.headers).map(({ streamId }) => streamId);
}

function dataBytes(peer: RawPeer): number {
  const isData = ({ type }: Frame): boolean => type === types.data;
  return peer.frames.filter(isData).reduce((sum, { payload }) => sum + payload.length, 0);
}

interface OpenStream {
  readonly stream: H2Stream;
  readonly ended: Promise<H2Error | undefined>;
  readonly heard: readonly unknown[];
}

function openStream(connection: H2ClientConnection): OpenStream {
  const heard: unknown[] = [];
  let told!: (reason: H2Error | undefined) => void;
  const ended = new Promise<H2Error | undefined>((resolve) => (told = resolve));
  const stream = connection.open([...requestHeaders], [], {
    onHeaders: (fields) => heard.push(fields),
    onData: (bytes) => heard.push(bytes.toString()),
    onDrained: () => {},
    onClosed: told,
  });
  return { stream, ended, heard };
}

async function unopened(): Promise<{
  peer: RawPeer;
  socket: { readonly destroy: () => void };
  connection: H2ClientConnection;
  closed: Promise<H2Error>;
}> {
  const { peer, socket } = await serveRaw();
  let told!: (reason: H2Error) => void;
  const closed = new Promise<H2Error>((resolve) => (told = resolve));
  return { peer, socket, connection: new H2ClientConnection({ socket, onClose: told }), closed };
}

/** A client with one open stream, which has sent all of its request or nothing but headers. */
async function open({ isLast = false } = {}): Promise<OpenStream & Awaited<ReturnType<typeof unopened>>> {
  const started = await unopened();
  const stream = openStream(started.connection);
  if (isLast) stream.stream.write(Buffer.alloc(0), true);
  await started.peer.find(({ type }) => type === types.headers);
  return { ...started, ...stream };
}
