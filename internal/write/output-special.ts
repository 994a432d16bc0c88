import { unwritable } from "./output-errors.ts";
import type { OutputFs, OutputHandle, OutputStat } from "./output-fs.ts";

/** Bytes of one write: no more than a pipe holds, so that one read makes room for it. */
const pipeBytes = 64 * 1024;

/**
 * Writes to what is there and is no regular file, such as a device or a FIFO; waits for a FIFO's reader as a shell does.
 * `named` is the output as the user named it. Rejects with CM_OUTPUT_UNWRITABLE, with the signal's reason, or with what the blocks throw.
 */
export async function writeToSpecialFile(
  fs: OutputFs,
  named: string,
  path: string,
  stat: Pick<OutputStat, "isFIFO">,
  blocks: Iterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  // Neither created nor truncated: the flag alone makes Linux refuse FIFOs of others in shared folders.
  const writing = writeBlocks(fs, path, blocks, signal);
  const onAbort = (): void => void drain(fs, path, writing).catch(() => {});
  const canBlock = stat.isFIFO() && fs.constants.O_NONBLOCK !== undefined;
  if (canBlock) signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await writing;
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : unwritable(error, named, "write");
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function writeBlocks(
  fs: OutputFs,
  path: string,
  blocks: Iterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle: OutputHandle = await fs.promises.open(path, fs.constants.O_WRONLY);
  try {
    for (const block of blocks) {
      for (let at = 0; at < block.length;) {
        signal?.throwIfAborted();
        const { bytesWritten } = await handle.write(block, at, Math.min(block.length - at, pipeBytes), null);
        at += bytesWritten;
      }
    }
    signal?.throwIfAborted();
  } finally {
    await handle.close();
  }
}

// A FIFO without a reader, or with one that does not read, blocks a thread, and a process does not end before its
// threads do. So an aborted write is given a reader: this one.
async function drain(fs: OutputFs, path: string, writing: Promise<unknown>): Promise<void> {
  const state = { isWriting: true };
  const stop = (): void => {
    state.isWriting = false;
  };
  writing.then(stop, stop);
  const reader = await fs.promises.open(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK!);
  try {
    const sink = new Uint8Array(pipeBytes);
    while (state.isWriting) {
      // Nothing there to read is an error of a reader that does not wait.
      await reader.read(sink, 0, sink.length, null).catch(() => {});
    }
  } finally {
    await reader.close();
  }
}
