import type { CommandSpec } from "./command.ts";
import { escapeOption, fileModeOption, reportOption, severalFilesOptions } from "./output-options.ts";

/** `configmanager render`. */
export const renderCommand: CommandSpec = {
  name: "render",
  aliases: [],
  summary: "replace the tokens of files by the values of their stores",
  operands: [
    {
      usage: "<file...>",
      summary: "files, folders with all they hold, globs such as 'deploy/**/*.yaml'; - is standard input",
    },
  ],
  options: [
    {
      flags: "-o, --output <FILE>",
      summary: "output file; - or stdout is standard output",
      defaultText: "standard output",
    },
    {
      flags: "--out-dir <DIR>",
      summary: "folder for the outputs; what lies below a folder or the fixed part of a glob keeps its structure",
    },
    ...severalFilesOptions,
    escapeOption("auto"),
    fileModeOption,
    reportOption,
  ],
  examples: [
    ["configmanager render app.yaml.tmpl", "writes the result to standard output"],
    ["configmanager render app.yaml.tmpl -o app.yaml", "writes a file, only when every token has its value"],
    [
      "configmanager render 'deploy/**/*.yaml' --out-dir out",
      "writes out/…, all files or, when one has an error, none",
    ],
    ["configmanager render app.env --in-place --backup", "rewrites the file, and keeps the old one as app.env.bak"],
    ["configmanager render app.yaml.tmpl -o app.yaml --watch", "renders again whenever the file changes"],
    ["configmanager render - --escape yaml < app.yaml.tmpl | kubectl apply -f -", "reads standard input"],
  ],
  failureOutcome: "nothing was written",
  load: async () => (await import("./render-run.ts")).runRender,
};
