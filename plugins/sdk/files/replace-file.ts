import { constants } from "node:fs";
import { access, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../../../internal/errors/errno.ts";
import { flush, flushFolder, keepOwnerAndMode } from "../../../internal/files/durable.ts";
import { badRequest } from "../errors.ts";
import { temporaryBeside } from "./beside.ts";

/** How a file is replaced. */
export interface ReplaceOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a file whole or not at all: a temporary file in the same folder (0600, on the disk) takes its place. To be called
 * inside `withFileLock`, whose next holder removes what a killed writer leaves.
 *
 * An existing file keeps its mode, and owner and group where that is allowed; a new one has 0600. `path` is where the file
 * is: a link would be replaced, not followed. Rejects with the file system's own errors (EACCES too for a file that its
 * owner made read-only), with the reason of the signal, and with `badRequest` for what is no regular file; then all is as
 * it was.
 */
export async function replaceFile(path: string, bytes: Uint8Array, { signal }: ReplaceOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  const existing = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (existing !== undefined) {
    if (!existing.isFile()) throw badRequest(`"${path}" is no regular file`);
    // A rename would replace it whatever its mode.
    await access(path, constants.W_OK);
  }
  const temporary = temporaryBeside(path);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(bytes, { signal });
      if (existing !== undefined) await keepOwnerAndMode(handle, existing);
      await flush(handle);
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    signal?.throwIfAborted();
    throw error;
  }
  await flushFolder(() => open(dirname(path), "r"));
}
