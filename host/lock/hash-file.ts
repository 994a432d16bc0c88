import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { errnoOf } from "../../internal/errors/errno.ts";
import { isSettled, stampAt, stampOf } from "./file-stamp.ts";
import type { Checksum } from "./plugin-lock.ts";

/** A file's checksum. */
export interface HashedFile {
  readonly checksum: Checksum;
  /** Stands for these bytes from now on; undefined for a file that was touched too short a time ago. */
  readonly stamp: string | undefined;
}

/** How a file is hashed. */
export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970; the system's clock unless set. */
  readonly now?: (() => number) | undefined;
}

const blockBytes = 1 << 20;
const attempts = 3;

/**
 * Reads a file and tells its checksum, of bytes that were all there at once: one that changes meanwhile is read again, twice at
 * most. Rejects with CM_CHECKSUM_MISMATCH when it cannot be read or does not stay the same, and with the signal's reason.
 */
export async function hashFile(file: string, options: HashOptions = {}): Promise<HashedFile> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const hashed = await hashOnce(file, options);
    if (hashed !== undefined) return hashed;
  }
  throw new ConfigManagerError("CM_CHECKSUM_MISMATCH", `the plugin file "${file}" changes while it is read`, {
    hint: "try again when it is complete",
    details: { file },
  });
}

/** Undefined when the file is not what it was at the start. */
async function hashOnce(file: string, { signal, now = Date.now }: HashOptions): Promise<HashedFile | undefined> {
  try {
    const handle = await open(file, "r");
    try {
      const nowMs = now();
      // Of the open file: what the path leads to may be another one by now.
      const before = await handle.stat({ bigint: true });
      const hash = createHash("sha256");
      const block = Buffer.allocUnsafe(Math.min(blockBytes, Number(before.size) + 1));
      for (;;) {
        signal?.throwIfAborted();
        const { bytesRead } = await handle.read(block, 0, block.length, null);
        if (bytesRead === 0) break;
        hash.update(block.subarray(0, bytesRead));
      }
      const stamp = stampOf(before);
      if (stampOf(await handle.stat({ bigint: true })) !== stamp || stampAt(file) !== stamp) return undefined;
      return { checksum: `sha256:${hash.digest("hex")}`, stamp: isSettled(before, nowMs) ? stamp : undefined };
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw new ConfigManagerError("CM_CHECKSUM_MISMATCH", `the plugin file "${file}" cannot be read (${code})`, {
      hint: "give yourself the right to read it, or install it again",
      details: { file },
      cause: error,
    });
  }
}
