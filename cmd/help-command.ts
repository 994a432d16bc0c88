import { Command } from "commander";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { nearestWord } from "../internal/errors/nearest.ts";

/** `configmanager help`: shows the help of the program or of a command. One that is not there is CM_USAGE, which commander's own shows the whole help for. */
export function createHelpCommand(program: Command): Command {
  return new Command("help")
    .copyInheritedSettings(program)
    .argument("[command...]")
    .summary("show the help of a command")
    .description("Show the help of a command.")
    .action((words: readonly string[]) => {
      let shown = program;
      for (const word of words) shown = commandCalled(word, shown);
      shown.help();
    });
}

function commandCalled(word: string, parent: Command): Command {
  const command = parent.commands.find((known) => known.name() === word || known.aliases().includes(word));
  if (command !== undefined) return command;
  const names = parent.commands.flatMap((known) => [known.name(), ...known.aliases()]);
  const near = nearestWord(word, names);
  throw new ConfigManagerError("CM_USAGE", `unknown command "${word}"`, {
    hint: near === undefined ? "see configmanager --help" : `write ${near}`,
  });
}
