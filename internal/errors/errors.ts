import { type ErrorCode, exitCodeOf } from "./codes.ts";

/** Where in an input something is. Counting is that of `docs/token-language.md`, section "Places". */
export interface Place {
  /** The file as the user named it; absent for text that came from no file. */
  readonly file?: string;
  /** From 1; lines end at LF. */
  readonly line: number;
  /** From 1; one code point each, an invalid byte counts one, a leading byte order mark none. */
  readonly column: number;
  /** Byte offset of the first byte, from 0, in the original input. */
  readonly start: number;
  /** Byte offset behind the last byte. */
  readonly end: number;
}

/** Facts about an error; never a value of a store. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What an error is made of beside its code and message. */
export interface ErrorOptions {
  /** What to do next, in the imperative. */
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  /** The token as written in the input. */
  readonly token?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

/**
 * The one kind of error that leaves this project on purpose.
 *
 * `message` is lower case, one clause, the offender in quotes, no full stop. Neither message, hint nor details
 * ever hold a value of a store. Match on `code`; use `isConfigManagerError` instead of `instanceof`, which breaks
 * when two copies of the package are loaded.
 */
export class ConfigManagerError extends Error {
  override readonly name = "ConfigManagerError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly token: string | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.place = options.place;
    this.token = options.token;
    this.details = options.details ?? {};
  }

  /** A copy that names the token and its place, and keeps what was known before. */
  at(place: Place | undefined, token?: string): ConfigManagerError {
    const copy = new ConfigManagerError(this.code, this.message, {
      hint: this.hint,
      place: this.place ?? place,
      token: this.token ?? token,
      details: this.details,
      cause: this.cause,
    });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }
}

/** Something a user should know that ended nothing by itself. */
export interface Warning {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  /** The token as written. */
  readonly token?: string | undefined;
  /** The code of the error that was softened, when it is one. */
  readonly code?: ErrorCode | undefined;
}

/** Several errors of one run, in document order; `errors` is never empty. */
export class ConfigManagerErrors extends Error {
  override readonly name = "ConfigManagerErrors";
  readonly errors: readonly ConfigManagerError[];
  /** What else was found in the input until then; a warning may explain an error. */
  readonly warnings: readonly Warning[];

  constructor(errors: readonly ConfigManagerError[], warnings: readonly Warning[] = []) {
    super(errors.length === 1 ? errors[0]!.message : `${errors.length} errors, the first: ${errors[0]?.message}`);
    this.errors = errors;
    this.warnings = warnings;
  }
}

/** True for one error of this project, also from another copy of the package. */
export function isConfigManagerError(error: unknown): error is ConfigManagerError {
  return error instanceof Error && error.name === "ConfigManagerError" && "code" in error;
}

/** True for a report of several errors, also from another copy of the package. */
export function isConfigManagerErrors(error: unknown): error is ConfigManagerErrors {
  return error instanceof Error && error.name === "ConfigManagerErrors" && "errors" in error;
}

/** The errors that a thrown thing stands for; anything foreign becomes one CM_INTERNAL with the thing as its cause. */
export function toErrors(thrown: unknown): readonly ConfigManagerError[] {
  if (isConfigManagerErrors(thrown)) return thrown.errors;
  if (isConfigManagerError(thrown)) return [thrown];
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return [new ConfigManagerError("CM_INTERNAL", message, { cause: thrown })];
}

/** Several kinds at once: the exit code of the first in this order. */
const exitCodeOrder: readonly number[] = [1, 130, 143, 7, 2, 3, 5, 6, 4, 8, 126, 127];

/** The exit code of a run that ends with these errors; 0 when there are none. */
export function exitCodeFor(errors: readonly ConfigManagerError[]): number {
  const codes = new Set(errors.map((error) => exitCodeOf[error.code] as number));
  return exitCodeOrder.find((code) => codes.has(code)) ?? (errors.length === 0 ? 0 : 1);
}
