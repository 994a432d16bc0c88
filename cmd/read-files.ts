import type { TextInput } from "../configmanager.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { CommandArguments } from "./commands/command.ts";
import type { CommandContext } from "./context.ts";
import { type FindOptions, findInputs } from "./inputs/find-inputs.ts";
import type { FoundInputs, InputSource } from "./inputs/input-source.ts";
import { readInputs } from "./inputs/read-inputs.ts";

/** How the words of commands that read files are understood. */
export const plainFiles: FindOptions = {
  isNothing: "is not there",
  hint: "name a file that can be read, or - for standard input",
};

/**
 * The files, folders and globs that a command line names, or standard input when it names none. Rejects with
 * CM_INPUT_UNREADABLE for what names nothing, and with CM_USAGE when standard input is a terminal.
 */
export function findFiles({ operands }: CommandArguments, { io }: Pick<CommandContext, "io">): Promise<FoundInputs> {
  const named = operands.filter((operand) => operand !== undefined);
  if (named.length === 0 && io.stdinIsTerminal) {
    throw new ConfigManagerError("CM_USAGE", "there is no input", { hint: "name a file, or - for standard input" });
  }
  return findInputs(named.length === 0 ? ["-"] : named, io, plainFiles);
}

/** Reads what was found; each input is kept at hand for errors. Rejects with CM_INPUT_UNREADABLE of all that cannot be read. */
export async function readSources(
  sources: readonly InputSource[],
  { io, remember }: Pick<CommandContext, "io" | "remember">,
): Promise<readonly TextInput[]> {
  const inputs = await readInputs(sources, io);
  for (const input of inputs) remember(input);
  return inputs.map(({ name, bytes }) => ({ bytes, file: name }));
}

/** Finds and reads; rejects as both do. */
export async function readFiles(args: CommandArguments, context: CommandContext): Promise<readonly TextInput[]> {
  const { sources } = await findFiles(args, context);
  return readSources(sources, context);
}
