import type { CommandSpec } from "./command.ts";

/** `configmanager config print`. */
export const configPrintCommand: CommandSpec = {
  name: "config print",
  aliases: [],
  summary: "show each setting, each store, and where they come from",
  operands: [],
  options: [{ flags: "--json", summary: "write a JSON object instead of tables" }],
  examples: [
    [
      "configmanager config print",
      "flags, variables, files and defaults; of env and options of stores the names alone",
    ],
    ["configmanager --lax config print --json | jq .settings.lax", "what a flag changes"],
  ],
  load: async () => (await import("./seldom.ts")).runConfigPrint,
};
