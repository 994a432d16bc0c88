import type { CommandSpec } from "./command.ts";
import { escapeOption } from "./output-options.ts";

/** `configmanager diff`. */
export const diffCommand: CommandSpec = {
  name: "diff",
  aliases: [],
  summary: "say which places of an existing output would change, by token and never by value",
  operands: [{ usage: "<files...>", summary: "the files that the output is made from; - is standard input" }],
  options: [
    { flags: "-p, --path <FILE>", summary: "the existing output; a folder of outputs for several files" },
    escapeOption("auto"),
    { flags: "--json", summary: "write a JSON array instead of lines" },
  ],
  examples: [
    ["configmanager diff app.yaml.tmpl -p app.yaml", "exit code 0 when nothing would change, 9 when something would"],
    ["configmanager diff a.yaml b.yaml -p out/", "out/a.yaml and out/b.yaml"],
  ],
  load: async () => (await import("./seldom.ts")).runDiff,
};
