import type { CommandSpec } from "./command.ts";

/** `configmanager doctor`. */
export const doctorCommand: CommandSpec = {
  name: "doctor",
  aliases: [],
  summary: "look at every plugin that is found, say what is wrong and what to type; asks for no value",
  operands: [],
  options: [{ flags: "--json", summary: "write a JSON object instead of text" }],
  examples: [
    [
      "configmanager doctor",
      "the program, its configuration, and each plugin: file, mode, checksum, protocol, version",
    ],
    ["configmanager doctor --json | jq -r '.plugins[] | select(.error) | .prefix'", "the plugins that do not work"],
  ],
  load: async () => (await import("./seldom.ts")).runDoctor,
};

/** The same, where the other commands for plugins are. */
export const pluginDoctorCommand: CommandSpec = { ...doctorCommand, name: "plugin doctor" };
