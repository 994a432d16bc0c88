import type { CommandSpec } from "./command.ts";

/** `configmanager plugin test`. */
export const pluginTestCommand: CommandSpec = {
  name: "plugin test",
  aliases: [],
  summary: "put a plugin, written in any language, through what hosts rely on, and say what to correct",
  operands: [{ usage: "<file>", summary: "the plugin's executable, or the prefix of one that a run would find" }],
  options: [
    { flags: "--token <PATH>", summary: "a path that has a value, as the store sees it: what stands behind PREFIX://" },
    { flags: "--metadata <KEY=VALUE>", summary: "metadata that goes with --token", repeats: true },
    { flags: "--missing <PATH>", summary: "a path that has no value" },
    { flags: "--list <PATH>", summary: "a path with values below it, for a store that can list" },
    { flags: "--write <PATH>", summary: "a path that may be overwritten, for a store that can write" },
    { flags: "--env <NAME=VALUE>", summary: "a variable of the plugin's environment", repeats: true },
    { flags: "--only <IDS>", summary: "look at these assertions alone, such as P3,P18", repeats: true },
    { flags: "--strict", summary: "let what is only advice fail, too" },
    { flags: "--json", summary: "write a JSON object instead of text" },
  ],
  examples: [
    ["configmanager plugin test ./mystore-linux-amd64", "start, signals, TLS, services: all that needs no value"],
    [
      "configmanager plugin test ./mystore-linux-amd64 --token db/password --missing no/such",
      "values too; none is printed",
    ],
    ["configmanager plugin test MYSTORE --only P18,P23", "the installed plugin: how it ends"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginTest,
};
