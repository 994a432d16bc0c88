import { dirname } from "node:path";
import type { OutputFs, OutputStat } from "./output-fs.ts";
import { removeNow, temporaryPath, type OutputWriter } from "./output-leftovers.ts";
import type { OutputTrace } from "./output-trace.ts";

/** The old file under a second name, until the new one takes its place. */
export interface StagedBackup {
  /** Gives it its name, in place of an earlier backup. Throws the file system's own errors. */
  readonly commit: () => void;
}

/**
 * Gives a file a second, temporary name: a hard link, or a copy with the same mode where the file system has no links.
 * Throws the file system's own errors, also for a backup that could not get its name, such as one that is too long.
 */
export function stageBackup(
  fs: OutputFs,
  target: string,
  existing: OutputStat,
  suffix: string,
  { trace, writer }: { readonly trace: OutputTrace; readonly writer: OutputWriter | undefined },
): StagedBackup {
  const backup = `${target}${suffix}`;
  const before = fs.lstatSync(backup, { throwIfNoEntry: false });
  if (before?.isDirectory() === true) throw Object.assign(new Error("EISDIR"), { code: "EISDIR", syscall: "rename" });
  const temporary = temporaryPath(dirname(target), writer);
  trace.file(temporary);
  try {
    fs.linkSync(target, temporary);
  } catch {
    fs.copyFileSync(target, temporary, fs.constants.COPYFILE_EXCL);
    fs.chmodSync(temporary, existing.mode & 0o7777);
  }
  return {
    commit() {
      fs.renameSync(temporary, backup);
      // A rename between two names of one file does nothing, as when a run was killed right after its backup.
      removeNow(fs, temporary);
      trace.forget(temporary);
    },
  };
}
