import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { type CompletionModel, createCompletionModel } from "../completion/model.ts";
import { powershellScript } from "../completion/powershell.ts";
import { zshScript } from "../completion/zsh.ts";
import type { RunCommand } from "./command.ts";

const scripts: Readonly<Record<string, (model: CompletionModel) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** Does `completion`: the script runs nothing of this program. */
export const runCompletion: RunCommand = async ({ operands: [shell = ""] }, { io, commands }) => {
  await io.stdout.write(scripts[shell]!(createCompletionModel(commands)));
};
