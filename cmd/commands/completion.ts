import type { CommandSpec } from "./command.ts";

/** `configmanager completion`. */
export const completionCommand: CommandSpec = {
  name: "completion",
  aliases: [],
  summary: "write a script that completes commands and flags in a shell",
  operands: [
    { usage: "<shell>", summary: "the shell that the script is for", choices: ["bash", "zsh", "fish", "powershell"] },
  ],
  options: [],
  examples: [
    ["source <(configmanager completion bash)", "for this shell; the script's first lines say how to keep it"],
    ["configmanager completion fish > ~/.config/fish/completions/configmanager.fish", "for every shell of fish"],
  ],
  load: async () => (await import("./seldom.ts")).runCompletion,
};
