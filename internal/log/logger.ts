/** How grave a log record is, least first. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Facts of a log record; never a value of a store. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Takes log records. Messages are constant text; what varies goes into fields, and a value of a store into neither. */
export interface Logger {
  readonly isEnabled: (level: LogLevel) => boolean;
  readonly log: (level: LogLevel, message: string, fields?: LogFields) => void;
}

/** A logger that drops everything. */
export const silentLogger: Logger = { isEnabled: () => false, log: () => {} };
