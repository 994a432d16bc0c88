/**
 * The names of plugins' files that wait for theirs: as those of outputs, but without `.tmp`, since they are started. By an extension
 * that it does not know Node refuses a script below a `package.json` with `"type": "module"`.
 */
import { randomBytes } from "node:crypto";
import fs, { readdirSync } from "node:fs";
import { join } from "node:path";
import { type OutputWriter, removeNow } from "../../internal/write/output-leftovers.ts";

const namePattern = /^\.configmanager-([0-9a-z-]+)-[0-9a-f]{12}(?:\.exe|\.tmp)?$/;

/** A new path in a folder, under a name of chance. */
export function stagedPath(folder: string, { mark }: OutputWriter, platform: NodeJS.Platform): string {
  return join(folder, `.configmanager-${mark}-${randomBytes(6).toString("hex")}${platform === "win32" ? ".exe" : ""}`);
}

/** Removes what writers that have ended left in a folder, files that were put aside included; what cannot be removed stays. */
export function sweepStaged(folder: string, writer: OutputWriter): void {
  for (const name of readdirSync(folder)) {
    const mark = namePattern.exec(name)?.[1];
    if (mark === undefined || mark === writer.mark) continue;
    const path = join(folder, name);
    if (writer.isGone(mark, path)) removeNow(fs, path);
  }
}
