import { describe, expect, it } from "vitest";
import type { EscapeFormat } from "../../internal/write/escape/formats.ts";
import { writeEscaped } from "./write-escaped.ts";

/** One row: a template, the value of `§0` (and of `§1`), and what is written; a regular expression is the error's text. */
export type EscapeRow = readonly [
  template: string,
  value: string | readonly (string | Uint8Array)[],
  written: string | RegExp,
];

/** Tests what a format writes, row by row. An error is matched as "message; hint". */
export function describeEscaping(format: EscapeFormat, rows: readonly EscapeRow[]): void {
  describe(`escaping for ${format}`, () => {
    const named = rows.map((row) => ({
      row,
      result: row[2] instanceof RegExp ? String(row[2]) : JSON.stringify(row[2]),
    }));
    it.each(named)("$row.0 with $row.1 is $result", ({ row: [template, value, written] }) => {
      const values = typeof value === "string" ? [value] : value;
      if (typeof written === "string") {
        expect(writeEscaped(format, template, values).toString()).toBe(written);
        return;
      }
      const refusal = refusalOf(() => writeEscaped(format, template, values));
      expect(refusal).toMatchObject({ code: "CM_VALUE_INVALID", place: undefined, token: undefined });
      expect(`${refusal.message}; ${refusal.hint}`).toMatch(written);
    });
  });
}

function refusalOf(run: () => unknown): { readonly message: string; readonly hint?: string } {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was refused");
}
