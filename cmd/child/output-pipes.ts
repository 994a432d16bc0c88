import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { type ChunkSource, readPipe } from "./chunk-source.ts";
import { systemPath } from "./find-command.ts";
import { createPrivateFolder, type FolderContext } from "./private-folder.ts";

/** A pipe that a command prints into. */
export interface OutputPipe {
  /** For the command; closed here when it has it. */
  readonly writeEnd: number;
  readonly source: ChunkSource;
}

/**
 * Makes as many pipes as are asked for, or none where the system has no `mkfifo` or no place for them.
 *
 * Node itself gives a command a socket, which is no pipe to it: `echo > /dev/stdout` fails there, and a reader that has gone is
 * a connection that was reset, not SIGPIPE. So these are named pipes, whose names are gone before anybody writes.
 */
export async function createOutputPipes(count: number, context: FolderContext): Promise<readonly OutputPipe[]> {
  const pipes: OutputPipe[] = [];
  if (count === 0) return pipes;
  try {
    const folder = createPrivateFolder(context);
    try {
      const files = Array.from({ length: count }, (_, index) => path.join(folder.path, `${index}`));
      await promisify(execFile)("mkfifo", ["-m", "600", ...files], { env: { PATH: systemPath } });
      for (const file of files) pipes.push(await openPipe(file));
    } finally {
      folder.remove();
    }
    return pipes;
  } catch {
    for (const pipe of pipes) closePipe(pipe);
    return [];
  }
}

/** Closes both ends; for a pipe that no command has got. */
export function closePipe({ writeEnd, source }: OutputPipe): void {
  closeSync(writeEnd);
  source.destroy();
}

// With nobody to write yet, only a reader that does not wait gets it open.
async function openPipe(file: string): Promise<OutputPipe> {
  const readEnd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  let writeEnd: number | undefined;
  try {
    writeEnd = openSync(file, constants.O_WRONLY);
    return { writeEnd, source: await readPipe(readEnd) };
  } catch (error) {
    if (writeEnd === undefined) closeSync(readEnd);
    else closeSync(writeEnd);
    throw error;
  }
}
