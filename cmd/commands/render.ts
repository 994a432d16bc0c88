import type { CommandSpec } from "./command.ts";
import { escapeOption, fileModeOption, reportOption } from "./output-options.ts";

/** `configmanager render`. */
export const renderCommand: CommandSpec = {
  name: "render",
  aliases: [],
  summary: "replace the tokens of a file by the values of their stores",
  operands: [{ usage: "<file>", summary: "the file to read; - is standard input" }],
  options: [
    {
      flags: "-o, --output <FILE>",
      summary: "output file; - or stdout is standard output",
      defaultText: "standard output",
    },
    escapeOption,
    fileModeOption,
    reportOption,
  ],
  examples: [
    ["configmanager render app.yaml.tmpl", "writes the result to standard output"],
    ["configmanager render app.yaml.tmpl -o app.yaml", "writes a file, only when every token has its value"],
    ["configmanager render - < app.yaml.tmpl | kubectl apply -f -", "reads standard input"],
  ],
  failureOutcome: "nothing was written",
  load: async () => (await import("./render-run.ts")).runRender,
};
