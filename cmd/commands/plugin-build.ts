import type { CommandSpec } from "./command.ts";

/** `configmanager plugin build`. */
export const pluginBuildCommand: CommandSpec = {
  name: "plugin build",
  aliases: [],
  summary: "build the plugin of this folder: single-file executables for any system, or a script for Node",
  operands: [],
  options: [
    {
      flags: "--platform <PLATFORM>",
      summary: "build for this system, such as linux-arm64; may be repeated; all: each that plugins are installed on",
      repeats: true,
      defaultText: "this machine's",
    },
    {
      flags: "--form <FORM>",
      summary: "an executable needs nothing (100 MB), a script needs Node (1 MB)",
      choices: ["executable", "script"],
      defaultText: "executable",
    },
    { flags: "--out-dir <DIR>", summary: "where the files and their SHA256SUMS go", defaultText: "dist" },
    { flags: "--entry <FILE>", summary: "what calls serve()", defaultText: "src/main.ts, else src/main.js" },
    {
      flags: "--name <NAME>",
      summary: "the plugin's name in lower case",
      defaultText: 'the package\'s, without "configmanager-plugin-"',
    },
  ],
  examples: [
    ["configmanager plugin build", "dist/<name>-<os>-<arch> for this machine"],
    [
      "configmanager plugin build --platform all",
      "for Linux, macOS and Windows, with SHA256SUMS: what a release holds",
    ],
    ["configmanager plugin build --form script", "one small file that Node 20.19 or later runs"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginBuild,
};
