import { type Stats, statSync } from "node:fs";

/**
 * What is at a path; undefined when there is nothing, or nothing that this user may see. Synchronous on purpose: a handful of
 * look-ups take microseconds, a trip through the thread pool takes longer than all of them, and nothing can be launched before
 * they are done.
 */
export function statIfThere(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // A file where a folder should be, a folder that may not be searched, a circle of links.
    return undefined;
  }
}
