/**
 * The file of a lock, `plugins.lock.json` beside a folder `plugins`: where it is, reading it, changing it. Not for what a lock
 * means to a plugin (`lock-guard.ts`). Called by the commands that write locks; a run reads them by `read-lock.ts` alone.
 */
import fs, { realpathSync } from "node:fs";
import path from "node:path";
import { unwritable } from "../../internal/write/output-errors.ts";
import { writeOutputFile } from "../../internal/write/output-file.ts";
import { formatLock } from "./lock-text.ts";
import { makeFolder } from "../../internal/files/make-folder.ts";
import type { PluginLock } from "./plugin-lock.ts";
import { readLock } from "./read-lock.ts";
import { takeTurn } from "./take-turn.ts";

export { formatLock, parseLock } from "./lock-text.ts";
export { lockFileOf, readLock } from "./read-lock.ts";

/** How a lock is changed. */
export interface UpdateLockOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a lock, an empty one where there is none, and writes what `change` makes of it: whole or not at all, and one after the
 * other among processes, so that no change is lost. What stays the same is not written. `change` may be called again.
 *
 * Rejects with CM_LOCKFILE_INVALID for what is there, with CM_OUTPUT_UNWRITABLE, with the reason of the signal, and with what
 * `change` throws; the file is then as it was.
 */
export async function updateLock(
  file: string,
  change: (lock: PluginLock) => PluginLock,
  { signal }: UpdateLockOptions = {},
): Promise<void> {
  try {
    makeFolder(fs, path.dirname(file), 0o755);
  } catch (error) {
    throw unwritable(error, file, "create");
  }
  const target = targetOf(file);
  await takeTurn(target, signal, async (isStillOurs) => {
    const text = formatLock(change(readLock(target) ?? { plugins: new Map() }));
    if (!isStillOurs()) return false;
    await writeOutputFile(fs, target, [Buffer.from(text, "utf8")], { fileMode: 0o644, signal });
    return true;
  });
}

// Turns are taken beside the file itself, by whichever link it is reached.
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
