import { resolve } from "node:path";
import { chooseRenderOutput } from "../outputs/output-choice.ts";
import type { RunCommand } from "./command.ts";
import { parseWriteOptions, runJob } from "./render-job.ts";
import { parseWatchOptions } from "./watch-options.ts";

/** Does `render`: files, folders, globs or standard input, to standard output, a file, a folder or in place. */
export const runRender: RunCommand = async (args, context) => {
  const choice = chooseRenderOutput(args);
  const write = parseWriteOptions(args, "auto");
  const { backupSuffix } = write;
  const job = {
    words: args.operands.map((word) => word ?? "-"),
    find: {
      isNothing: "is not there",
      hint: "name a file that can be read, or - for standard input",
      outputFolder: choice.kind === "folder" ? resolve(context.io.cwd, choice.name) : undefined,
      backupSuffix,
    },
    choice,
    map: { folderFlag: "--out-dir", backupSuffix } as const,
    write: { ...write, makeFolders: choice.kind === "folder" },
  };
  await runJob(job, parseWatchOptions(args), context);
};
