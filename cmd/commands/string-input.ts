import type { CommandSpec } from "./command.ts";
import {
  escapeOption,
  fileModeOption,
  pathOrFolderOption,
  reportOption,
  severalFilesOptions,
} from "./output-options.ts";

/** `configmanager string-input`. */
export const stringInputCommand: CommandSpec = {
  name: "string-input",
  aliases: ["fromstr", "getfromstr"],
  summary: "replace the tokens of a text, a file or standard input",
  operands: [],
  options: [
    {
      flags: "-i, --input <X>",
      summary:
        "- is standard input, a path that exists is that file or all files of that folder, a text is one that holds a token or a line feed, then globs",
      repeats: true,
    },
    pathOrFolderOption,
    ...severalFilesOptions,
    escapeOption("none"),
    fileModeOption,
    reportOption,
  ],
  examples: [
    ["configmanager fromstr -i app.yaml.tmpl -p app.yaml", "a file"],
    ["configmanager fromstr -i app.yaml -p app.yaml", "rewrites the file itself"],
    ["configmanager fromstr -i 'deploy/**/*.yaml' -p out/", "many files, below a folder"],
    ["configmanager fromstr -i 'user=AWSPARAMSTR:///app/user' -p -", "a text, to standard output"],
  ],
  failureOutcome: "nothing was written",
  load: async () => (await import("./string-input-run.ts")).runStringInput,
};
