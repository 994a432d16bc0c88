import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { type EscapeFormat, escapeFormats } from "../../internal/write/escape/formats.ts";
import type { OptionSpec } from "./command.ts";
import { watchOptions } from "./watch-options.ts";

/** The flag that says how values are written into the surrounding format, with what holds without it. */
export function escapeOption(defaultText: "auto" | "none"): OptionSpec {
  return {
    flags: "--escape <FORMAT>",
    summary: "how values are written into the format around them; auto goes by the file's name",
    choices: escapeFormats,
    defaultText,
  };
}

/** What `--escape` says; its choices have been checked. */
export function parseEscape(text: string | undefined, byDefault: "auto" | "none"): EscapeFormat | "auto" {
  return escapeFormats.find((format) => format === text) ?? byDefault;
}

/** Where v3's commands write to. */
export const pathOption: OptionSpec = {
  flags: "-p, --path <FILE>",
  summary: "output file; - or stdout is standard output",
  defaultText: "./app.env",
};

/** The same of a command with several inputs. */
export const pathOrFolderOption: OptionSpec = {
  ...pathOption,
  flags: "-p, --path <PATH>",
  summary: "output file, of several inputs their folder; - or stdout is standard output",
};

/** What `pathOption` is when it is not given. */
export const defaultPath = "./app.env";

/** The mode of a new output file. */
export const fileModeOption: OptionSpec = {
  flags: "--file-mode <MODE>",
  summary: "mode of an output file that is new, in octal; an existing one keeps its own",
  defaultText: "0600",
};

/** The flag of every command that asks stores. */
export const reportOption: OptionSpec = {
  flags: "--report <FILE>",
  summary: "write what became of each token, as JSON: place, store, version, expiry, time; never a value",
};

/** What commands that write into the inputs' own files, or render them again, have beside that. */
export const severalFilesOptions: readonly OptionSpec[] = [
  { flags: "--in-place", summary: "write each result into the file it came from" },
  { flags: "--backup", summary: "keep each file that is replaced, under its name with .bak at the end" },
  { flags: "--backup-suffix <S>", summary: "as --backup, with another end than .bak" },
  ...watchOptions("render again when an input changes, until Ctrl-C; plugins keep running"),
];

/** The mode that `--file-mode` names; undefined when it was not given. Throws CM_USAGE for what is no mode. */
export function parseFileMode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^0?[0-7]{3}$/.test(text)) {
    throw new ConfigManagerError("CM_USAGE", `"${text}" of --file-mode is not a file mode`, {
      hint: "write three octal digits, such as 0640",
    });
  }
  return Number.parseInt(text, 8);
}
