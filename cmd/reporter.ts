/**
 * Everything that goes to stderr: errors, warnings, log lines and progress, in one order and in one style.
 * Not for data, which goes to stdout. Made once for a run by `run.ts`.
 */
import type { Warning } from "../configmanager.ts";
import type { PrintSettings } from "../internal/config/config.ts";
import type { ConfigManagerError } from "../internal/errors/errors.ts";
import { escapeControls } from "../internal/errors/redact.ts";
import type { LogFields, Logger, LogLevel } from "../internal/log/logger.ts";
import type { Io } from "./io.ts";
import { formatErrors, formatWarning, jsonLine, type PrintStyle } from "./print-error.ts";
import { createProgress, type Progress, type ShownProgress } from "./views/progress.ts";

/** Says things on stderr. */
export interface Reporter {
  readonly logger: Logger;
  /** Prints warnings, unless only errors are wanted. */
  readonly warn: (warnings: readonly Warning[]) => Promise<void>;
  /** Prints one line about what was done, unless only errors are wanted. */
  readonly note: (text: string) => Promise<void>;
  /** Prints the errors that end the run; `outcome` is as in `formatErrors`. */
  readonly fail: (errors: readonly ConfigManagerError[], outcome?: string) => Promise<void>;
  /** Shows what a long run is doing: on a terminal, in text, unless only errors are wanted. */
  readonly progress: (event: ShownProgress) => void;
  /** Takes the progress away, before data is written; one that is told later begins anew. */
  readonly endProgress: () => void;
}

/** A reporter in the style that the settings ask for. */
export function createReporter(io: Io, settings: PrintSettings, lineOf: PrintStyle["lineOf"]): Reporter {
  const style: PrintStyle = {
    format: settings.logFormat,
    get colors() {
      return wantsColors(io, settings);
    },
    lineOf,
  };
  let progress: Progress | undefined;
  const write = (text: string): Promise<void> => io.stderr.write((progress?.takeAway() ?? "") + text);
  const lowest = settings.verbose ? "debug" : settings.quiet ? "error" : "warn";
  const isEnabled = (level: LogLevel): boolean => levels.indexOf(level) >= levels.indexOf(lowest);
  return {
    logger: {
      isEnabled,
      log(level, message, fields) {
        if (isEnabled(level)) void write(logLine(level, message, fields, settings.logFormat));
      },
    },
    async warn(warnings) {
      if (settings.quiet || warnings.length === 0) return;
      await write(warnings.map((warning) => formatWarning(warning, style)).join(""));
    },
    async note(text) {
      if (settings.quiet) return;
      await write(style.format === "json" ? jsonLine({ level: "info", message: text }) : `${escapeControls(text)}\n`);
    },
    async fail(errors, outcome) {
      progress?.end();
      await write(formatErrors(errors, style, outcome));
    },
    progress(event) {
      if (progress === undefined) {
        if (settings.quiet || settings.logFormat === "json" || !io.stderr.isTerminal) return;
        progress = createProgress(io.stderr);
      }
      progress.show(event);
    },
    endProgress() {
      progress?.end();
      // What comes later, while files are watched, is shown anew.
      progress = undefined;
    },
  };
}

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

function logLine(
  level: LogLevel,
  message: string,
  fields: LogFields | undefined,
  format: PrintSettings["logFormat"],
): string {
  if (format === "json") return jsonLine({ ...fields, level, message });
  const facts = Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === "string" && /[\s"=]|^$/.test(value) ? JSON.stringify(value) : value}`,
    );
  return `${level}: ${escapeControls(message + facts.join(""))}\n`;
}

function wantsColors({ env, stderr }: Io, { color }: PrintSettings): boolean {
  if (color !== "auto") return color === "always";
  return !env["NO_COLOR"] && env["TERM"] !== "dumb" && stderr.isTerminal;
}
