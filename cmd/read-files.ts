import type { TextInput } from "../configmanager.ts";
import { ConfigManagerError, ConfigManagerErrors, toErrors } from "../internal/errors/errors.ts";
import type { CommandArguments } from "./commands/command.ts";
import type { CommandContext } from "./context.ts";
import { type Input, readInput } from "./read-input.ts";

/**
 * The files that a command line names, or standard input when it names none; each is kept at hand for errors.
 * Rejects with CM_INPUT_UNREADABLE of all that cannot be read, and with CM_USAGE when standard input is a terminal.
 */
export async function readFiles(
  { operands }: CommandArguments,
  { io, remember }: Pick<CommandContext, "io" | "remember">,
): Promise<readonly TextInput[]> {
  const named = operands.filter((operand) => operand !== undefined);
  if (named.length === 0 && io.stdinIsTerminal) {
    throw new ConfigManagerError("CM_USAGE", "there is no input", { hint: "name a file, or - for standard input" });
  }
  const files = named.length === 0 ? ["-"] : named;
  const errors: ConfigManagerError[] = [];
  const inputs: Input[] = [];
  for (const file of files) {
    try {
      const input = await readInput(file, io);
      remember(input);
      inputs.push(input);
    } catch (error) {
      io.signal.throwIfAborted();
      errors.push(...toErrors(error));
    }
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  return inputs.map(({ name, bytes }) => ({ bytes, file: name }));
}
