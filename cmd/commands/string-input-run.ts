import { Buffer } from "node:buffer";
import type { CommandContext } from "../context.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { type Input, isThere, readInput } from "../read-input.ts";
import type { RunCommand } from "./command.ts";
import { defaultPath, parseFileMode } from "./output-options.ts";
import { renderInput } from "./render-input.ts";

/** Does `string-input`: one input, whatever it is, to `./app.env` unless another output is named. */
export const runStringInput: RunCommand = async (args, context) => {
  const fileMode = parseFileMode(args.one("fileMode"));
  const [text, second] = args.all("input");
  if (text === undefined) {
    throw new ConfigManagerError("CM_USAGE", "there is no input", { hint: "name a file or a text with --input" });
  }
  if (second !== undefined) {
    throw new ConfigManagerError("CM_USAGE", "several inputs are not supported yet", { hint: "give one --input" });
  }
  const input = await chooseInput(text, context);
  await renderInput(input, { target: args.one("path") ?? defaultPath, fileMode }, context);
};

// What `-i X` means, in this order. A mistyped path is never taken for a text.
async function chooseInput(text: string, context: CommandContext): Promise<Input> {
  if (text === "-" || isThere(text, context.io)) return readInput(text, context.io);
  if (text.includes("\n") || (await holdsToken(text, context))) return { name: undefined, bytes: Buffer.from(text) };
  throw new ConfigManagerError("CM_INPUT_UNREADABLE", `"${text}" is neither a file nor a text with a token`, {
    hint: "correct the path, or use a token with a known prefix",
  });
}

// A faulty token counts, so that its own fault is reported; so does a variable when variables are expanded.
async function holdsToken(text: string, { manager, settings }: CommandContext): Promise<boolean> {
  if (settings.enableEnvsubst && /\$(?:\$|\{?(?!_(?![A-Za-z0-9_]))[A-Za-z_])/.test(text)) return true;
  const { tokens, errors } = await manager.scan(text);
  return tokens.length + errors.length > 0;
}
