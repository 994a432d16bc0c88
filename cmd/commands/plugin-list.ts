import type { CommandSpec } from "./command.ts";

/** `configmanager plugin list`. */
export const pluginListCommand: CommandSpec = {
  name: "plugin list",
  aliases: [],
  summary: "show every plugin of every place, which one is used, and which are locked; starts none",
  operands: [],
  options: [{ flags: "--json", summary: "write a JSON array instead of a table" }],
  examples: [
    ["configmanager plugin list", "prefix, version, place, lock and file of each"],
    ["configmanager plugin list --json | jq -r '.[] | select(.lock == \"not locked\") | .name'", "what is not locked"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginList,
};
