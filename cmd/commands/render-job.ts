import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { CommandContext } from "../context.ts";
import type { MappedInput } from "../outputs/map-outputs.ts";
import type { CommandArguments } from "./command.ts";
import { parseEscape, parseFileMode } from "./output-options.ts";
import { findJobInputs, type JobWriteOptions, renderInputs, type RenderJob } from "./render-inputs.ts";
import type { WatchOptions } from "./watch-options.ts";

/** Does a job: once, with the plugins shut down while it is written; or until a signal comes, when files are watched. */
export async function runJob(job: RenderJob, watch: WatchOptions, context: CommandContext): Promise<void> {
  if (job.write.backupSuffix !== undefined && job.choice.kind === "stdout") {
    throw new ConfigManagerError("CM_USAGE", "standard output has no backup", {
      hint: "name an output file, or leave out --backup",
    });
  }
  if (watch.isWatching) {
    const { watchJob } = await import("../watch/watch-job.ts");
    const find = () => findJobInputs(job, context);
    const render = (mapped: readonly MappedInput[]) => renderInputs(mapped, job.write, context);
    return watchJob({ find, render }, watch.storesMs, context);
  }
  const { mapped } = await findJobInputs(job, context);
  await renderInputs(mapped, job.write, context, context.close);
}

/** What `--escape`, `--file-mode`, `--backup` and `--backup-suffix` say. Throws CM_USAGE. */
export function parseWriteOptions(args: CommandArguments, defaultEscape: "auto" | "none"): JobWriteOptions {
  const suffix = args.one("backupSuffix");
  if (suffix !== undefined && !/^[^/\\\0]+$/.test(suffix)) {
    throw new ConfigManagerError("CM_USAGE", `"${suffix}" of --backup-suffix is no end of a file's name`, {
      hint: "write something like .bak or .old",
    });
  }
  const backupSuffix = suffix ?? (args.has("backup") ? ".bak" : undefined);
  const escape = parseEscape(args.one("escape"), defaultEscape);
  return { escape, fileMode: parseFileMode(args.one("fileMode")), backupSuffix };
}
