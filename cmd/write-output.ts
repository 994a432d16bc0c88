import fs from "node:fs";
import { resolve } from "node:path";
import type { CommandContext } from "./context.ts";

/** Where a result goes. */
export interface OutputTarget {
  /** A path, or `-`, `stdout` or `/dev/stdout` for standard output. */
  readonly target: string;
  /** The mode of a file that is new; 0600 unless set. */
  readonly fileMode: number | undefined;
}

// By its device name it would be replaced, where it is a file, instead of written to.
const standardOutput: ReadonlySet<string> = new Set(["-", "stdout", "/dev/stdout"]);

/** Writes a result. A file is replaced whole or not at all. Rejects with CM_OUTPUT_UNWRITABLE, or with the signal's reason. */
export async function writeOutput(
  blocks: Iterable<Uint8Array>,
  { target, fileMode }: OutputTarget,
  { io, reporter }: CommandContext,
): Promise<void> {
  if (!standardOutput.has(target)) {
    const { writeOutputFile } = await import("../internal/write/output-file.ts");
    await writeOutputFile(fs, resolve(io.cwd, target), blocks, {
      fileMode,
      signal: io.signal,
      onProcessExit: io.onProcessExit,
    });
    return;
  }
  reporter.endProgress();
  for (const block of blocks) {
    io.signal.throwIfAborted();
    await io.stdout.write(block);
  }
}
