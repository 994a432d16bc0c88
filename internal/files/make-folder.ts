import { dirname } from "node:path";
import { errnoOf } from "../errors/errno.ts";

/** What of a file system makes folders: `node:fs` does. */
export interface FolderMaker {
  readonly mkdirSync: (path: string, options: { readonly mode?: number }) => unknown;
}

const maxMissing = 64;

/**
 * Makes a folder and those above it that are missing; throws the file system's errors. Returns the topmost one that it has made.
 * Node's own way goes round without end where a file system says of a new folder that there is no such file, as that of `/proc`
 * does.
 *
 * @param mode of every folder that is made; that of the process unless given
 */
export function makeFolder(
  fs: FolderMaker,
  folder: string,
  mode?: number,
  missing: number = maxMissing,
): string | undefined {
  try {
    fs.mkdirSync(folder, mode === undefined ? {} : { mode });
    return folder;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EEXIST") return undefined;
    if (code !== "ENOENT" || missing === 0) throw error;
    const first = makeFolder(fs, dirname(folder), mode, missing - 1);
    // Another process may have been as quick.
    return makeFolder(fs, folder, mode, 0) === undefined ? first : (first ?? folder);
  }
}
