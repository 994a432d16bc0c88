import { ConfigManagerErrors, isConfigManagerErrors, toErrors } from "../../internal/errors/errors.ts";
import type { Reporter } from "../reporter.ts";
import type { WatchEvent } from "./watch-inputs.ts";

/** Says that a changed configuration needs a new start. True when nothing else has changed, so that nothing is to be done. */
export async function tellConfigChange(
  { reason, changed }: WatchEvent,
  configFiles: readonly string[],
  reporter: Reporter,
): Promise<boolean> {
  const isConfig = (file: string): boolean => configFiles.includes(file);
  if (reason === "start" || ![...changed].some(isConfig)) return false;
  await reporter.note("the configuration has changed: start again for it to hold");
  return reason === "files" && [...changed].every(isConfig);
}

/** Reports what has failed while files are watched on; `outcome` is as in `formatErrors`. Rejects with a bug, which is no reason to go on. */
export async function tellFailure(failure: unknown, outcome: string, reporter: Reporter): Promise<void> {
  const errors = toErrors(failure);
  if (isConfigManagerErrors(failure)) await reporter.warn(failure.warnings);
  if (errors.some(({ code }) => code === "CM_INTERNAL")) throw new ConfigManagerErrors(errors);
  await reporter.fail(errors, outcome);
}
