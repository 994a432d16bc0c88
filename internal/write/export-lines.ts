/**
 * Values as shell variables: `export NAME='value'` lines that `eval` takes safely, whatever the values are.
 * Nothing here asks a store. Called by `retrieve`.
 */
import { Buffer } from "node:buffer";
import { ConfigManagerError } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import type { TokenReference } from "../token/token.ts";
import { exportEntries, type ExportItem } from "./export-entries.ts";

export type { ExportItem } from "./export-entries.ts";

/**
 * The export lines of tokens, in their order; a JSON object gives one line for each key, unless the token has a name.
 *
 * Values are bytes and stay so; they need not be UTF-8. Ends with a line feed, and is empty when there is no line.
 * Throws CM_USAGE for a token without a name, CM_NAME_CONFLICT for two different values of one name, and CM_VALUE_INVALID
 * for a value with a NUL, which no variable can hold.
 */
export function exportLines(items: Iterable<ExportItem>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { name, value, isBare, reference } of exportEntries(items)) {
    if (value.includes(0)) throw nulError(name, reference);
    parts.push(Buffer.from(`export ${name}=`), isBare ? value : quote(value), lineFeed);
  }
  return Buffer.concat(parts);
}

const lineFeed = Buffer.from("\n");
const apostrophe = 0x27;
const escapedApostrophe = Buffer.from(`'\\''`);

// In single quotes nothing but their end means anything, so that one is written outside of them.
function quote(value: Uint8Array): Uint8Array {
  let apostrophes = 0;
  for (const byte of value) if (byte === apostrophe) apostrophes++;
  const quoted = Buffer.allocUnsafe(value.length + 2 + apostrophes * (escapedApostrophe.length - 1));
  let at = 0;
  quoted[at++] = apostrophe;
  for (let start = 0; start < value.length;) {
    const found = value.indexOf(apostrophe, start);
    const end = found === -1 ? value.length : found;
    quoted.set(value.subarray(start, end), at);
    at += end - start;
    if (found !== -1) at += escapedApostrophe.copy(quoted, at);
    start = end + 1;
  }
  quoted[at] = apostrophe;
  return quoted;
}

function nulError(name: string, reference: TokenReference): ConfigManagerError {
  const message = `the value for "${escapeControls(name)}" holds a NUL, which no variable can hold`;
  return new ConfigManagerError("CM_VALUE_INVALID", message, {
    token: reference.text,
    hint: 'encode it with "[as=base64]", or write it with "--format raw"',
    details: { name },
  });
}
