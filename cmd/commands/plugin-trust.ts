import type { CommandSpec } from "./command.ts";

/** `configmanager plugin trust`. */
export const pluginTrustCommand: CommandSpec = {
  name: "plugin trust",
  aliases: [],
  summary: "trust a folder's plugins and configuration, for runs with --trust ask",
  operands: [{ usage: "[DIR]", summary: "the folder; the working directory unless given" }],
  options: [
    { flags: "--list", summary: "show the folders that are trusted" },
    { flags: "--remove", summary: "trust the folder no longer" },
  ],
  examples: [
    ["configmanager plugin trust", "trust the working directory, and show what it brings along"],
    ["configmanager plugin trust --remove ../other", "trust that folder no longer"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginTrust,
};
