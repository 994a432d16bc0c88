import type { RenderedBlocks } from "../../configmanager.ts";
import type { CommandContext } from "../context.ts";
import type { Input } from "../read-input.ts";
import { type OutputTarget, writeOutput } from "../write-output.ts";

/** Resolves the tokens of one input. Rejects as `renderBlocks` does. */
export function renderBlocksOf(input: Input, context: CommandContext): Promise<RenderedBlocks> {
  context.remember(input);
  return context.manager.renderBlocks(input.bytes, {
    signal: context.io.signal,
    ...(input.name === undefined ? {} : { file: input.name }),
  });
}

/** Resolves the tokens of one input and writes the result; plugins are shut down while it is written. */
export async function renderInput(input: Input, output: OutputTarget, context: CommandContext): Promise<void> {
  const { blocks, warnings } = await renderBlocksOf(input, context);
  await context.reporter.warn(warnings);
  await Promise.all([writeOutput(blocks, output, context), context.close()]);
}
