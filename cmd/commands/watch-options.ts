import { parseDuration } from "../../internal/config/duration.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { CommandArguments, OptionSpec } from "./command.ts";

/** How a job is done beside what it says: once, or again and again. */
export interface WatchOptions {
  readonly isWatching: boolean;
  /** Milliseconds between two times that the stores are asked without a change of a file; undefined: never. */
  readonly storesMs: number | undefined;
}

/** The flags of a command that can be done again and again; `summary` says when that is. */
export function watchOptions(summary: string): readonly OptionSpec[] {
  return [
    { flags: "--watch", summary },
    {
      flags: "--watch-stores <DURATION>",
      summary: "as --watch, and ask the stores again that often, such as 60s",
    },
  ];
}

/** What `--watch` and `--watch-stores` say; the second one means the first. Throws CM_USAGE. */
export function parseWatchOptions(args: CommandArguments): WatchOptions {
  const text = args.one("watchStores");
  const storesMs = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && storesMs === undefined) {
    throw new ConfigManagerError("CM_USAGE", `"${text}" of --watch-stores is not a duration between 1ms and 596h`, {
      hint: "write a number with its unit (ms, s, m, h), such as 60s or 5m",
    });
  }
  const isWatching = args.has("watch") || storesMs !== undefined;
  if (isWatching && args.one("report") !== undefined) {
    throw new ConfigManagerError("CM_USAGE", '"--report" tells of one run, and "--watch" is many', {
      hint: "give one of them",
    });
  }
  return { isWatching, storesMs };
}
