import { resolve } from "node:path";
import type { CommandContext } from "../context.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { choosePathOutput } from "../outputs/output-choice.ts";
import type { RunCommand } from "./command.ts";
import { defaultPath } from "./output-options.ts";
import { parseWriteOptions, runJob } from "./render-job.ts";
import { parseWatchOptions } from "./watch-options.ts";

/** Does `string-input`: inputs, whatever they are, to `./app.env` unless another output is named. */
export const runStringInput: RunCommand = async (args, context) => {
  const words = args.all("input");
  if (words.length === 0) {
    throw new ConfigManagerError("CM_USAGE", "there is no input", { hint: "name a file or a text with --input" });
  }
  const choice = choosePathOutput(args, defaultPath, context.io);
  const write = parseWriteOptions(args, "none");
  const { backupSuffix } = write;
  const isFolder = choice.kind === "folder" || choice.kind === "either";
  const job = {
    words,
    find: {
      // A mistyped path is never taken for a text.
      isText: async (word: string) => word.includes("\n") || (await holdsToken(word, context)),
      isNothing: "is neither a file nor a text with a token",
      hint: "correct the path, or use a token with a known prefix",
      outputFolder: isFolder ? resolve(context.io.cwd, choice.name) : undefined,
      backupSuffix,
    },
    choice,
    map: { folderFlag: "--path", backupSuffix } as const,
    write: { ...write, makeFolders: isFolder },
  };
  await runJob(job, parseWatchOptions(args), context);
};

// A faulty token counts, so that its own fault is reported; so does a variable when variables are expanded.
async function holdsToken(text: string, { manager, settings }: CommandContext): Promise<boolean> {
  if (settings.enableEnvsubst && /\$(?:\$|\{?(?!_(?![A-Za-z0-9_]))[A-Za-z_])/.test(text)) return true;
  const { tokens, errors } = await manager.scan(text);
  return tokens.length + errors.length > 0;
}
