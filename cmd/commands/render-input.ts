import type { RenderedBlocks } from "../../configmanager.ts";
import type { CommandContext } from "../context.ts";
import type { Input } from "../read-input.ts";

/** Resolves the tokens of one input. Rejects as `renderBlocks` does. */
export function renderBlocksOf(input: Input, context: CommandContext): Promise<RenderedBlocks> {
  context.remember(input);
  return context.manager.renderBlocks(input.bytes, {
    signal: context.io.signal,
    ...(input.name === undefined ? {} : { file: input.name }),
  });
}
