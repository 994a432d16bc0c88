import fs from "node:fs";
import { resolve } from "node:path";
import type { OutputResult } from "../internal/write/output-file.ts";
import type { OutputBlocks } from "../internal/write/output-options.ts";
import type { CommandContext } from "./context.ts";
import type { MappedOutput } from "./outputs/map-outputs.ts";
import { fileChoice } from "./outputs/output-choice.ts";

/** How results are written. */
export interface WriteOptions {
  /** The mode of a file that is new; 0600 unless set. */
  readonly fileMode: number | undefined;
  /** Keeps each file that is replaced, under its name with this at the end. */
  readonly backupSuffix?: string | undefined;
  /** Makes the folders of outputs where they are missing. */
  readonly makeFolders?: boolean;
}

/** A result and where it goes: a file, or standard output. */
export interface Result {
  readonly blocks: OutputBlocks;
  readonly output: MappedOutput | undefined;
}

/** Writes one result to a path, or to standard output for `-`, `stdout` or `/dev/stdout`; as `writeResults`. */
export async function writeOutput(
  blocks: OutputBlocks,
  { target, ...options }: WriteOptions & { readonly target: string },
  context: CommandContext,
): Promise<void> {
  const isFile = fileChoice(target).kind === "file";
  const output = isFile ? { name: target, path: resolve(context.io.cwd, target) } : undefined;
  await writeResults([{ blocks, output }], options, context);
}

/**
 * Writes results, and resolves to what became of each. A file is replaced whole or not at all, and several of them only when
 * all are ready. Rejects with CM_OUTPUT_UNWRITABLE, or with the signal's reason.
 */
export async function writeResults(
  results: readonly Result[],
  options: WriteOptions,
  { io, reporter }: CommandContext,
): Promise<readonly OutputResult[]> {
  const files = results.flatMap(({ blocks, output }) => (output === undefined ? [] : [{ ...output, blocks }]));
  if (files.length > 0) {
    const [{ writeOutputFiles }, { createProcessMark }] = await Promise.all([
      import("../internal/write/output-file.ts"),
      import("./process-mark.ts"),
    ]);
    const { signal, onProcessExit } = io;
    return writeOutputFiles(fs, files, { ...options, signal, onProcessExit, writer: createProcessMark(io) });
  }
  reporter.endProgress();
  for (const { blocks } of results) {
    for (const block of blocks) {
      io.signal.throwIfAborted();
      await io.stdout.write(block);
    }
  }
  return results.map(() => "written");
}
