import type { CommandSpec } from "./command.ts";
import { underOption } from "./named-values.ts";

/** `configmanager list`. */
export const listCommand: CommandSpec = {
  name: "list",
  aliases: [],
  summary: "show the tokens of files, or what is below a path of a store",
  operands: [{ usage: "[files...]", summary: "the files to read; standard input when it is - or none is given" }],
  options: [
    { flags: "--explain", summary: "ask the stores: which one answered, version, expiry and time, never the value" },
    underOption,
    { flags: "--json", summary: "write a JSON array instead of a table" },
  ],
  examples: [
    ["configmanager list app.yaml.tmpl", "a table of tokens with their places"],
    ["configmanager list app.yaml.tmpl db.env.tmpl --explain", "which store answers for each token"],
    ["configmanager list --under AWSPARAMSTR:///app/", "what is below a path, with versions, never the values"],
    ["configmanager list app.yaml.tmpl --json | jq -r '.[].prefix' | sort -u", "the stores that a file needs"],
  ],
  load: async () => (await import("./list-run.ts")).runList,
};
