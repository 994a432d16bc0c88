import { dirname } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import type { OutputFs } from "./output-fs.ts";
import { removeNow } from "./output-leftovers.ts";

/** What a run has made beside its outputs and has to take away unless it succeeds. */
export interface OutputTrace {
  /** Notes a temporary file. */
  readonly file: (path: string) => void;
  /** Forgets one that has got its name, or is gone. */
  readonly forget: (path: string) => void;
  /** Makes a folder and those above it that are missing. Throws the file system's own errors. */
  readonly makeFolder: (folder: string) => void;
  /** Removes what is left of it, in one turn: files, and folders that are empty. */
  readonly remove: () => void;
  /** Keeps the folders. */
  readonly keepFolders: () => void;
}

/** A trace of nothing yet. */
export function createOutputTrace(fs: OutputFs): OutputTrace {
  const files = new Set<string>();
  const folders = new Set<string>();
  const known = new Set<string>();
  return {
    file: (path) => void files.add(path),
    forget: (path) => void files.delete(path),
    makeFolder(folder) {
      if (known.has(folder)) return;
      const first = makeFolder(fs, folder);
      known.add(folder);
      if (first === undefined) return;
      for (let made = folder; made.length >= first.length; made = dirname(made)) folders.add(made);
    },
    remove() {
      for (const path of files) removeNow(fs, path);
      files.clear();
      // The deepest first: their paths are the longest.
      for (const folder of [...folders].toSorted((left, right) => right.length - left.length)) removeFolder(fs, folder);
      folders.clear();
    },
    keepFolders: () => folders.clear(),
  };
}

function removeFolder(fs: OutputFs, folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    return;
  }
}
