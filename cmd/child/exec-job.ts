/**
 * The command of one `exec`: made ready by resolving what it gets, and run with that, once or, while files are watched,
 * again and again. Knows neither why nor how often.
 */
import { Buffer } from "node:buffer";
import { maskTexts } from "../../internal/mask/mask-texts.ts";
import { nodeContext } from "../../node-context.ts";
import type { CommandArguments } from "../commands/command.ts";
import type { CommandContext } from "../context.ts";
import { createProcessMark } from "../process-mark.ts";
import { toEnvironment } from "./environment.ts";
import { findCommand } from "./find-command.ts";
import { closePipe, createOutputPipes } from "./output-pipes.ts";
import { fileVariables, type RenderedFile, writeFiles } from "./private-files.ts";
import { createPrivateFolder, type PrivateFolder, sweepPrivateFolders } from "./private-folder.ts";
import { resolveForCommand } from "./resolve.ts";
import { type ChildControl, runChild } from "./run-child.ts";

/** What is run and all that it gets; nothing of that is written yet. */
export interface ReadyCommand {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly RenderedFile[];
}

/** A command that can be made ready and run; not twice at a time. */
export interface ExecJob {
  /** Rejects with the errors of `resolveForCommand`, CM_VALUE_INVALID, or those of a command that cannot be run. */
  readonly resolve: (signal: AbortSignal) => Promise<ReadyCommand>;
  /**
   * Writes the files into a folder of their own, runs the command to its end, and removes them. Rejects as `runChild`, with
   * CM_OUTPUT_UNWRITABLE, and with what `whileWriting` rejects with, beside which they are written.
   */
  readonly run: (
    ready: ReadyCommand,
    options: { readonly whileWriting?: () => Promise<void>; readonly control?: ChildControl },
  ) => Promise<number>;
}

/** The job that a command line of `exec` asks for. What dead runs have left is swept. */
export function createExecJob(args: CommandArguments, context: CommandContext): ExecJob {
  const { io, reporter } = context;
  const [name = "", ...commandArgs] = args.operands.filter((word) => word !== undefined);
  const { platform, arch, uid, tempDir } = nodeContext();
  const folderContext = { env: io.env, uid, tempDir, owner: createProcessMark(io) };
  sweepPrivateFolders(folderContext);
  // By what they are: a value that is asked for again and again is kept once.
  const values = new Map<string, Uint8Array>();
  const keep = (value: Uint8Array): void => void values.set(Buffer.from(value).toString("latin1"), value);
  const isKept = (value: Uint8Array): boolean => values.has(Buffer.from(value).toString("latin1"));
  context.listenToValues((resolved) => resolved.forEach(keep));
  return {
    async resolve(signal) {
      const { variables, files } = await resolveForCommand(args, { ...context, io: { ...io, signal } });
      // Of an object's keys no listener hears.
      const unheard = variables.filter(({ isSecret, value }) => isSecret === true && !isKept(value));
      await context.maskInCi(unheard.map(({ value }) => value));
      for (const { value } of unheard) keep(value);
      const env = toEnvironment(variables);
      const file = findCommand(name, { path: env["PATH"] ?? io.env["PATH"], cwd: io.cwd, platform, arch });
      return { file, env, files };
    },
    async run({ file, env: wanted, files }, { whileWriting, control }) {
      let folder: PrivateFolder | undefined;
      const forget = io.onProcessExit(() => folder?.remove());
      try {
        if (files.length > 0) folder = createPrivateFolder(folderContext);
        const isMasked = args.has("mask") && values.size > 0;
        const outputs = [io.stdout, io.stderr].filter(({ isTerminal }) => isMasked && !isTerminal);
        const pipesMade = createOutputPipes(outputs.length, folderContext);
        const written = folder === undefined ? undefined : writeFiles(files, folder.path, context);
        const pipes = await Promise.all([whileWriting?.(), written]).then(
          () => pipesMade,
          async (error: unknown) => {
            (await pipesMade).forEach(closePipe);
            throw error;
          },
        );
        const env = folder === undefined ? wanted : { ...wanted, ...fileVariables(files, folder.path) };
        reporter.endProgress();
        const command = { name, file, args: commandArgs, env };
        return await runChild(command, { texts: () => maskTexts(values.values()), outputs, pipes }, io, control);
      } finally {
        forget();
        if (folder?.remove() === false) {
          await reporter.warn([{ message: `the folder "${folder.path}" could not be removed`, hint: "remove it" }]);
        }
      }
    },
  };
}
