import { type FSWatcher, realpathSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";

/** Watches folders for events in them, each by itself and not what is below. */
export interface FolderWatch {
  /**
   * Watches these folders and no others; of one that is not there, the nearest above it that is. True when one was not
   * watched before. Throws CM_INPUT_UNREADABLE.
   */
  readonly set: (folders: ReadonlySet<string>) => boolean;
  readonly end: () => void;
}

/** A watch of nothing yet. */
export function watchFolders(onEvent: () => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  return {
    set(folders) {
      const wanted = new Map([...folders].map((folder) => nearest(folder)));
      for (const [key, watcher] of watchers) {
        if (wanted.has(key)) continue;
        watcher.close();
        watchers.delete(key);
      }
      let hasNew = false;
      for (const [key, folder] of wanted) {
        if (watchers.has(key)) continue;
        const watcher = open(folder, onEvent);
        // Gone again: whoever is told looks again.
        if (watcher === undefined) setImmediate(onEvent);
        else watchers.set(key, watcher);
        hasNew = true;
      }
      return hasNew;
    },
    end() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** Where links lead; the path itself when nothing is there. */
export function followedPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

// By a key too, since a folder that was made anew under its old name is another one.
function nearest(folder: string): readonly [key: string, folder: string] {
  for (let current = folder; ; current = dirname(current)) {
    const stats = statSync(current, { throwIfNoEntry: false });
    if (stats !== undefined || dirname(current) === current) return [`${stats?.ino} ${current}`, current];
  }
}

function open(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onEvent).on("error", onEvent);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    if (code === "ENOENT") return undefined;
    throw new ConfigManagerError("CM_INPUT_UNREADABLE", `the folder "${folder}" cannot be watched (${code})`, {
      hint: code === "ENOSPC" || code === "EMFILE" ? "raise the system's limit of watches" : "name other inputs",
      cause: error,
    });
  }
}
