/**
 * What can be completed on a command line, made from the tables of commands and settings; each shell's script is made from
 * this. A script holds all that it needs, so that a shell starts and completes without the program.
 */
import { flagOf, settingSpecs } from "../../internal/config/settings-table.ts";
import type { CommandSpec, OptionSpec } from "../commands/command.ts";
import { globalOptions } from "../global-options.ts";
import { commandGroups } from "../commands/groups.ts";

/** What completes a word. */
export type Completes =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" | "nothing" };

/** A flag. */
export interface CompletionFlag {
  /** `--path`. */
  readonly long: string;
  /** `-p`. */
  readonly short: string | undefined;
  readonly summary: string;
  /** What completes its value; undefined when it takes none. */
  readonly value: Completes | undefined;
  readonly repeats: boolean;
}

/** A word that completes, with what it means. */
export interface CompletionWord {
  readonly word: string;
  readonly summary: string;
}

/** A command. */
export interface CompletionCommand {
  /** One word, or two for one of a group. */
  readonly name: string;
  /** Its name and its other names, each as one word; of one of a group the second. */
  readonly words: readonly CompletionWord[];
  readonly flags: readonly CompletionFlag[];
  readonly operands: Completes;
}

/** Everything that can be completed. */
export interface CompletionModel {
  readonly globalFlags: readonly CompletionFlag[];
  readonly commands: readonly CompletionCommand[];
  /** The first words of commands with two. */
  readonly groups: readonly CompletionWord[];
  /** All that a command line can begin with. */
  readonly firstWords: readonly CompletionWord[];
}

/** The model of these commands. */
export function createCompletionModel(specs: readonly CommandSpec[]): CompletionModel {
  const help: CompletionCommand = {
    name: "help",
    words: [{ word: "help", summary: "show the help of a command" }],
    flags: [],
    operands: { kind: "words", words: [...new Set(specs.map(({ name }) => name.split(" ")[0]!))] },
  };
  const commands = [...specs.map(toCommand), help];
  const groups = Object.entries(commandGroups).map(([word, summary]) => ({ word, summary }));
  const single = commands.filter(({ name }) => !name.includes(" "));
  return {
    globalFlags: [
      ...globalOptions.map(toFlag),
      { long: "--version", short: "-V", summary: "show the version", value: undefined, repeats: false },
      { long: "--help", short: "-h", summary: "show this help", value: undefined, repeats: false },
    ],
    commands,
    groups,
    firstWords: [...single.flatMap(({ words }) => words), ...groups],
  };
}

/** The flags of a command that take a value, and the spellings of each. */
export function spellingsOf({ long, short }: CompletionFlag): readonly string[] {
  return short === undefined ? [long] : [short, long];
}

/** How the scripts name the commands of a group. */
export function commandsOfGroup({ commands }: CompletionModel, group: string): readonly CompletionCommand[] {
  return commands.filter(({ name }) => name.startsWith(`${group} `));
}

function toCommand({ name, aliases, summary, operands, options }: CommandSpec): CompletionCommand {
  const [operand] = operands;
  return {
    name,
    words: [name.split(" ").at(-1)!, ...aliases].map((word) => ({ word, summary })),
    flags: options.map(toFlag),
    operands: operand === undefined ? { kind: "nothing" } : toCompletes(operand.choices, true),
  };
}

function toFlag({ flags, summary, choices, repeats }: OptionSpec): CompletionFlag {
  const {
    short,
    long = "",
    valueName,
  } = /^(?:(?<short>-\w), )?(?<long>--[\w-]+)(?: <(?<valueName>.+)>)?$/.exec(flags)?.groups ?? {};
  const value =
    valueName === undefined ? undefined : toCompletes(choices ?? choicesOfSetting(long), fileNames.has(valueName));
  return { long, short, summary, value, repeats: repeats === true };
}

// What the help calls a value that is a path.
const fileNames: ReadonlySet<string> = new Set(["FILE", "FOLDER", "DIR", "X"]);

function choicesOfSetting(long: string): readonly string[] | undefined {
  const words = settingSpecs.find((spec) => flagOf(spec) === long)?.kind.schema["enum"];
  return Array.isArray(words) ? words.map(String) : undefined;
}

function toCompletes(words: readonly string[] | undefined, isFile: boolean): Completes {
  if (words !== undefined) return { kind: "words", words };
  return { kind: isFile ? "files" : "nothing" };
}
