/** What commander says about a command line that it cannot take, in the words of this program. Called by `program.ts`. */
import type { Command, CommanderError } from "commander";
import { ConfigManagerError } from "../internal/errors/errors.ts";

/** CM_USAGE for an error of commander's. The hint is the nearest word there is, else where the words of the command are listed. */
export function usageErrorOf({ code, message }: CommanderError, program: Command): ConfigManagerError {
  const [first = "", second = ""] = message.split("\n");
  const near = /^\(Did you mean (.*)\?\)$/.exec(second)?.[1];
  const seeHelp = `see ${["configmanager", ...commandPath(program)].join(" ")} --help`;
  return new ConfigManagerError("CM_USAGE", rewordings[code]?.(first) ?? reworded(first), {
    hint: near === undefined ? (hints[code]?.(first) ?? seeHelp) : `write ${near}`,
  });
}

type Rewording = (text: string) => string | undefined;

const rewordings: Readonly<Record<string, Rewording>> = {
  "commander.optionMissingArgument": (text) => {
    const { flag } = optionIn(text);
    return flag === undefined ? undefined : `"${flag}" needs a value`;
  },
  "commander.missingArgument": (text) => {
    const name = /'(.*)'/.exec(text)?.[1];
    return name === undefined ? undefined : `no "${name}" is given`;
  },
  "commander.excessArguments": (text) => {
    const [, command, expected, given] = /'(.*)'\. Expected (\d+) .* got (\d+)/.exec(text) ?? [];
    if (command === undefined) return undefined;
    if (expected === "0") return `"${command}" takes nothing but flags`;
    return `"${command}" takes ${expected} ${expected === "1" ? "word" : "words"} beside its flags, not ${given}`;
  },
};

const hints: Readonly<Record<string, Rewording>> = {
  "commander.optionMissingArgument": (text) => {
    const { flag, value } = optionIn(text);
    return flag === undefined ? undefined : `write ${flag} ${value}`;
  },
};

/** The long flag and the name of its value in `option '-o, --output <FILE>' argument missing`. */
function optionIn(text: string): { readonly flag?: string | undefined; readonly value?: string | undefined } {
  const [, flag, value] = /(--[\w-]+) <(.*)>'/.exec(text) ?? [];
  return { flag, value };
}

function reworded(text: string): string {
  return text
    .replace(/^error: /, "")
    .replace(/'/g, '"')
    .replace(/\.$/, "");
}

/** The command that a command line names, by its words; none when it names none. */
function commandPath(program: Command): readonly string[] {
  const [word] = program.args;
  const command = program.commands.find((known) => known.name() === word || known.aliases().includes(word ?? ""));
  return command === undefined ? [] : [command.name(), ...commandPath(command)];
}
