import type { Masker } from "../../internal/mask/masker.ts";
import type { Output } from "../io.ts";
import type { ChunkSource } from "./chunk-source.ts";

/**
 * Copies what a command prints through a masker, no faster than it is taken. When nobody reads any more, or it cannot be
 * written, the command's end is closed, so that it learns that as it would without us.
 * Rejects with CM_OUTPUT_UNWRITABLE, or with the signal's reason.
 */
export async function copyOutput(
  source: ChunkSource,
  target: Output,
  masker: Masker,
  signal: AbortSignal,
): Promise<void> {
  // A write may wait for its reader for ever. Not a race with one promise for all: that would remember every chunk.
  let stopWaiting = (_reason: unknown): void => {};
  const onAbort = (): void => {
    source.destroy();
    stopWaiting(signal.reason);
  };
  const write = async (parts: readonly Uint8Array[]): Promise<void> => {
    if (parts.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      stopWaiting = reject;
      target.writeAll(parts).then(resolve, reject);
    });
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for await (const chunk of source) {
      await write(masker.write(chunk));
      if (target.isClosed) return;
    }
    signal.throwIfAborted();
    await write(masker.end());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    source.destroy();
  }
}
