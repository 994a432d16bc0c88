import { setTimeout as sleep } from "node:timers/promises";
import { unavailable } from "../errors.ts";
import { lockBeside, sweepBeside } from "./beside.ts";
import { createMark, readMark, releaseMark, removeWhenStale } from "./lock-mark.ts";

/** How a lock is waited for. */
export interface FileLockOptions {
  /** How long another writer may hold it; 15,000 unless set. */
  readonly maxWaitMs?: number | undefined;
}

/**
 * Does work that reads and replaces a file while no other process, and nothing else in this one, does such work on it.
 *
 * A lock file beside it says who is at work; one whose process has died is taken over, and what a killed writer left is
 * removed. `path` is where the file is, links resolved; it need not be there, its folder must. Rejects with
 * `unavailable` when the lock is not had in time, with the reason of the signal, with the file system's own errors when no
 * lock can be made, and with whatever the work throws.
 */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  { maxWaitMs = 15_000 }: FileLockOptions = {},
): Promise<T> {
  const lock = lockBeside(path);
  const token = await acquire(lock, path, signal, maxWaitMs);
  try {
    await sweepBeside(path);
    return await work();
  } finally {
    releaseMark(lock, token);
  }
}

async function acquire(lock: string, path: string, signal: AbortSignal, maxWaitMs: number): Promise<string> {
  const end = performance.now() + maxWaitMs;
  for (;;) {
    signal.throwIfAborted();
    const token = createMark(lock);
    if (token !== undefined) return token;
    if (removeWhenStale(lock)) continue;
    if (performance.now() > end) throw held(lock, path);
    // Of chance, so that those who wait do not come all at once.
    await sleep(2 + Math.random() * 18, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function held(lock: string, path: string): Error {
  const holder = readMark(lock)?.life?.id;
  const who = holder === undefined ? "another process" : `process ${holder}`;
  return unavailable(`"${path}" is being written by ${who}`, {
    hint: `try again later, or remove "${lock}" when nobody writes the file`,
  });
}
