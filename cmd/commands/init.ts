import type { CommandSpec } from "./command.ts";
import { installOptions } from "./plugin-install.ts";

/** `configmanager init`. */
export const initCommand: CommandSpec = {
  name: "init",
  aliases: [],
  summary: "make sure that plugins are there and start, and install those that are not",
  operands: [
    { usage: "[files...]", summary: "files, folders, globs or -; the plugins are those that their tokens need" },
  ],
  options: [
    { flags: "--plugin <NAME>", summary: "a plugin, NAME or NAME@VERSION; may be repeated", repeats: true },
    ...installOptions,
  ],
  examples: [
    ["configmanager init --plugin AWSPARAMSTR --plugin AWSSECRETS", "as in configmanager v3"],
    ["configmanager init app.yaml.tmpl --from https://plugins.example.com", "what the tokens of a file need"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runInit,
};
