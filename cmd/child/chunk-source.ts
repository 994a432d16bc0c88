import { Buffer } from "node:buffer";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";

/** Bytes as they come. Each chunk is valid until the next one is asked for. */
export interface ChunkSource extends AsyncIterable<Uint8Array> {
  readonly destroy: () => unknown;
}

/** As much as a pipe holds. */
const bufferBytes = 64 * 1024;

/**
 * The bytes of a pipe that is open for reading, all of them in one buffer: a new one for every chunk, as streams have it, costs
 * a third of the time. Reads only when a chunk is asked for, so that whoever writes waits for whoever reads.
 */
export function readPipe(descriptor: number): ChunkSource {
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
