import type { CommandSpec } from "./command.ts";

/** `configmanager list`. */
export const listCommand: CommandSpec = {
  name: "list",
  aliases: [],
  summary: "show the tokens of a file; asks no store",
  operands: [{ usage: "[file]", summary: "the file to read; standard input when it is - or not given" }],
  options: [{ flags: "--json", summary: "write a JSON array instead of a table" }],
  examples: [
    ["configmanager list app.yaml.tmpl", "a table of tokens with their places"],
    ["configmanager list app.yaml.tmpl --json | jq -r '.[].prefix' | sort -u", "the stores that a file needs"],
  ],
  load: async () => (await import("./list-run.ts")).runList,
};
