/**
 * The file of a lock, `plugins.lock.json` beside a folder `plugins`: where it is, reading it, changing it. Not for what a lock
 * means to a plugin (`lock-guard.ts`). Called by the guard, and by the commands that write locks.
 */
import fs, { mkdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { errnoOf } from "../../internal/errors/errno.ts";
import { formatLock, parseLock } from "./lock-text.ts";
import type { PluginLock } from "./plugin-lock.ts";

export { formatLock, parseLock } from "./lock-text.ts";

/** The lock of a folder `plugins`, whether there is one or not. */
export function lockFileOf(pluginsDir: string): string {
  return path.join(path.dirname(pluginsDir), "plugins.lock.json");
}

/**
 * The lock in a file; undefined when there is none. Synchronous, as nothing can be launched before it is known.
 *
 * @throws CM_LOCKFILE_INVALID as `parseLock`, and for a file that cannot be read.
 */
export function readLock(file: string): PluginLock | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = errnoOf(error);
    // A file where `.configmanager` should be holds no lock either.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ConfigManagerError(
      "CM_LOCKFILE_INVALID",
      `the lock "${file}" cannot be read (${code ?? "unknown error"})`,
      {
        hint: "give yourself the right to read it",
        details: { file },
        cause: error,
      },
    );
  }
  return parseLock(text, file);
}

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
  // The writer and the turns of processes are for those who write alone; a run reads.
  const [{ takeTurn }, { writeOutputFile }] = await Promise.all([
    import("./take-turn.ts"),
    import("../../internal/write/output-file.ts"),
  ]);
  mkdirSync(path.dirname(file), { recursive: true });
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
