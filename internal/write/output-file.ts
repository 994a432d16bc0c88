/**
 * Output files: each replaced whole or not at all, by a temporary file in the same folder and a rename; several of them
 * together, each complete beside its target before the first one takes its place.
 * Nothing here knows what is written. Called by `cmd/`, which hands in `node:fs`.
 */
import { dirname } from "node:path";
import { ConfigManagerError, ConfigManagerErrors, isConfigManagerError } from "../errors/errors.ts";
import { partlyWritten, unwritable } from "./output-errors.ts";
import { createFlusher, flushFolders } from "./output-flush.ts";
import type { OutputFs } from "./output-fs.ts";
import { sweepLeftovers } from "./output-leftovers.ts";
import type { OutputBlocks, OutputFile, OutputOptions } from "./output-options.ts";
import { writeToSpecialFile } from "./output-special.ts";
import {
  inspectOutput,
  nameOf,
  type OutputTools,
  type OutputWork,
  type StagedFile,
  stageFile,
} from "./output-stage.ts";
import { createOutputTrace } from "./output-trace.ts";
import { nextTurn } from "./output-turn.ts";

/** Whether there was something to write: `unchanged` when the file had the same content already. */
export type OutputResult = "written" | "unchanged";

/** Outputs that are complete beside their targets. Exactly one of the two is called, once. */
export interface StagedOutputs {
  /**
   * Puts them in their places, in their order. Rejects with CM_OUTPUT_UNWRITABLE or the signal's reason; when some were
   * replaced by then, the error says which and which not. Nothing is left beside the targets.
   */
  readonly commit: () => Promise<readonly OutputResult[]>;
  /** Removes them; the targets are as they were. */
  readonly discard: () => void;
}

/** Writes one file whole or not at all; as `writeOutputFiles`. */
export async function writeOutputFile(
  fs: OutputFs,
  path: string,
  blocks: OutputBlocks,
  options: OutputOptions = {},
): Promise<OutputResult> {
  const [result] = await writeOutputFiles(fs, [{ path, blocks }], options);
  return result!;
}

/**
 * Writes files, each whole or not at all, and all of them or, up to the moment of the first rename, none.
 *
 * A temporary file in the same folder (mode 0600, flushed) takes the target's place; on any failure it is removed and the
 * target is as it was. Symbolic links are followed, a dangling one to where it points. An existing file keeps its mode,
 * and owner and group where possible; when it has the same content already, nothing is written. A target that is no
 * regular file (`/dev/null`, a FIFO) is written to directly. No two outputs lead to one file.
 * Rejects with CM_OUTPUT_UNWRITABLE, several of them together, with the reason of `signal`, or with what the blocks throw.
 */
export async function writeOutputFiles(
  fs: OutputFs,
  files: readonly OutputFile[],
  options: OutputOptions = {},
): Promise<readonly OutputResult[]> {
  const staged = await stageOutputFiles(fs, files, options);
  return staged.commit();
}

/** The first half of `writeOutputFiles`: everything that can fail but the renames. */
export async function stageOutputFiles(
  fs: OutputFs,
  files: readonly OutputFile[],
  options: OutputOptions = {},
): Promise<StagedOutputs> {
  // An iterator that is its own iterable would be empty the second time, and the file with it.
  if (files.some(({ blocks }) => (blocks[Symbol.iterator]() as unknown) === blocks)) {
    throw new ConfigManagerError("CM_INTERNAL", "an output was given as an iterator that cannot be read twice");
  }
  options.signal?.throwIfAborted();
  const trace = createOutputTrace(fs);
  const tools: OutputTools = { fs, trace, flusher: createFlusher(fs), options };
  const forget = options.onProcessExit?.(trace.remove);
  const discard = (): void => {
    trace.remove();
    forget?.();
  };
  try {
    const works = await inspectAll(files, tools);
    if (options.writer !== undefined) {
      for (const folder of foldersOf(works)) sweepLeftovers(fs, folder, options.writer);
    }
    const staged = await stageAll(works, tools);
    return { commit: () => commitAll(works, staged, tools).finally(discard), discard };
  } catch (error) {
    await tools.flusher.end().catch(() => {});
    discard();
    throw error;
  }
}

// What cannot be written is told of all outputs at once, before anything is.
async function inspectAll(files: readonly OutputFile[], tools: OutputTools): Promise<readonly OutputWork[]> {
  const works: OutputWork[] = [];
  const errors: ConfigManagerError[] = [];
  for (const [index, file] of files.entries()) {
    if (index % stepsInTurn === stepsInTurn - 1) await nextTurn();
    tools.options.signal?.throwIfAborted();
    try {
      works.push(await inspectOutput(file, tools));
    } catch (error) {
      if (!isConfigManagerError(error) || error.code !== "CM_OUTPUT_UNWRITABLE") throw error;
      errors.push(error);
    }
  }
  if (errors.length > 1) throw new ConfigManagerErrors(errors);
  if (errors[0] !== undefined) throw errors[0];
  return works;
}

async function stageAll(
  works: readonly OutputWork[],
  tools: OutputTools,
): Promise<ReadonlyMap<OutputWork, StagedFile>> {
  const staged = new Map<OutputWork, StagedFile>();
  for (const work of works) {
    if (work.kind === "replace") staged.set(work, await stageFile(work, tools));
  }
  await tools.flusher.end();
  tools.options.signal?.throwIfAborted();
  return staged;
}

/** Steps that may go by before a signal is noticed. */
const stepsInTurn = 32;

async function commitAll(
  works: readonly OutputWork[],
  staged: ReadonlyMap<OutputWork, StagedFile>,
  { fs, trace, options: { signal } }: OutputTools,
): Promise<readonly OutputResult[]> {
  const toWrite = works.filter(({ kind }) => kind !== "unchanged");
  let written = 0;
  try {
    for (const work of toWrite) {
      if (written % stepsInTurn === stepsInTurn - 1) await nextTurn();
      if (written > 0) signal?.throwIfAborted();
      if (work.kind === "special") {
        await writeToSpecialFile(fs, nameOf(work.file), work.file.path, work.existing, work.file.blocks, signal);
      } else if (work.kind === "replace") {
        const { temporary, backup } = staged.get(work)!;
        try {
          backup?.commit();
          fs.renameSync(temporary, work.target);
        } catch (error) {
          throw unwritable(error, nameOf(work.file), "rename");
        }
        trace.forget(temporary);
      }
      written++;
      trace.keepFolders();
    }
  } catch (error) {
    const names = toWrite.map(({ file }) => nameOf(file));
    throw partlyWritten(error, names.slice(0, written), names.slice(written));
  } finally {
    if (written > 0) await flushFolders(fs, foldersOf(toWrite.slice(0, written)));
  }
  return works.map(({ kind }) => (kind === "unchanged" ? "unchanged" : "written"));
}

function foldersOf(works: readonly OutputWork[]): ReadonlySet<string> {
  return new Set(works.flatMap((work) => (work.kind === "replace" ? [dirname(work.target)] : [])));
}
