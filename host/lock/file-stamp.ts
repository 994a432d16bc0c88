import { type BigIntStats, statSync } from "node:fs";

/** What changes when a file is changed or another one takes its place; equal for one file that stays as it is. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** The stamp of the file at a path, links followed; undefined when there is none. */
export function stampAt(file: string): string | undefined {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats && stampOf(stats);
  } catch {
    return undefined;
  }
}

/** A file of which both times are as old or older can no longer change without a change of its stamp. */
const settledAfterNs = 2_000_000_000n;

/**
 * Whether a file was last touched long enough before `nowMs` (milliseconds since 1970) for its stamp to tell it from what it may
 * become: two changes within one tick of a file system's clock, which is up to two seconds long, leave the same times.
 */
export function isSettled({ mtimeNs, ctimeNs }: BigIntStats, nowMs: number): boolean {
  const limit = BigInt(Math.floor(nowMs)) * 1_000_000n - settledAfterNs;
  return mtimeNs < limit && ctimeNs < limit;
}
