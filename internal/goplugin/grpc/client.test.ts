/** The client against grpc-js's server, and against raw bytes where no server would do. */
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream, UntypedHandleCall } from "@grpc/grpc-js";
import { Metadata, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { servePeer, type PeerServed } from "../../../test/helpers/grpc-pair.ts";
import { frame, headerBlock, type RawPeer, serveRaw, types, u32 } from "../../../test/helpers/h2-peer.ts";
import { ask, askForMany } from "./ask.ts";
import { type CallStatus, StatusCode } from "./status.ts";
import { GrpcClient } from "./client.ts";
import { frameMessage } from "./messages.ts";

const text = (message: string): Buffer => Buffer.from(message);

describe("a unary call to grpc-js", () => {
  it("carries bytes there and back, few and many", async () => {
    const client = await serve((call: Unary, callback) => callback(null, call.request));
    expect(await ask(client, "/test/unary", text("a"), {})).toEqual(text("a"));
    const large = Buffer.alloc(6 * 1024 * 1024, "large");
    expect((await ask(client, "/test/unary", large, {})).equals(large)).toBe(true);
  });

  it("ends with the server's status, its text whole, and its trailers", async () => {
    const details = "erste Zeile\nzweite → ✓ 100%";
    const metadata = new Metadata();
    metadata.set("hint-bin", text("Rat ✓"));
    const client = await serve((_call: Unary, callback) => callback({ code: status.NOT_FOUND, details, metadata }));
    await expect(ask(client, "/test/unary", text("a"), {})).rejects.toMatchObject({
      code: StatusCode.NOT_FOUND,
      details,
      trailers: { "hint-bin": text("Rat ✓") },
    });
  });

  it("takes the text of an error that is longer than grpc-js itself can read", async () => {
    const details = "x".repeat(100_000);
    const client = await serve((_call: Unary, callback) => callback({ code: status.UNKNOWN, details }));
    await expect(ask(client, "/test/unary", text("a"), {})).rejects.toMatchObject({
      code: StatusCode.UNKNOWN,
      details,
    });
    await expect(ask(client, "/test/unary", text("a"), {})).rejects.toMatchObject({ details });
  });

  it("is UNIMPLEMENTED where nobody knows it", async () => {
    const client = await serve((call: Unary, callback) => callback(null, call.request));
    await expect(ask(client, "/test/other", text("a"), {})).rejects.toMatchObject({ code: StatusCode.UNIMPLEMENTED });
  });

  it("ends with its deadline, which the server is told, too", async () => {
    let deadline: unknown;
    const client = await serve((call: Unary) => {
      deadline = call.getDeadline();
    });
    const failed = ask(client, "/test/unary", text("a"), { deadlineMs: 200 });
    await expect(failed).rejects.toMatchObject({ code: StatusCode.DEADLINE_EXCEEDED, details: "Deadline exceeded" });
    expect(Math.abs(Number(deadline) - Date.now())).toBeLessThan(5000);
  });

  it("is canceled with its signal, there too, and rejects with its reason", async () => {
    let arrived!: (call: Unary) => void;
    const there = new Promise<Unary>((resolve) => (arrived = resolve));
    const client = await serve((call: Unary) => arrived(call));
    const controller = new AbortController();
    const failed = ask(client, "/test/unary", text("a"), { signal: controller.signal });
    const canceled = there.then((call) => new Promise((resolve) => void call.once("cancelled", resolve)));
    await there;
    controller.abort(new Error("enough"));
    await expect(failed).rejects.toThrow("enough");
    await canceled;
  });

  it("is not made when its signal is aborted already", async () => {
    let calls = 0;
    const client = await serve(() => void calls++);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(ask(client, "/test/unary", text("a"), { signal })).rejects.toThrow("enough");
    expect(calls).toBe(0);
  });

  it("is one of 10,000 that are made at once, which all come through", async () => {
    const client = await serve((call: Unary, callback) => callback(null, call.request));
    const calls = Array.from({ length: 10_000 }, (_, index) => ask(client, "/test/unary", text(`${index}`), {}));
    const answers = await Promise.all(calls);
    expect(answers.every((answer, index) => answer.toString() === `${index}`)).toBe(true);
  });

  it("is UNAVAILABLE when the server is gone, in the middle of it and later", async () => {
    let arrived!: () => void;
    const there = new Promise<void>((resolve) => (arrived = resolve));
    const { client, server } = await serveWithServer(() => arrived());
    const failed = ask(client, "/test/unary", text("a"), {});
    const failure = failed.catch((error: unknown) => error);
    await there;
    server.forceShutdown();
    expect(await failure).toMatchObject({ code: StatusCode.UNAVAILABLE });
    expect(client.isConnected).toBe(false);
    await expect(ask(client, "/test/unary", text("b"), {})).rejects.toMatchObject({ code: StatusCode.UNAVAILABLE });
  });

  it("ends where it is when the server goes away gracefully, and no other begins", async () => {
    let answer!: () => void;
    let arrived!: () => void;
    const there = new Promise<void>((resolve) => (arrived = resolve));
    const { client, server } = await serveWithServer((call: Unary, callback) => {
      answer = () => callback(null, call.request);
      arrived();
    });
    const asked = ask(client, "/test/unary", text("a"), {});
    await there;
    const gone = new Promise((resolve) => server.tryShutdown(resolve));
    await expect.poll(() => client.isConnected).toBe(false);
    await expect(ask(client, "/test/unary", text("b"), {})).rejects.toMatchObject({ code: StatusCode.UNAVAILABLE });
    answer();
    expect(await asked).toEqual(text("a"));
    await gone;
  });
});

describe("a stream of grpc-js", () => {
  it("comes message by message, 10,000 of them, empty ones too", async () => {
    const { client } = await serveWithServer(undefined, (call) => {
      for (let index = 0; index < 10_000; index++) call.write(text(index % 2 === 0 ? `${index}` : ""));
      call.end();
    });
    const read: string[] = [];
    await askForMany(client, "/test/many", text("x"), {}, (message) => read.push(message.toString()));
    expect(read).toEqual(Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? `${index}` : "")));
  });

  it("is canceled when what reads it throws", async () => {
    const { client } = await serveWithServer(undefined, (call) => void call.write(text("a")));
    const failed = askForMany(client, "/test/many", text("x"), {}, () => {
      throw new Error("not this");
    });
    await expect(failed).rejects.toThrow("not this");
  });

  it("goes both ways with 20 MB, and writing waits while the server does not read", async () => {
    let there!: (call: Bidi) => void;
    const arrived = new Promise<Bidi>((resolve) => (there = resolve));
    const { client } = await serveWithServer(undefined, undefined, (call) => {
      call.pause();
      there(call);
    });
    const message = Buffer.alloc(100_000, "m");
    let drain: () => void = () => {};
    const received: number[] = [];
    let end!: (status: CallStatus) => void;
    const ended = new Promise<CallStatus>((resolve) => (end = resolve));
    const call = client.call(
      "/test/both",
      {},
      {
        onMessage: ({ length }) => received.push(length),
        onEnd: end,
        onDrain: () => drain(),
      },
    );
    let written = 0;
    while (call.write(message)) written++;
    expect(written).toBeLessThan(100);
    const server = await arrived;
    server.on("data", (bytes: Buffer) => server.write(bytes));
    server.on("end", () => server.end());
    server.resume();
    for (written++; written < 200; written++) {
      if (!call.write(message)) await new Promise<void>((resolve) => (drain = resolve));
    }
    call.end();
    expect(await ended).toMatchObject({ code: StatusCode.OK });
    expect(received).toHaveLength(200);
  });
});

describe("an answer that is none", () => {
  const ok = headerBlock([":status", "200", "content-type", "application/grpc"]);
  const headers = (flags: number, ...fields: string[]): Buffer => frame(types.headers, flags, 1, headerBlock(fields));
  const good = frame(types.headers, 4, 1, ok);
  const data = (bytes: Buffer, flags = 0): Buffer => frame(types.data, flags, 1, bytes);

  it.each<{ name: string; bytes: readonly Buffer[]; code: number }>([
    { name: "404 without more", bytes: [headers(5, ":status", "404")], code: StatusCode.UNIMPLEMENTED },
    {
      name: "503 with a page",
      bytes: [headers(4, ":status", "503", "content-type", "text/html")],
      code: StatusCode.UNAVAILABLE,
    },
    { name: "a page", bytes: [headers(4, ":status", "200", "content-type", "text/html")], code: StatusCode.UNKNOWN },
    {
      name: "a status of gRPC with another of HTTP",
      bytes: [headers(5, ":status", "404", "grpc-status", "5")],
      code: StatusCode.NOT_FOUND,
    },
    { name: "no status", bytes: [good, headers(5, "a", "b")], code: StatusCode.UNKNOWN },
    { name: "no trailers", bytes: [good, data(frameMessage(text("a")), 1)], code: StatusCode.UNKNOWN },
    {
      name: "another encoding",
      bytes: [headers(4, ":status", "200", "content-type", "application/grpc", "grpc-encoding", "gzip")],
      code: StatusCode.INTERNAL,
    },
    {
      name: "a compressed message",
      bytes: [good, data(Buffer.from("010000000000", "hex"))],
      code: StatusCode.INTERNAL,
    },
    {
      name: "a message that is cut off",
      bytes: [good, data(Buffer.from("0000000005aa", "hex")), headers(5, "grpc-status", "0")],
      code: StatusCode.INTERNAL,
    },
    {
      name: "a message that is too large",
      bytes: [good, data(Buffer.from("0000100000aa", "hex"))],
      code: StatusCode.RESOURCE_EXHAUSTED,
    },
    { name: "a reset with REFUSED_STREAM", bytes: [frame(types.reset, 0, 1, u32(7))], code: StatusCode.UNAVAILABLE },
    { name: "a reset with CANCEL", bytes: [frame(types.reset, 0, 1, u32(8))], code: StatusCode.CANCELLED },
    {
      name: "a reset with ENHANCE_YOUR_CALM",
      bytes: [frame(types.reset, 0, 1, u32(11))],
      code: StatusCode.RESOURCE_EXHAUSTED,
    },
    {
      name: "a reset with INADEQUATE_SECURITY",
      bytes: [frame(types.reset, 0, 1, u32(12))],
      code: StatusCode.PERMISSION_DENIED,
    },
    { name: "a reset with NO_ERROR", bytes: [frame(types.reset, 0, 1, u32(0))], code: StatusCode.INTERNAL },
    { name: "headers that break the rules", bytes: [headers(4, "a", "b")], code: StatusCode.INTERNAL },
  ])("ends the call with $code: $name", async ({ bytes, code }) => {
    const { peer, client } = await raw();
    const failed = ask(client, "/test/unary", text("a"), {});
    peer.send(frame(types.settings, 0, 0), ...bytes);
    await expect(failed).rejects.toMatchObject({ code });
    expect(client.isConnected).toBe(true);
  });
});

describe("the connection", () => {
  it("is ready when the server has said that it speaks HTTP/2", async () => {
    const { peer, client } = await raw();
    expect(client.isConnected).toBe(false);
    peer.send(frame(types.settings, 0, 0));
    await client.ready;
    expect(client.isConnected).toBe(true);
  });

  it("never is when the server closes it, or speaks something else", async () => {
    const first = await raw();
    first.peer.socket.end();
    await expect(first.client.ready).rejects.toThrow("closed");
    const second = await raw();
    second.peer.send(text("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expect(second.client.ready).rejects.toThrow("frame");
  });

  it("ends every call with UNAVAILABLE when it is closed", async () => {
    const { client } = await raw();
    const failed = ask(client, "/test/unary", text("a"), {});
    client.close();
    await expect(failed).rejects.toMatchObject({ code: StatusCode.UNAVAILABLE });
  });
});

async function raw(): Promise<{ peer: RawPeer; client: GrpcClient }> {
  const { peer, socket } = await serveRaw();
  return { peer, client: new GrpcClient({ socket, maxMessageBytes: 100_000 }) };
}

type Unary = ServerUnaryCall<Buffer, Buffer>;
type Callback = (error: object | null, answer?: Buffer) => void;
type Bidi = ServerDuplexStream<Buffer, Buffer>;

const keep = (bytes: Buffer): Buffer => bytes;
const codec = { requestSerialize: keep, requestDeserialize: keep, responseSerialize: keep, responseDeserialize: keep };

async function serve(unary: (call: Unary, callback: Callback) => void): Promise<GrpcClient> {
  return (await serveWithServer(unary)).client;
}

async function serveWithServer(
  unary: (call: Unary, callback: Callback) => void = () => {},
  many: (call: ServerWritableStream<Buffer, Buffer>) => void = () => {},
  both: (call: Bidi) => void = () => {},
): Promise<{ client: GrpcClient; server: PeerServed["server"] }> {
  const handlers = { unary, many, both } as unknown as Record<string, UntypedHandleCall>;
  const { server, connectOwn } = await servePeer((server) => {
    server.addService(
      {
        unary: { path: "/test/unary", requestStream: false, responseStream: false, ...codec },
        many: { path: "/test/many", requestStream: false, responseStream: true, ...codec },
        both: { path: "/test/both", requestStream: true, responseStream: true, ...codec },
      },
      handlers,
    );
  });
  const client = connectOwn();
  await client.ready;
  return { client, server };
}
