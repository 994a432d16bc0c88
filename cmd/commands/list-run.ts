import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import { readInput } from "../read-input.ts";
import { tokensAsJson, tokenTable } from "../views/token-list.ts";
import type { RunCommand } from "./command.ts";

/** Does `list`: shows the tokens that are well formed, then reports the others; the exit code is that of a run. */
export const runList: RunCommand = async (args, context) => {
  const { io, manager, reporter } = context;
  const [file] = args.operands;
  if (file === undefined && io.stdinIsTerminal) {
    throw new ConfigManagerError("CM_USAGE", "there is no input", { hint: "name a file, or - for standard input" });
  }
  const input = await readInput(file ?? "-", io);
  context.remember(input);
  const { tokens, errors, warnings } = await manager.scan(
    input.bytes,
    input.name === undefined ? {} : { file: input.name },
  );
  for (const block of args.has("json") ? tokensAsJson(tokens) : tokenTable(tokens)) await io.stdout.write(block);
  await reporter.warn(warnings);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
};
