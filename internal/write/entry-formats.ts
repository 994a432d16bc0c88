/**
 * Variables in the formats of shells, files and CI runners. Each writes a value so that its reader has exactly that value
 * again; what it cannot say is CM_VALUE_INVALID. Called by `retrieve`, for all but export lines (`export-lines.ts`).
 */
import { Buffer, isUtf8 } from "node:buffer";
import { ConfigManagerError, isConfigManagerError } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import { alonePlace } from "./escape/dotenv-places.ts";
import type { ExportEntry } from "./export-entries.ts";

/** The formats of `retrieve` beside export lines and raw bytes. */
export type EntryFormat = "dotenv" | "json" | "yaml" | "fish" | "powershell" | "github";

/**
 * The text of variables in a format; no variable at all is an empty document. `createDelimiter` gives a text that nobody can
 * foresee, for `github`, where a value ends at a line of its own. Throws CM_VALUE_INVALID for a value that is no UTF-8, or
 * holds a NUL where no variable can.
 */
export function formatEntries(
  entries: readonly ExportEntry[],
  format: EntryFormat,
  createDelimiter: () => string,
): Uint8Array {
  const variables = entries.map((entry): Variable => ({ ...entry, text: textOf(entry, format) }));
  switch (format) {
    case "dotenv":
      return Buffer.concat(variables.map(dotenvLine));
    case "json":
      return Buffer.from(jsonDocument(variables));
    case "yaml":
      return Buffer.from(
        variables.length === 0 ? "{}\n" : variables.map((each) => `${each.name}: ${jsonValue(each)}\n`).join(""),
      );
    case "fish":
      return Buffer.from(
        variables.map(({ name, text }) => `set -gx ${name} '${text.replace(/[\\']/g, "\\$&")}'\n`).join(""),
      );
    case "powershell":
      // Its curly quotes are quotes, too, and doubled they stand for themselves.
      return Buffer.from(
        variables
          .map(({ name, text }) => `$env:${name} = '${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'\n`)
          .join(""),
      );
    case "github":
      return Buffer.from(variables.map((each) => githubLines(each, createDelimiter)).join(""));
  }
}

interface Variable extends ExportEntry {
  readonly text: string;
}

// In the quotes in which nothing of the value means anything.
function dotenvLine({ name, value, reference }: Variable): Uint8Array {
  try {
    return Buffer.concat([Buffer.from(`${name}=`), alonePlace(value), Buffer.from("\n")]);
  } catch (error) {
    if (!isConfigManagerError(error)) throw error;
    throw new ConfigManagerError(error.code, `the value for "${escapeControls(name)}" cannot stand in a .env file`, {
      token: reference.text,
      hint: 'encode it with "[as=base64]", or take another --format',
      details: { name },
      cause: error,
    });
  }
}

function jsonDocument(variables: readonly Variable[]): string {
  if (variables.length === 0) return "{}\n";
  const members = variables.map((each) => `  ${JSON.stringify(each.name)}: ${jsonValue(each)}`);
  return `{\n${members.join(",\n")}\n}\n`;
}

// Also YAML: what JSON leaves as it is and YAML calls not printable is escaped.
function jsonValue({ text, isBare }: Variable): string {
  if (isBare) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function githubLines({ name, text }: Variable, createDelimiter: () => string): string {
  let delimiter = createDelimiter();
  while (text.includes(delimiter)) delimiter = createDelimiter();
  return `${name}<<${delimiter}\n${text}\n${delimiter}\n`;
}

function textOf({ name, value, reference }: ExportEntry, format: EntryFormat): string {
  const isDocument = format === "json" || format === "yaml";
  const reason = !isUtf8(value)
    ? "is no UTF-8 text"
    : !isDocument && value.includes(0)
      ? "holds a NUL, which no variable can hold"
      : undefined;
  if (reason === undefined) return Buffer.from(value).toString("utf8");
  throw new ConfigManagerError("CM_VALUE_INVALID", `the value for "${escapeControls(name)}" ${reason}`, {
    token: reference.text,
    hint: 'encode it with "[as=base64]", or write it with "--format raw"',
    details: { name },
  });
}
