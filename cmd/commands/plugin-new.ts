import type { CommandSpec } from "./command.ts";

/** `configmanager plugin new`. */
export const pluginNewCommand: CommandSpec = {
  name: "plugin new",
  aliases: [],
  summary: "make a project for a plugin of your own: an example store, its test, workflows for tests and releases",
  operands: [{ usage: "<name>", summary: "the plugin's name; in upper case it is the prefix of its tokens" }],
  options: [
    {
      flags: "--lang <LANGUAGE>",
      summary: "what it is written in",
      choices: ["ts", "go"],
      defaultText: "ts",
    },
    { flags: "--dir <DIR>", summary: "the folder to make, or one that is empty", defaultText: "the name" },
  ],
  examples: [
    ["configmanager plugin new mystore", "a project in TypeScript for MYSTORE://…, in the folder mystore"],
    ["configmanager plugin new mystore --lang go --dir .", "in Go, in this folder, which holds .git at most"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginNew,
};
