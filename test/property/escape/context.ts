import type { EscapeFormat } from "../../../internal/write/escape/formats.ts";

/** A text with places for values, `§0` and `§1`, and how the format's own parser reads them back. */
export interface EscapeContext {
  readonly format: EscapeFormat;
  readonly text: string;
  /** What a parser makes of the written text, as far as the values are part of it. */
  readonly read: Reading;
  /** What it has to be for these values. */
  readonly expected: (...values: readonly string[]) => unknown;
  /** Says which values this place may refuse. */
  readonly refuses: (...values: readonly string[]) => boolean;
}

type Reading = (written: string) => unknown;

/** Makes the contexts of one format; what refuses nothing and reads as usual need not say so. */
export function contextsOf(
  format: EscapeFormat,
  usualRead: Reading,
): (
  text: string,
  expected: EscapeContext["expected"],
  refuses?: EscapeContext["refuses"],
  read?: Reading,
) => EscapeContext {
  return (text, expected, refuses = () => false, read = usualRead) => ({ format, text, expected, refuses, read });
}

/** The value and nothing else. */
export const own = (value = ""): string => value;

/** The value between an `a` and a `z`. */
export const within = (value = ""): string => `a ${value} z`;

/** Two values with a colon between them. */
export const pair = (first = "", second = ""): string => `${first}:${second}`;
