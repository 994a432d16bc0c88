import { mkdirSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../internal/errors/errno.ts";

const maxMissing = 8;

/**
 * Makes a folder and those above it that are missing, eight at most; throws the file system's errors. Returns the topmost one that
 * it has made. Node's own way goes round
 * without end where a file system says of a new folder that there is no such file, as that of `/proc` does.
 */
export function makeFolder(folder: string, mode: number, missing: number = maxMissing): string | undefined {
  try {
    mkdirSync(folder, { mode });
    return folder;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EEXIST") return undefined;
    if (code !== "ENOENT" || missing === 0) throw error;
    const first = makeFolder(path.dirname(folder), mode, missing - 1);
    // Another process may have been as quick.
    return makeFolder(folder, mode, 0) === undefined ? first : (first ?? folder);
  }
}
