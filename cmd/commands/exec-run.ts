import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { createExecJob } from "../child/exec-job.ts";
import { parseFileRequests } from "../child/private-files.ts";
import type { RunCommand } from "./command.ts";
import { parseWatchOptions } from "./watch-options.ts";

/**
 * Does `exec`: everything is resolved and the plugins have ended before the command starts, whose exit code is ours; or, with
 * `--watch`, they run on, and the command is started again whenever it would get something else.
 */
export const runExec: RunCommand = async (args, context) => {
  if (args.has("pristine") && args.has("resolveEnv")) {
    throw new ConfigManagerError("CM_USAGE", '"--pristine" and "--resolve-env" exclude each other', {
      hint: "use one of them",
    });
  }
  const { isWatching, storesMs } = parseWatchOptions(args);
  if (isWatching) {
    const templates = parseFileRequests(args.all("file"), context).map(({ template }) => template);
    const { watchExec } = await import("../watch/watch-exec.ts");
    return watchExec(createExecJob(args, context), [...args.all("envFile"), ...templates], storesMs, context);
  }
  const job = createExecJob(args, context);
  return job.run(await job.resolve(context.io.signal), { whileWriting: context.close });
};
