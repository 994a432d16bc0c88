import { createPluginProject } from "../../authoring/index.ts";
import { builtInPrefixes } from "../../host/index.ts";
import { version } from "../version.ts";
import { newPluginText } from "../views/new-plugin.ts";
import type { RunCommand } from "./command.ts";

/** Does `plugin new`, and says what was made and what to type next. */
export const runPluginNew: RunCommand = async (args, { io, reporter }) => {
  const { cwd, signal } = io;
  const language = args.one("lang") === "go" ? "go" : "ts";
  const made = await createPluginProject({
    name: args.operands[0]!,
    language,
    dir: args.one("dir"),
    cwd,
    version,
    signal,
  });
  if (builtInPrefixes.includes(made.prefix)) {
    const message = `"${made.prefix}" is a store that ships with configmanager, in whose place this plugin is used where it is installed`;
    await reporter.warn([{ message, hint: "give it another name when that is not meant" }]);
  }
  await io.stdout.write(newPluginText(made));
};
