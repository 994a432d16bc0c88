/** What a server does with a client that breaks the rules, by raw bytes. */
import { describe, expect, it } from "vitest";
import {
  clientPreface,
  connectRaw,
  frame,
  headerBlock,
  type RawPeer,
  requestHeaders,
  types,
  u32,
} from "../../test/helpers/h2-peer.ts";
import { ErrorCode } from "./protocol.ts";
import { H2ServerConnection } from "./server-connection.ts";
import type { H2Stream } from "./stream.ts";

const settings = frame(types.settings, 0, 0);
const request = headerBlock(requestHeaders);
const open = (id: number, flags = 0x4): Buffer => frame(types.headers, flags, id, request);
const headersWith = (...fields: string[]): Buffer => headerBlock([...requestHeaders, ...fields]);

describe("a client's fault that ends the connection", () => {
  it.each<{ name: string; bytes: readonly Buffer[]; code: number; raw?: boolean }>([
    { name: "no preface", bytes: [Buffer.from("GET / HTTP/1.1\r\n\r\n")], code: ErrorCode.protocol, raw: true },
    {
      name: "no SETTINGS first",
      bytes: [clientPreface, frame(types.ping, 0, 0, Buffer.alloc(8))],
      code: ErrorCode.protocol,
      raw: true,
    },
    {
      name: "an acknowledgement first",
      bytes: [clientPreface, frame(types.settings, 1, 0)],
      code: ErrorCode.protocol,
      raw: true,
    },
    { name: "a frame of 16,385 bytes", bytes: [frame(types.data, 0, 1, "", 16_385)], code: ErrorCode.frameSize },
    { name: "DATA for the connection", bytes: [frame(types.data, 0, 0, "00")], code: ErrorCode.protocol },
    { name: "DATA for no stream", bytes: [frame(types.data, 0, 1, "00")], code: ErrorCode.protocol },
    { name: "HEADERS for the connection", bytes: [frame(types.headers, 4, 0, request)], code: ErrorCode.protocol },
    { name: "a stream of the server's", bytes: [open(2)], code: ErrorCode.protocol },
    { name: "more padding than payload", bytes: [open(1), frame(types.data, 8, 1, "0500")], code: ErrorCode.protocol },
    { name: "padding without a length", bytes: [open(1), frame(types.data, 8, 1)], code: ErrorCode.protocol },
    {
      name: "HEADERS with more padding than payload",
      bytes: [frame(types.headers, 0xc, 1, "ff00")],
      code: ErrorCode.protocol,
    },
    {
      name: "HEADERS too short for a priority",
      bytes: [frame(types.headers, 0x24, 1, "0000")],
      code: ErrorCode.frameSize,
    },
    { name: "a block that is none", bytes: [frame(types.headers, 4, 1, "80")], code: ErrorCode.compression },
    {
      name: "CONTINUATION without HEADERS",
      bytes: [frame(types.continuation, 4, 1, request)],
      code: ErrorCode.protocol,
    },
    {
      name: "a frame amid headers",
      bytes: [frame(types.headers, 0, 1, request), frame(types.ping, 0, 0, Buffer.alloc(8))],
      code: ErrorCode.protocol,
    },
    {
      name: "CONTINUATION of another stream",
      bytes: [frame(types.headers, 0, 1, request), frame(types.continuation, 4, 3)],
      code: ErrorCode.protocol,
    },
    {
      name: "PRIORITY for the connection",
      bytes: [frame(types.priority, 0, 0, "0000000000")],
      code: ErrorCode.protocol,
    },
    { name: "RST_STREAM for the connection", bytes: [frame(types.reset, 0, 0, u32(8))], code: ErrorCode.protocol },
    { name: "RST_STREAM for no stream", bytes: [frame(types.reset, 0, 1, u32(8))], code: ErrorCode.protocol },
    { name: "RST_STREAM of 3 bytes", bytes: [open(1), frame(types.reset, 0, 1, "000008")], code: ErrorCode.frameSize },
    { name: "SETTINGS for a stream", bytes: [frame(types.settings, 0, 1)], code: ErrorCode.protocol },
    { name: "SETTINGS of 5 bytes", bytes: [frame(types.settings, 0, 0, "0000000000")], code: ErrorCode.frameSize },
    {
      name: "an acknowledgement with settings",
      bytes: [frame(types.settings, 1, 0, "000100000000")],
      code: ErrorCode.frameSize,
    },
    { name: "a push of 2", bytes: [frame(types.settings, 0, 0, "000200000002")], code: ErrorCode.protocol },
    {
      name: "an initial window of 2^31",
      bytes: [frame(types.settings, 0, 0, "000480000000")],
      code: ErrorCode.flowControl,
    },
    {
      name: "a largest frame of 16,383",
      bytes: [frame(types.settings, 0, 0, "000500003fff")],
      code: ErrorCode.protocol,
    },
    { name: "a largest frame of 2^24", bytes: [frame(types.settings, 0, 0, "000501000000")], code: ErrorCode.protocol },
    {
      name: "an initial window that makes an open one too large",
      bytes: [open(1), frame(types.window, 0, 1, u32(0x7fff_0000)), frame(types.settings, 0, 0, "00047fffffff")],
      code: ErrorCode.flowControl,
    },
    { name: "PUSH_PROMISE", bytes: [open(1), frame(types.push, 4, 1, "00000002")], code: ErrorCode.protocol },
    { name: "PING of 7 bytes", bytes: [frame(types.ping, 0, 0, Buffer.alloc(7))], code: ErrorCode.frameSize },
    { name: "PING for a stream", bytes: [frame(types.ping, 0, 1, Buffer.alloc(8))], code: ErrorCode.protocol },
    { name: "GOAWAY for a stream", bytes: [frame(types.goaway, 0, 1, Buffer.alloc(8))], code: ErrorCode.protocol },
    { name: "GOAWAY of 7 bytes", bytes: [frame(types.goaway, 0, 0, Buffer.alloc(7))], code: ErrorCode.frameSize },
    { name: "WINDOW_UPDATE of 3 bytes", bytes: [frame(types.window, 0, 0, "000001")], code: ErrorCode.frameSize },
    { name: "an empty WINDOW_UPDATE", bytes: [frame(types.window, 0, 0, u32(0))], code: ErrorCode.protocol },
    { name: "WINDOW_UPDATE for no stream", bytes: [frame(types.window, 0, 1, u32(1))], code: ErrorCode.protocol },
    { name: "a window of 2^31", bytes: [frame(types.window, 0, 0, u32(0x7fff_ffff))], code: ErrorCode.flowControl },
    {
      name: "DATA behind the end of a stream",
      bytes: [open(1, 5), frame(types.data, 1, 1)],
      code: ErrorCode.streamClosed,
    },
    { name: "HEADERS behind the end of a stream", bytes: [open(1, 5), open(1, 5)], code: ErrorCode.streamClosed },
    { name: "an older stream", bytes: [open(3), open(1)], code: ErrorCode.streamClosed },
  ])("is told as $code: $name", async ({ bytes, code, raw = false }) => {
    const { peer } = await start({ echo: true });
    peer.send(...(raw ? [] : [clientPreface, settings]), ...bytes);
    expect(await peer.goaway()).toBe(code);
    await expect.poll(() => peer.socket.destroyed).toBe(true);
  });
});

describe("a client's fault that ends its stream alone", () => {
  it.each<{ name: string; bytes: readonly Buffer[]; code: number }>([
    { name: "an empty WINDOW_UPDATE", bytes: [open(1), frame(types.window, 0, 1, u32(0))], code: ErrorCode.protocol },
    {
      name: "a window of 2^31",
      bytes: [open(1), frame(types.window, 0, 1, u32(0x7fff_ffff))],
      code: ErrorCode.flowControl,
    },
    {
      name: "PRIORITY of 4 bytes",
      bytes: [open(1), frame(types.priority, 0, 1, "00000000")],
      code: ErrorCode.frameSize,
    },
    {
      name: "a name in upper case",
      bytes: [frame(types.headers, 4, 1, headersWith("X-A", "1"))],
      code: ErrorCode.protocol,
    },
    {
      name: "a value with a line feed",
      bytes: [frame(types.headers, 4, 1, headersWith("x-a", "1\n2"))],
      code: ErrorCode.protocol,
    },
    {
      name: "a header of HTTP/1",
      bytes: [frame(types.headers, 4, 1, headersWith("connection", "close"))],
      code: ErrorCode.protocol,
    },
    {
      name: "te that is not trailers",
      bytes: [frame(types.headers, 4, 1, headersWith("te", "gzip"))],
      code: ErrorCode.protocol,
    },
    {
      name: "an unknown pseudo-header",
      bytes: [frame(types.headers, 4, 1, headerBlock([":x", "1", ...requestHeaders]))],
      code: ErrorCode.protocol,
    },
    {
      name: "a pseudo-header of responses",
      bytes: [frame(types.headers, 4, 1, headerBlock([":status", "200", ...requestHeaders]))],
      code: ErrorCode.protocol,
    },
    {
      name: "a pseudo-header behind others",
      bytes: [frame(types.headers, 4, 1, headersWith(":path", "/"))],
      code: ErrorCode.protocol,
    },
    {
      name: "a pseudo-header twice",
      bytes: [frame(types.headers, 4, 1, headerBlock([":path", "/", ...requestHeaders]))],
      code: ErrorCode.protocol,
    },
    {
      name: "no path",
      bytes: [frame(types.headers, 4, 1, headerBlock([":method", "POST", ":scheme", "http"]))],
      code: ErrorCode.protocol,
    },
    {
      name: "trailers that do not end",
      bytes: [open(1), frame(types.headers, 4, 1, headerBlock(["x-a", "1"]))],
      code: ErrorCode.protocol,
    },
    {
      name: "a pseudo-header in trailers",
      bytes: [open(1), frame(types.headers, 5, 1, headerBlock([":path", "/"]))],
      code: ErrorCode.protocol,
    },
  ])("is told as $code: $name", async ({ bytes, code }) => {
    const { peer } = await start({ echo: false });
    peer.send(clientPreface, settings, ...bytes);
    expect(await peer.reset(1)).toBe(code);
    // The connection lives on.
    peer.send(frame(types.ping, 0, 0, Buffer.from("12345678")));
    await peer.find(
      ({ type, flags, payload }) => type === types.ping && flags === 1 && payload.toString() === "12345678",
    );
  });

  it("is more than the stream's window", async () => {
    const { peer } = await start({ echo: false, streamWindowBytes: 10_000 });
    peer.send(clientPreface, settings, open(1), frame(types.data, 0, 1, Buffer.alloc(10_001)));
    expect(await peer.reset(1)).toBe(ErrorCode.flowControl);
  });

  it("is refused above the number of streams that was said", async () => {
    const { peer, streams } = await start({ echo: false, maxConcurrentStreams: 2 });
    peer.send(clientPreface, settings, open(1), open(3), open(5));
    expect(await peer.reset(5)).toBe(ErrorCode.refused);
    expect(streams).toHaveLength(2);
  });
});

describe("a client that floods", () => {
  it.each<{ name: string; one: (index: number) => Buffer; times: number; before?: Buffer }>([
    { name: "unknown frames", one: () => frame(0x77, 0, 0), times: 10_001 },
    { name: "PRIORITY", one: () => frame(types.priority, 0, 1, "0000000000"), times: 10_001 },
    { name: "acknowledgements", one: () => frame(types.settings, 1, 0), times: 10_001 },
    { name: "empty DATA", before: open(1), one: () => frame(types.data, 0, 1), times: 10_001 },
    { name: "CONTINUATION without bytes", before: open(1, 0), one: () => frame(types.continuation, 0, 1), times: 1024 },
    {
      name: "CONTINUATION without end",
      before: open(1, 0),
      one: () => frame(types.continuation, 0, 1, Buffer.alloc(16_384)),
      times: 130,
    },
    {
      name: "streams that it resets",
      one: (index) => Buffer.concat([open(2 * index + 1), frame(types.reset, 0, 2 * index + 1, u32(8))]),
      times: 10_001,
    },
    {
      name: "streams that have to be reset",
      one: (index) => frame(types.headers, 4, 2 * index + 1, headerBlock([":path", "/"])),
      times: 10_001,
    },
  ])("is asked to be calm: $name", async ({ one, times, before = Buffer.alloc(0) }) => {
    const { peer, streams } = await start({ echo: false });
    peer.send(clientPreface, settings, before, ...Array.from({ length: times }, (_, index) => one(index)));
    expect(await peer.goaway()).toBe(ErrorCode.calm);
    expect(streams.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it.each([
    { name: "PING", bytes: frame(types.ping, 0, 0, Buffer.alloc(8)) },
    { name: "SETTINGS", bytes: frame(types.settings, 0, 0) },
  ])("and does not read its answers is let go: $name", async ({ bytes }) => {
    const { peer, closed } = await start({ echo: false });
    peer.send(clientPreface, settings);
    peer.socket.pause();
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => bytes));
    const send = (): void => {
      if (!peer.socket.destroyed) peer.socket.write(flood, () => send());
    };
    send();
    await expect(closed).resolves.toMatchObject({ errorCode: ErrorCode.calm });
  });

  it("and does not read how its streams end is let go", async () => {
    const { peer, closed } = await start({ echo: true, maxConcurrentStreams: 100 });
    peer.send(clientPreface, settings);
    peer.socket.pause();
    let id = -1;
    const send = (): void => {
      const flood = Buffer.concat(Array.from({ length: 1000 }, () => open((id += 2), 5)));
      if (!peer.socket.destroyed) peer.socket.write(flood, () => send());
    };
    send();
    await expect(closed).resolves.toMatchObject({ errorCode: ErrorCode.calm });
  });

  it("is told of headers that are too long, and heard on", async () => {
    const { peer } = await start({ echo: true });
    // 4,000 bytes into the table, and 1,000 times taken out of it.
    const literal = Buffer.concat([Buffer.from("4001617fa11e", "hex"), Buffer.alloc(4000, "v")]);
    const bomb = Buffer.concat([request, literal, Buffer.alloc(1000, 0xbe)]);
    peer.send(clientPreface, settings, frame(types.headers, 4, 1, bomb), open(3, 5));
    expect(await peer.reset(1)).toBe(ErrorCode.calm);
    await peer.find(({ type, streamId }) => type === types.headers && streamId === 3);
  });
});

interface Started {
  readonly peer: RawPeer;
  readonly streams: readonly H2Stream[];
  readonly closed: Promise<Error>;
}

/** A server that answers each stream at once, when it is to echo, or never. */
async function start({
  echo,
  maxConcurrentStreams = 100_000,
  streamWindowBytes,
}: {
  echo: boolean;
  maxConcurrentStreams?: number;
  streamWindowBytes?: number;
}): Promise<Started> {
  const streams: H2Stream[] = [];
  let told!: (reason: Error) => void;
  const closed = new Promise<Error>((resolve) => (told = resolve));
  const peer = await connectRaw((socket) => {
    void new H2ServerConnection({
      socket,
      maxConcurrentStreams,
      streamWindowBytes,
      onStream(stream, _fields, isLast) {
        streams.push(stream);
        stream.listener = { onHeaders: () => {}, onData: () => {}, onDrained: () => {}, onClosed: () => {} };
        if (echo && isLast) stream.writeHeaders([":status", "200"], [], true);
      },
      onClose: told,
    });
  });
  return { peer, streams, closed };
}
