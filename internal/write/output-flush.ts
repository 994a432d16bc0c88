import { flush } from "../files/durable.ts";
import type { OutputFs } from "./output-fs.ts";

/** Files that wait for the disk at the same time: one journal entry of the file system then serves many of them. */
const maxFlushing = 32;

/** Flushes open files and closes them, several at a time. */
export interface Flusher {
  /** Takes a file over; resolves when there is room for another. Rejects with what went wrong with one before. */
  readonly add: (file: number, toError: (error: unknown) => unknown) => Promise<void>;
  /** Resolves when all are closed. Rejects with what went wrong with the first. */
  readonly end: () => Promise<void>;
}

/** A flusher without files. */
export function createFlusher(fs: OutputFs): Flusher {
  const flushing = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const throwFirst = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async add(file, toError) {
      const work: Promise<void> = flushAndClose(fs, file)
        .catch((error: unknown) => void failures.push(toError(error)))
        .finally(() => flushing.delete(work));
      flushing.add(work);
      if (flushing.size >= maxFlushing) await Promise.race(flushing);
      throwFirst();
    },
    async end() {
      await Promise.all(flushing);
      throwFirst();
    },
  };
}

/** Flushes folders, after renames in them: the files are there, and that a crash might forget it again is no reason to fail. */
export async function flushFolders(fs: OutputFs, folders: Iterable<string>): Promise<void> {
  const flusher = createFlusher(fs);
  for (const folder of folders) {
    try {
      await flusher.add(fs.openSync(folder, "r"), () => undefined);
    } catch {
      continue;
    }
  }
  await flusher.end().catch(() => {});
}

async function flushAndClose(fs: OutputFs, file: number): Promise<void> {
  try {
    await flush({ sync: () => sync(fs, file) });
  } finally {
    fs.closeSync(file);
  }
}

function sync(fs: OutputFs, file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(file, (error) => (error === null ? resolve() : reject(error)));
  });
}
