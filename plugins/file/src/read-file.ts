import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { badRequest, isStoreError, StoreError } from "configmanager/plugin";
import { isDirectory, toStoreError } from "./file-errors.ts";

/** Larger files are refused. */
export const maxFileBytes: number = 64 * 1024 * 1024;

// What was a regular file when its links were resolved must not have become a link, and a FIFO must not block.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The bytes of a regular file. `file` is where it is, `path` what it is called in errors.
 *
 * Throws `notFound`, `denied`, `badRequest` (a directory, no regular file), `tooLarge` above 64 MiB, or the reason of
 * the signal.
 */
export async function readRegularFile(file: string, path: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const handle = await open(file, flags);
    try {
      return await readBounded(handle, path, signal);
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw isStoreError(error) ? error : toStoreError(error, path);
  }
}

async function readBounded(handle: FileHandle, path: string, signal: AbortSignal): Promise<Uint8Array> {
  const stats = await handle.stat();
  if (stats.isDirectory()) throw isDirectory(path);
  if (!stats.isFile()) throw badRequest(`"${path}" is no regular file`);
  const chunks: Uint8Array[] = [];
  // The size is a guess: a file may grow, and those of /proc say 0. One byte more sees the end without another chunk.
  let chunkBytes = Math.min(stats.size, maxFileBytes) + 1;
  for (let total = 0; ; chunkBytes = 64 * 1024) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
    if (bytesRead === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    total += bytesRead;
    if (total > maxFileBytes) throw tooLarge(path, Math.max(total, stats.size));
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function tooLarge(path: string, size: number): StoreError {
  return new StoreError("tooLarge", `"${path}" has ${size} bytes, more than the ${maxFileBytes} that are read`);
}
