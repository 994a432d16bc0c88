import { Buffer } from "node:buffer";
import { accessSync, closeSync, openAsBlob } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";

/** Bytes as they come. Each chunk is valid until the next one is asked for. */
export interface ChunkSource extends AsyncIterable<Uint8Array> {
  readonly destroy: () => unknown;
}

/** As much as a pipe holds. */
const bufferBytes = 64 * 1024;

/**
 * The bytes of a pipe that is open for reading, does not wait, and has a writer. They are read only when a chunk is asked for,
 * so that whoever writes waits for whoever reads. The descriptor is the source's from now on. Rejects where it cannot be read.
 */
export async function readPipe(descriptor: number): Promise<ChunkSource> {
  return readAsSocket(descriptor) ?? (await readAsFile(descriptor));
}

/**
 * All bytes in one buffer: a new one for every chunk, as streams have it, costs a third of the time. Undefined where sockets
 * are made of sockets alone, which bun's are.
 */
function readAsSocket(descriptor: number): ChunkSource | undefined {
  let pending: Uint8Array | undefined;
  let isOver = false;
  let wake = (): void => {};
  const options: SocketConstructorOpts & ConnectOpts = {
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer: Buffer.alloc(bufferBytes),
      callback(length, buffer) {
        pending = buffer.subarray(0, length);
        wake();
        // No more until it is asked for.
        return false;
      },
    },
  };
  const socket = new Socket(options);
  if (socket.pending) return undefined;
  const end = (): void => {
    isOver = true;
    wake();
  };
  // What cannot be read is over.
  socket.on("error", end).once("end", end).once("close", end);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (pending === undefined && !isOver) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        socket.resume();
        await woken;
      }
      if (pending === undefined) return;
      const chunk = pending;
      pending = undefined;
      yield chunk;
    }
  }
  return { [Symbol.asyncIterator]: chunks, destroy: () => socket.destroy() };
}

/**
 * Bun reads a file that is a pipe as it should be: it waits for it among its events, where Node would keep a thread waiting.
 * The file is open when this resolves; opened behind the last writer, a pipe never tells its end.
 */
async function readAsFile(descriptor: number): Promise<ChunkSource> {
  try {
    const file = `/dev/fd/${descriptor}`;
    accessSync(file);
    const reader: ReadableStreamDefaultReader<Uint8Array> = (await openAsBlob(file)).stream().getReader();
    return { [Symbol.asyncIterator]: () => chunksOf(reader), destroy: () => reader.cancel().catch(() => {}) };
  } finally {
    closeSync(descriptor);
  }
}

async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (;;) {
    // What cannot be read is over.
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
    yield value;
  }
}
