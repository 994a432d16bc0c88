/**
 * The temporary files of outputs: `.configmanager-<mark of the writer>-<12 hex digits>.tmp`, and what becomes of those that
 * a killed run has left.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { OutputFs } from "./output-fs.ts";

/** Who writes, as the names of temporary files tell it. */
export interface OutputWriter {
  /** Of this process: lower-case letters, digits and hyphens. */
  readonly mark: string;
  /** Whether the writer with that mark has surely ended; `path` is a file that it has left. */
  readonly isGone: (mark: string, path: string) => boolean;
}

const ofNobody = "0";
const namePattern = /^\.configmanager-([0-9a-z-]+)-[0-9a-f]{12}\.tmp$/;

/** The path of a temporary file in a folder, under a name of chance; not made from the target's, which may be as long as a name can be. */
export function temporaryPath(folder: string, writer: OutputWriter | undefined): string {
  return join(folder, `.configmanager-${writer?.mark ?? ofNobody}-${randomBytes(6).toString("hex")}.tmp`);
}

/** Removes the temporary files in a folder whose writers have ended; what cannot be read or removed stays. */
export function sweepLeftovers(fs: OutputFs, folder: string, writer: OutputWriter): void {
  for (const name of namesIn(fs, folder)) {
    const mark = namePattern.exec(name)?.[1];
    if (mark === undefined || mark === writer.mark) continue;
    const path = join(folder, name);
    if (writer.isGone(mark, path)) removeNow(fs, path);
  }
}

/** Removes a file if that can be done. */
export function removeNow(fs: OutputFs, path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    return;
  }
}

function namesIn(fs: OutputFs, folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
