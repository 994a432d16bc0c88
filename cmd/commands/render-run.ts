import { readInput } from "../read-input.ts";
import type { RunCommand } from "./command.ts";
import { parseFileMode } from "./output-options.ts";
import { renderInput } from "./render-input.ts";

/** Does `render`: one file, or standard input, to standard output or a file. */
export const runRender: RunCommand = async (args, context) => {
  const fileMode = parseFileMode(args.one("fileMode"));
  const input = await readInput(args.operands[0] ?? "-", context.io);
  await renderInput(input, { target: args.one("output") ?? "-", fileMode }, context);
};
