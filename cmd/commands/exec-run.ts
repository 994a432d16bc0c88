import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { maskTexts } from "../../internal/mask/mask-texts.ts";
import { nodeContext } from "../../node-context.ts";
import { toEnvironment } from "../child/environment.ts";
import { findCommand } from "../child/find-command.ts";
import { closePipe, createOutputPipes } from "../child/output-pipes.ts";
import { fileVariables, writeFiles } from "../child/private-files.ts";
import { createPrivateFolder, type PrivateFolder, sweepPrivateFolders } from "../child/private-folder.ts";
import { resolveForCommand } from "../child/resolve.ts";
import { runChild } from "../child/run-child.ts";
import { createProcessMark } from "../process-mark.ts";
import type { RunCommand } from "./command.ts";

/** Does `exec`: everything is resolved and the plugins have ended before the command starts, whose exit code is ours. */
export const runExec: RunCommand = async (args, context) => {
  const { io, reporter } = context;
  const [name = "", ...commandArgs] = args.operands.filter((word) => word !== undefined);
  if (args.has("pristine") && args.has("resolveEnv")) {
    throw new ConfigManagerError("CM_USAGE", '"--pristine" and "--resolve-env" exclude each other', {
      hint: "use one of them",
    });
  }
  const { platform, arch, uid, tempDir } = nodeContext();
  const folderContext = { env: io.env, uid, tempDir, owner: createProcessMark(io) };
  sweepPrivateFolders(folderContext);
  const values = new Set<Uint8Array>();
  context.listenToValues((resolved) => resolved.forEach((value) => values.add(value)));
  const { variables, files } = await resolveForCommand(args, context);
  // Of an object's keys no listener hears.
  const unheard = variables.filter(({ isSecret, value }) => isSecret === true && !values.has(value));
  await context.maskInCi(unheard.map(({ value }) => value));
  for (const { value } of unheard) values.add(value);

  let folder: PrivateFolder | undefined;
  const forget = io.onProcessExit(() => folder?.remove());
  try {
    const wanted = toEnvironment(variables);
    const file = findCommand(name, { path: wanted["PATH"] ?? io.env["PATH"], cwd: io.cwd, platform, arch });
    if (files.length > 0) folder = createPrivateFolder(folderContext);
    const isMasked = args.has("mask") && values.size > 0;
    const outputs = [io.stdout, io.stderr].filter(({ isTerminal }) => isMasked && !isTerminal);
    const pipesMade = createOutputPipes(outputs.length, folderContext);
    const written = folder === undefined ? undefined : writeFiles(files, folder.path, context);
    const pipes = await Promise.all([context.close(), written ?? Promise.resolve()]).then(
      () => pipesMade,
      async (error: unknown) => {
        (await pipesMade).forEach(closePipe);
        throw error;
      },
    );
    const env = folder === undefined ? wanted : { ...wanted, ...fileVariables(files, folder.path) };
    reporter.endProgress();
    const command = { name, file, args: commandArgs, env };
    return await runChild(command, { texts: () => maskTexts(values), outputs, pipes }, io);
  } finally {
    forget();
    if (folder?.remove() === false) {
      await reporter.warn([{ message: `the folder "${folder.path}" could not be removed`, hint: "remove it" }]);
    }
  }
};
