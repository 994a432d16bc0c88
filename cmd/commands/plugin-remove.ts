import type { CommandSpec } from "./command.ts";

/** `configmanager plugin remove`. */
export const pluginRemoveCommand: CommandSpec = {
  name: "plugin remove",
  aliases: [],
  summary: "remove the files of plugins for this platform, and their entries of the lock",
  operands: [{ usage: "<names...>", summary: "the plugins" }],
  options: [
    { flags: "--all-platforms", summary: "the whole folder of each, with the files for other platforms" },
    { flags: "--home", summary: "those of the home folder" },
  ],
  examples: [
    ["configmanager plugin remove vault", "the file, its empty folder, and its entry of the lock"],
    ["configmanager plugin remove vault --all-platforms", "also the files for other platforms"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginRemove,
};
