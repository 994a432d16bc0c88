import { badRequest, type StoreError } from "configmanager/plugin";

/**
 * The refusal of a document that cannot be read. `reason` is a fixed text: what parsers say may quote the document, and
 * that may be a secret. Line and column count from 1.
 */
export function parseError(format: string, reason: string, line?: number, column?: number): StoreError {
  const place = line === undefined ? "" : ` at line ${line}, column ${column}`;
  return badRequest(`file is not valid ${format}${place}: ${reason}`, { hint: "correct the file" });
}
