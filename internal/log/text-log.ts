import { escapeControls } from "../errors/redact.ts";
import type { LogFields, Logger, LogLevel } from "./logger.ts";

/**
 * A logger for people: `level: message key=value`, one line a record, control characters escaped. Drops what is less
 * grave than `level`; with `color` the level is colored.
 */
export function createTextLogger(write: (line: string) => void, level: LogLevel, color: boolean): Logger {
  return createLogger(level, (recordLevel, message, fields) => {
    const label = color ? `\x1b[${colorOf[recordLevel]}m${recordLevel}\x1b[0m` : recordLevel;
    const facts = Object.entries(fields).map(([key, value]) => ` ${escapeControls(key)}=${formatValue(String(value))}`);
    write(`${label}: ${escapeControls(message)}${facts.join("")}\n`);
  });
}

/**
 * A logger for programs: one JSON object a line with `level`, `message` and the fields, which cannot take the place of
 * these two. Drops what is less grave than `level`.
 */
export function createJsonLogger(write: (line: string) => void, level: LogLevel): Logger {
  return createLogger(level, (recordLevel, message, fields) => {
    const { level: _level, message: _message, ...facts } = fields;
    // JSON itself escapes the C0 controls alone; the others can occur in its strings only.
    write(`${JSON.stringify({ level: recordLevel, message, ...facts }).replace(unescapedControls, toUnicodeEscape)}\n`);
  });
}

const order: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

const colorOf: Readonly<Record<LogLevel, number>> = { trace: 90, debug: 36, info: 32, warn: 33, error: 31 };

const unescapedControls = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function createLogger(lowest: LogLevel, print: (level: LogLevel, message: string, fields: LogFields) => void): Logger {
  const isEnabled = (level: LogLevel): boolean => order.indexOf(level) >= order.indexOf(lowest);
  return {
    isEnabled,
    log(level, message, fields = {}) {
      if (!isEnabled(level)) return;
      const set = Object.entries(fields).filter(([, value]) => value !== undefined);
      print(level, message, Object.fromEntries(set));
    },
  };
}

// Bare where no reader can be misled about where the value ends.
function formatValue(value: string): string {
  const escaped = escapeControls(value);
  return /^[^\s"=\\]+$/.test(escaped) ? escaped : `"${escapeControls(value.replace(/["\\]/g, "\\$&"))}"`;
}

function toUnicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
