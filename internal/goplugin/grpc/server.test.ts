/** The server against grpc-js's client, against our own, and against raw bytes where no client would do. */
import { type Client, type Metadata, status } from "@grpc/grpc-js";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { serveOwn } from "../../../test/helpers/grpc-pair.ts";
import {
  clientPreface,
  connectRaw,
  frame,
  headerBlock,
  type RawPeer,
  requestHeaders,
  types,
  u32,
} from "../../../test/helpers/h2-peer.ts";
import { ask } from "./ask.ts";
import { frameMessage } from "./messages.ts";
import type { ServerCall } from "./server-call.ts";
import { GrpcServer, oneRequest } from "./server.ts";
import { StatusCode } from "./status.ts";

const text = (message: string): Buffer => Buffer.from(message);
const keep = (bytes: Buffer): Buffer => bytes;

describe("a unary call of grpc-js", () => {
  it("is answered with bytes, few and many", async () => {
    const { client } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((request, call) => call.reply(request)),
      ),
    );
    expect(await peerAsk(client, text("a"))).toEqual(text("a"));
    const large = Buffer.alloc(6 * 1024 * 1024, "large");
    expect((await peerAsk(client, large)).equals(large)).toBe(true);
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, index) => peerAsk(client, text(`${index}`))));
    expect(answers.every((answer, index) => answer.toString() === `${index}`)).toBe(true);
  });

  it("ends with a status, its text whole, and its trailers", async () => {
    const details = "erste Zeile\nzweite → ✓ 100%";
    const trailers = { "hint-bin": text("Rat ✓") };
    const { client } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((_request, call) => call.end({ code: StatusCode.NOT_FOUND, details, trailers })),
      ),
    );
    const error = (await peerAsk(client, text("a")).catch((thrown: unknown) => thrown)) as {
      code: number;
      details: string;
      metadata: Metadata;
    };
    expect(error).toMatchObject({ code: status.NOT_FOUND, details });
    expect(error.metadata.get("hint-bin")).toEqual([text("Rat ✓")]);
  });

  it("is UNIMPLEMENTED where nobody answers it, and INTERNAL where its request cannot be read", async () => {
    const { client } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest(() => {
          throw new Error("no message");
        }),
      ),
    );
    await expect(peerAsk(client, text("a"), "/a/c")).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    await expect(peerAsk(client, text("a"))).rejects.toMatchObject({ code: status.INTERNAL });
  });

  it("is canceled for who answers it by a cancel and by a lost connection, once", async () => {
    const open: ServerCall[] = [];
    let canceled = 0;
    const { client, connectOwn } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((_request, call) => {
          open.push(call);
          call.onCancel = () => void canceled++;
        }),
      ),
    );
    const first = client.makeUnaryRequest("/a/b", keep, keep, text("a"), () => {});
    await expect.poll(() => open.length).toBe(1);
    first.cancel();
    await expect.poll(() => canceled).toBe(1);
    const own = connectOwn();
    const lost = ask(own, "/a/b", text("a"), {}).catch(() => {});
    await expect.poll(() => open.length).toBe(2);
    own.close();
    await lost;
    await expect.poll(() => canceled).toBe(2);
    open[1]!.reply(text("nobody reads it"));
    expect(open.every(({ isOver }) => isOver)).toBe(true);
  });

  it("ends with its deadline on this side, too", async () => {
    let canceled = 0;
    const { peer } = await raw((call) => {
      call.onCancel = () => void canceled++;
      return { onMessage: () => {}, onEnd: () => {} };
    });
    peer.send(frame(types.headers, 4, 1, headerBlock([...requestHeaders, "grpc-timeout", "10m"])));
    const end = await peer.find(({ type, flags }) => type === types.headers && (flags & 1) === 1);
    expect(end.payload.toString("latin1")).toContain("Deadline exceeded");
    expect(canceled).toBe(1);
  });
});

describe("a stream", () => {
  it("waits while nobody reads it, and goes on", async () => {
    let written = 0;
    const { client } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((_request, call) => {
          void (async () => {
            for (; written < 300; written++) if (!call.write(Buffer.alloc(100_000))) await call.drained();
            call.end();
          })();
        }),
      ),
    );
    const call = client.makeServerStreamRequest("/a/b", keep, keep, text("a"));
    await expect.poll(() => written).toBeGreaterThan(0);
    let received = 0;
    for await (const message of call as AsyncIterable<Buffer>) received += message.length;
    expect(received).toBe(30_000_000);
  });

  it("is no more waited for when it is canceled", async () => {
    let isDone = false;
    const { peer } = await raw((call) => {
      const done = async (): Promise<void> => {
        while (!call.isOver) if (!call.write(Buffer.alloc(50_000))) await call.drained();
        isDone = true;
      };
      return { onMessage: () => {}, onEnd: () => void done() };
    });
    peer.send(frame(types.headers, 5, 1, headerBlock(requestHeaders)));
    await peer.find(({ type }) => type === types.data);
    expect(isDone).toBe(false);
    peer.send(frame(types.reset, 0, 1, u32(8)));
    await expect.poll(() => isDone).toBe(true);
  });

  it("may end before its request has, which need not be sent then", async () => {
    const { peer } = await raw((call) => ({ onMessage: () => call.reply(text("enough")), onEnd: () => {} }));
    peer.send(
      frame(types.headers, 4, 1, headerBlock(requestHeaders)),
      frame(types.data, 0, 1, frameMessage(text("a"))),
      frame(types.data, 0, 1, frameMessage(text("b"))),
    );
    expect(await peer.reset(1)).toBe(0);
    const [first, second, third] = peer.frames.filter(({ streamId }) => streamId === 1);
    expect([first?.type, second?.type, third?.type, third?.flags]).toEqual([
      types.headers,
      types.data,
      types.headers,
      5,
    ]);
  });
});

describe("a request that is none", () => {
  it.each([
    { name: "a message that is cut off", flags: 1, bytes: "00000000" },
    { name: "a message that is compressed", flags: 0, bytes: "010000000161" },
    { name: "a message that cannot be read", flags: 0, bytes: "000000000161" },
  ])("is canceled for who answers it: $name", async ({ flags, bytes }) => {
    let canceled = 0;
    const { peer } = await raw((call) => {
      call.onCancel = () => void canceled++;
      const onMessage = (): void => {
        throw new Error("no message");
      };
      return { onMessage, onEnd: () => {} };
    });
    peer.send(frame(types.headers, 4, 1, headerBlock(requestHeaders)), frame(types.data, flags, 1, bytes));
    await peer.find(({ type, flags: found }) => type === types.headers && (found & 1) === 1);
    expect(canceled).toBe(1);
  });

  const message = frame(types.data, 1, 1, frameMessage(text("a")));
  const headers = (...fields: string[]): Buffer => frame(types.headers, 4, 1, headerBlock(fields));
  const base = [":method", "POST", ":scheme", "http", ":path", "/a/b"];
  const grpc = ["content-type", "application/grpc"];

  it.each<{ name: string; bytes: readonly Buffer[]; expected: string }>([
    { name: "GET", bytes: [headers(":method", "GET", ":scheme", "http", ":path", "/a/b", ...grpc)], expected: "405" },
    { name: "another type of content", bytes: [headers(...base, "content-type", "application/json")], expected: "415" },
    { name: "no type of content", bytes: [headers(...base)], expected: "415" },
    {
      name: "another encoding",
      bytes: [headers(...base, ...grpc, "grpc-encoding", "gzip")],
      expected: "grpc-status.12",
    },
    {
      name: "a deadline that is none",
      bytes: [headers(...base, ...grpc, "grpc-timeout", "soon")],
      expected: "grpc-status.13",
    },
    { name: "no message", bytes: [headers(...base, ...grpc), frame(types.data, 1, 1)], expected: "grpc-status.13" },
    {
      name: "two messages",
      bytes: [headers(...base, ...grpc), frame(types.data, 0, 1, frameMessage(text("a"))), message],
      expected: "grpc-status.13",
    },
    {
      name: "a message that is cut off",
      bytes: [headers(...base, ...grpc), frame(types.data, 1, 1, "00000000")],
      expected: "grpc-status.13",
    },
    {
      name: "a message that is too large",
      bytes: [headers(...base, ...grpc), frame(types.data, 0, 1, "0000100000")],
      expected: "grpc-status.8",
    },
  ])("is answered with $expected: $name", async ({ bytes, expected }) => {
    const { peer } = await raw(oneRequest((request, call) => call.reply(request)));
    peer.send(...bytes);
    const end = await peer.find(({ type, flags }) => type === types.headers && (flags & 1) === 1);
    expect(end.payload.toString("latin1")).toMatch(new RegExp(expected));
    // The connection lives on.
    peer.send(
      frame(types.headers, 4, 3, headerBlock(requestHeaders)),
      frame(types.data, 1, 3, frameMessage(text("b"))),
    );
    const data = await peer.find(({ type, streamId }) => type === types.data && streamId === 3);
    expect(data.payload).toEqual(frameMessage(text("b")));
  });
});

describe("the end of a server", () => {
  it("waits for the calls that are open, and takes no other", async () => {
    let open: ServerCall | undefined;
    const { server, connectOwn } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((_request, call) => void (open = call)),
      ),
    );
    const client = connectOwn();
    const asked = ask(client, "/a/b", text("a"), {});
    await expect.poll(() => open).toBeDefined();
    let isDown = false;
    const down = server.shutDown().then(() => (isDown = true));
    await expect.poll(() => client.isConnected).toBe(false);
    await expect(ask(client, "/a/b", text("b"), {})).rejects.toMatchObject({ code: StatusCode.UNAVAILABLE });
    expect(isDown).toBe(false);
    open!.reply(text("last"));
    expect(await asked).toEqual(text("last"));
    await down;
  });

  it("leaves out nothing of an answer whose end waits for its reader", async () => {
    // More than a socket takes ahead, to different parts of a piece.
    for (let bytes = 160_000; bytes < 260_000; bytes += 4000) {
      let open: ServerCall | undefined;
      const { server, peer } = await raw((call) => {
        open = call;
        return { onMessage: () => {}, onEnd: () => {} };
      });
      const window = frame(types.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), u32(1_000_000)]));
      peer.send(
        window,
        frame(types.window, 0, 0, u32(1_000_000)),
        frame(types.headers, 5, 1, headerBlock(requestHeaders)),
      );
      await expect.poll(() => open, { interval: 1 }).toBeDefined();
      peer.socket.pause();
      const down = server.shutDown();
      open!.reply(Buffer.alloc(bytes));
      peer.send(frame(types.ping, 0, 0, Buffer.alloc(8)));
      await new Promise((resolve) => void setTimeout(resolve, 10));
      peer.socket.resume();
      await Promise.all([down, once(peer.socket, "close")]);
      expect(peer.frames.at(-1)).toMatchObject({ type: types.headers, flags: 5 });
      const data = peer.frames.filter(({ type }) => type === types.data);
      expect(data.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(bytes + 5);
    }
  });

  it("is at once when it is not to wait, and when there is nobody", async () => {
    let isCanceled = false;
    const { server, connectOwn } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((_request, call) => (call.onCancel = () => (isCanceled = true))),
      ),
    );
    await server.shutDown();
    const other = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((_request, call) => (call.onCancel = () => (isCanceled = true))),
      ),
    );
    await expect(connectOwn().ready).rejects.toThrow(/./);
    const client = other.connectOwn();
    const failed = ask(client, "/a/b", text("a"), {});
    const failure = failed.catch((error: unknown) => error);
    await client.ready;
    await expect(ask(client, "/a/c", text("a"), {})).rejects.toMatchObject({ code: StatusCode.UNIMPLEMENTED });
    other.server.destroy();
    expect(await failure).toMatchObject({ code: StatusCode.UNAVAILABLE });
    expect(isCanceled).toBe(true);
  });
});

describe("two of our own", () => {
  it("send 1 MB over a socket that takes all at once and is never full", async () => {
    const { connectOwn } = await serveOwn(
      (server) =>
        server.handle(
          "/a/b",
          oneRequest((request, call) => call.reply(request)),
        ),
      {
        createServer: (server) =>
          createServer((socket) => {
            const write = (bytes: Buffer): boolean => Socket.prototype.write.call(socket, bytes);
            const emit = socket.emit.bind(socket) as (name: string, ...values: unknown[]) => boolean;
            Object.assign(socket, {
              write: (bytes: Buffer) => write(bytes) || true,
              emit: (name: string, ...values: unknown[]) => name !== "drain" && emit(name, ...values),
            });
            server.accept(socket);
          }),
      },
    );
    const large = Buffer.alloc(1_000_000, "large");
    expect((await ask(connectOwn(), "/a/b", large, {})).equals(large)).toBe(true);
  });

  it("make 10,000 calls at once, more than the server takes at once", async () => {
    const { connectOwn } = await serveOwn((server) =>
      server.handle(
        "/a/b",
        oneRequest((request, call) => setImmediate(() => call.reply(request))),
      ),
    );
    const client = connectOwn();
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, index) => ask(client, "/a/b", text(`${index}`), { deadlineMs: 20_000 })),
    );
    expect(answers.every((answer, index) => answer.toString() === `${index}`)).toBe(true);
  });
});

function peerAsk(client: Client, request: Buffer, method = "/a/b"): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method, keep, keep, request, (error, answer) =>
      error === null ? resolve(answer!) : reject(error),
    );
  });
}

async function raw(
  handler: (call: ServerCall) => { onMessage: (message: Buffer) => void; onEnd: () => void },
): Promise<{
  server: GrpcServer;
  peer: RawPeer;
}> {
  const server = new GrpcServer({ maxMessageBytes: 100_000 });
  server.handle("/a/b", handler);
  const peer = await connectRaw((socket) => server.accept(socket));
  peer.send(clientPreface, frame(types.settings, 0, 0));
  return { server, peer };
}
