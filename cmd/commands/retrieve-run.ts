import { randomUUID } from "node:crypto";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { type EntryFormat, formatEntries } from "../../internal/write/entry-formats.ts";
import { exportEntries, type ExportItem } from "../../internal/write/export-entries.ts";
import { exportLines } from "../../internal/write/export-lines.ts";
import { writeOutput } from "../write-output.ts";
import type { RunCommand } from "./command.ts";
import { readNamedValues } from "./named-values.ts";
import { defaultPath, parseFileMode } from "./output-options.ts";

/** Does `retrieve`: the values of tokens as variables in some format, or the bytes of one. */
export const runRetrieve: RunCommand = async (args, context) => {
  const fileMode = parseFileMode(args.one("fileMode"));
  const format = (args.one("format") ?? "export") as RetrieveFormat;
  checkAsked(args.all("token").length, args.all("under").length, format);
  const items = await readNamedValues(args, context, { needsNames: format !== "raw" });
  const output = { target: args.one("path") ?? defaultPath, fileMode };
  await Promise.all([writeOutput(toBlocks(items, format), output, context), context.close()]);
};

// What the choices of `--format` are.
type RetrieveFormat = EntryFormat | "export" | "raw";

function checkAsked(tokens: number, locations: number, format: RetrieveFormat): void {
  if (tokens + locations === 0) {
    throw new ConfigManagerError("CM_USAGE", "there is no token", {
      hint: "name one or more with --token, or all values below a path with --under",
    });
  }
  if (format === "raw" && (tokens > 1 || locations > 0)) {
    throw new ConfigManagerError("CM_USAGE", '"--format raw" writes one token only', { hint: "give one --token" });
  }
}

function toBlocks(items: readonly ExportItem[], format: RetrieveFormat): readonly Uint8Array[] {
  switch (format) {
    case "raw":
      return items.map(({ value }) => value);
    case "export":
      return [exportLines(items)];
    default:
      return [formatEntries(exportEntries(items), format, () => `configmanager_${randomUUID()}`)];
  }
}
