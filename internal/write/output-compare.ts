import { Buffer } from "node:buffer";
import type { OutputFs } from "./output-fs.ts";
import { nextTurn } from "./output-turn.ts";

const readBytes = 1024 * 1024;

/**
 * Says whether a file holds exactly the given bytes; reads no further than the first difference, and nothing when the
 * sizes differ. False for a file that cannot be read. Rejects with the signal's reason, or with what the blocks throw.
 */
export async function hasContent(
  fs: OutputFs,
  path: string,
  size: number,
  blocks: Iterable<Uint8Array> & { readonly byteLength?: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const { byteLength } = blocks;
  if (byteLength !== undefined && byteLength !== size) return false;
  let file: number;
  try {
    file = fs.openSync(path, "r");
  } catch {
    return false;
  }
  try {
    const read = Buffer.allocUnsafe(Math.min(readBytes, Math.max(size, 1)));
    for (const block of blocks) {
      for (let at = 0; at < block.length;) {
        signal?.throwIfAborted();
        const length = fs.readSync(file, read, 0, Math.min(read.length, block.length - at), null);
        if (length === 0 || read.compare(block, at, at + length, 0, length) !== 0) return false;
        at += length;
        if (length === readBytes) await nextTurn();
      }
    }
    return fs.readSync(file, read, 0, 1, null) === 0;
  } finally {
    fs.closeSync(file);
  }
}
