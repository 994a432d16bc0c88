/**
 * Changes of a plugin's file and its lock that belong together: both or neither. The file changes in the lock's own turn, so that
 * of two processes that install one plugin the lock and the file are the same one's.
 */
import fs, { realpathSync } from "node:fs";
import { open, unlink } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "../../internal/errors/errno.ts";
import { flushFolder } from "../../internal/files/durable.ts";
import { type OutputWriter, removeNow, temporaryPath } from "../../internal/write/output-leftovers.ts";
import { readLock, updateLock } from "../lock/lockfile.ts";
import type { PluginLock } from "../lock/plugin-lock.ts";
import { takeTurn } from "../lock/take-turn.ts";
import { makeFolder } from "../../internal/files/make-folder.ts";
import { toPlacingError } from "./install-errors.ts";

/** What changes. */
export interface PlaceOptions {
  readonly target: string;
  /** The file that takes its place, `keep` for the one that is there, `remove` for none. */
  readonly file: { readonly staged: string } | "keep" | "remove";
  readonly lockFile: string;
  /** What becomes of the lock; undefined: it is not touched. May be called again. */
  readonly change: (lock: PluginLock) => PluginLock | undefined;
  readonly writer: OutputWriter;
  readonly platform: NodeJS.Platform;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Replaces or removes a plugin's file, and changes the lock. A plugin that runs is not disturbed: it keeps the file that it was
 * started from. Rejects with CM_INSTALL_FAILED and as `updateLock` does; then file and lock are as they were.
 */
export async function placeFile(options: PlaceOptions): Promise<void> {
  const { target, file, writer, platform } = options;
  const staged = typeof file === "object" ? file.staged : undefined;
  const folder = path.dirname(target);
  const former = temporaryPath(folder, writer);
  let isPlaced = false;
  let isKept = false;
  const place = (): void => {
    if (isPlaced || file === "keep") return;
    isKept = keepFormer(target, former, staged !== undefined && platform !== "win32");
    if (staged !== undefined) fs.renameSync(staged, target);
    isPlaced = true;
  };
  try {
    await inTurn(options, place);
  } catch (error) {
    if (isKept) restore(former, target);
    else if (isPlaced) removeNow(fs, target);
    throw toPlacingError(error, target);
  }
  // On Windows the file of a plugin that runs stays until a later run sweeps it.
  if (isKept) await unlink(former).catch(() => {});
  await flushFolder(() => open(folder, "r"));
}

/** Does `place` in the lock's turn, before the lock is written, so that a lock that cannot be written leaves the file alone. */
async function inTurn({ lockFile, change, signal }: PlaceOptions, place: () => void): Promise<void> {
  const file = whereItIs(lockFile);
  if (change(readLock(file) ?? empty) !== undefined) {
    await updateLock(
      lockFile,
      (lock) => {
        const changed = change(lock) ?? lock;
        place();
        return changed;
      },
      { signal },
    );
    return;
  }
  makeFolder(fs, path.dirname(file), 0o755);
  await takeTurn(file, signal, async () => {
    change(readLock(file) ?? empty);
    place();
    return true;
  });
}

const empty: PluginLock = { plugins: new Map() };

function whereItIs(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** Gives the file a second name, or that name alone; false when there is no file. */
function keepFormer(target: string, former: string, isSecondName: boolean): boolean {
  try {
    if (isSecondName && linkIfPossible(target, former)) return true;
    fs.renameSync(target, former);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

// Some file systems have no second names, and not every file may get one.
function linkIfPossible(target: string, former: string): boolean {
  try {
    fs.linkSync(target, former);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw error;
    return false;
  }
}

function restore(former: string, target: string): void {
  try {
    fs.renameSync(former, target);
    // Where it is the same file still, it has two names after that.
    removeNow(fs, former);
  } catch {
    return;
  }
}
