import type { StdioData_Channel as Channel } from "../gen/plugin/grpc_stdio_pb.js";
import type { ServerCall } from "./grpc/server-call.ts";
import { oneRequest } from "./grpc/server.ts";
import type { ServiceMethods } from "./service-methods.ts";
import { contentField, numberField } from "./wire-fields.ts";

/** Where the plugin's code printed to. */
export type StdioChannel = "stdout" | "stderr";

/** How the plugin's side of the stream holds what nobody reads. */
export interface StdioServiceOptions {
  /** Bytes kept while no host reads, or reads slower than they come; the oldest are dropped first. 256 KiB unless set. */
  readonly maxBufferedBytes?: number | undefined;
}

/** The plugin's side of the stream. */
export interface StdioService {
  readonly methods: ServiceMethods;
  /** Sends what the plugin's code printed, or keeps it; neither blocks nor throws. The bytes are copied. */
  readonly write: (channel: StdioChannel, data: Uint8Array) => void;
  /** Sends what is kept to a host that reads, ends its stream, and drops what is written later. */
  readonly end: () => void;
  /** Bytes lost so far because nobody read them. */
  readonly droppedBytes: () => number;
}

interface StdioChunk {
  readonly channel: Channel;
  readonly data: Uint8Array;
}

// Go plugins send 1 KiB at a time (go-plugin protocol, section 5.4); hosts take any size, 4 MiB when they set no limit.
const maxChunkBytes = 32 * 1024;

/**
 * Sends what a plugin's code prints after the handshake to the host that reads the stream, the newest when there are
 * several (go-plugin protocol, section 5.4). Without a reader nothing blocks and memory stays bounded.
 */
export function createStdioService({ maxBufferedBytes = 256 * 1024 }: StdioServiceOptions = {}): StdioService {
  const queue = new ChunkQueue(maxBufferedBytes);
  let reader: ServerCall | undefined;
  let readerIsFull = false;
  let ended = false;

  const flush = (): void => {
    const call = reader;
    if (call === undefined || readerIsFull) return;
    while (!readerIsFull) {
      const chunk = queue.take();
      if (chunk === undefined) return;
      readerIsFull = !call.write(writeChunk(chunk));
    }
    void call.drained().then(() => {
      if (reader !== call) return;
      readerIsFull = false;
      flush();
    });
  };
  const attach = (call: ServerCall): void => {
    reader?.end();
    reader = call;
    readerIsFull = false;
    call.onCancel = () => {
      if (reader === call) reader = undefined;
    };
    flush();
  };

  return {
    methods: {
      "/plugin.GRPCStdio/StreamStdio": oneRequest((_request, call) => {
        if (ended) call.end();
        else attach(call);
      }),
    },
    write(channel, data) {
      if (ended || data.length === 0) return;
      for (let start = 0; start < data.length; start += maxChunkBytes) {
        queue.add({ channel: channelOf[channel], data: new Uint8Array(data.subarray(start, start + maxChunkBytes)) });
      }
      flush();
    },
    end() {
      ended = true;
      // What is left is bounded; the process is about to end, so there is no use in waiting for the reader.
      for (let chunk = queue.take(); chunk !== undefined; chunk = queue.take()) reader?.write(writeChunk(chunk));
      reader?.end();
      reader = undefined;
    },
    droppedBytes: () => queue.droppedBytes,
  };
}

// A `StdioData`.
function writeChunk({ channel, data }: StdioChunk): Buffer {
  return Buffer.concat([numberField(1, channel), contentField(2, data)]);
}

// The enum itself brings the runtime of protobuf.
const channelOf = { stdout: 1, stderr: 2 } as const satisfies Record<StdioChannel, Channel>;

/** First in, first out, and the oldest out first when there is too much. */
class ChunkQueue {
  droppedBytes = 0;
  readonly #maxBytes: number;
  #chunks: StdioChunk[] = [];
  #first = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: StdioChunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.data.length;
    while (this.#bytes > this.#maxBytes) this.droppedBytes += this.take()!.data.length;
  }

  take(): StdioChunk | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return undefined;
    this.#first += 1;
    this.#bytes -= chunk.data.length;
    // Moving the rest up for each chunk would be quadratic.
    if (this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
    return chunk;
  }
}
