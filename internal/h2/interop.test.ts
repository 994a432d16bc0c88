/** Both roles against Node's own HTTP/2. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  connect as connectNode,
  createServer as createNodeServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { H2ClientConnection } from "./client-connection.ts";
import { headerValue } from "./header-rules.ts";
import type { Headers } from "./protocol.ts";
import { H2ServerConnection } from "./server-connection.ts";

const request: Headers = [":method", "POST", ":scheme", "http", ":path", "/a/b", ":authority", "localhost"];

// Values that HTTP takes as they are: no blanks around them.
const value = fc
  .string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 300 })
  .filter((text) => text !== "");
const body = fc.array(fc.uint8Array({ maxLength: 100_000 }), { maxLength: 4 });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cm-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the client", () => {
  it("gets back from Node's server what it sends, headers, bodies and trailers", async () => {
    const server = createNodeServer({ settings: { initialWindowSize: 30_000, headerTableSize: 100 } });
    server.on("stream", (stream, headers) => echo(stream, headers));
    const path = join(folder, "node");
    server.listen(path);
    await once(server, "listening");
    const socket = connect(path);
    let ready!: () => void;
    const isReady = new Promise<void>((resolve) => (ready = resolve));
    const connection = new H2ClientConnection({ socket, connectEvent: "connect", onReady: () => ready() });
    await isReady;
    await fc.assert(
      fc.asyncProperty(value, body, async (text, pieces) => {
        const answer = await exchange(connection, [...request, "x-text", text], pieces);
        expect(headerValue(answer.headers, "x-text")).toBe(text);
        expect(answer.body.equals(Buffer.concat(pieces))).toBe(true);
        expect(answer.trailers).toEqual(["x-trailer", text]);
      }),
      { numRuns: 40 },
    );
    connection.destroy();
    server.close();
    await once(server, "close");
  });
});

describe("the server", () => {
  it("gives back to Node's client what it sends, headers, bodies and trailers", async () => {
    const path = join(folder, "own");
    const server = createServer((socket) => {
      void new H2ServerConnection({
        socket,
        maxConcurrentStreams: 100,
        onStream(stream, fields) {
          const text = headerValue(fields, "x-text")!;
          stream.writeHeaders([":status", "200"], ["x-text", text], false);
          const finish = (): void => stream.writeTrailers(["x-trailer", text], []);
          stream.listener = {
            onHeaders: finish,
            onData(bytes, isLast) {
              stream.write(bytes, false);
              if (isLast) finish();
            },
            onDrained: () => {},
            onClosed: () => {},
          };
        },
      });
    });
    server.listen(path);
    await once(server, "listening");
    const session = connectNode("http://localhost", {
      createConnection: () => connect(path),
      settings: { initialWindowSize: 30_000, headerTableSize: 100 },
    });
    await fc.assert(
      fc.asyncProperty(value, body, async (text, pieces) => {
        const stream = session.request({ ":method": "POST", ":path": "/a/b", "x-text": text });
        for (const piece of pieces) stream.write(piece);
        stream.end();
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        let trailers: IncomingHttpHeaders = {};
        stream.once("trailers", (received: IncomingHttpHeaders) => (trailers = received));
        const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
        await once(stream, "end");
        expect(headers["x-text"]).toBe(text);
        expect(Buffer.concat(chunks).equals(Buffer.concat(pieces))).toBe(true);
        expect(trailers["x-trailer"]).toBe(text);
      }),
      { numRuns: 40 },
    );
    session.close();
    await once(session, "close");
    server.close();
    await once(server, "close");
  });
});

function echo(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const text = String(headers["x-text"]);
  stream.respond({ ":status": 200, "x-text": text }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": text }));
  stream.pipe(stream);
}

interface Answer {
  readonly headers: Headers;
  readonly body: Buffer;
  readonly trailers: Headers;
}

function exchange(connection: H2ClientConnection, headers: Headers, pieces: readonly Uint8Array[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const lists: Headers[] = [];
    const chunks: Buffer[] = [];
    const stream = connection.open(headers, [], {
      onHeaders: (fields) => void lists.push(fields),
      onData: (bytes) => void chunks.push(bytes),
      onDrained: () => {},
      onClosed: (reason) =>
        reason === undefined
          ? resolve({ headers: lists[0]!, body: Buffer.concat(chunks), trailers: lists[1] ?? [] })
          : reject(reason),
    });
    for (const piece of pieces) stream.write(Buffer.from(piece), false);
    stream.write(Buffer.alloc(0), true);
  });
}
