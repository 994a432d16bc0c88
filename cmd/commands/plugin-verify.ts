import type { CommandSpec } from "./command.ts";

/** `configmanager plugin verify`. */
export const pluginVerifyCommand: CommandSpec = {
  name: "plugin verify",
  aliases: [],
  summary: "read every file of the plugins anew and compare it with the locks",
  operands: [{ usage: "[names...]", summary: "the plugins to verify; all unless given" }],
  options: [{ flags: "--json", summary: "write a JSON array instead of a table" }],
  examples: [
    ["configmanager plugin verify", "each file of every platform; ends with 7 when one differs"],
    ["configmanager --locked plugin verify vault", "one plugin, which has to be there and locked"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginVerify,
};
