/**
 * Output files: replaced whole or not at all, by a temporary file in the same folder and a rename.
 * Nothing here knows what is written. Called by `cmd/`, which hands in `node:fs`.
 */
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { ConfigManagerError } from "../errors/errors.ts";
import { flush, flushFolder, keepOwnerAndMode } from "../files/durable.ts";
import { hasContent } from "./output-compare.ts";
import { unwritable } from "./output-errors.ts";
import type { OutputFs, OutputHandle, OutputStat } from "./output-fs.ts";
import { writeToSpecialFile } from "./output-special.ts";
import { findTarget } from "./output-target.ts";

/** What is written; iterated twice when there is a file to compare with, so each iteration gives the same bytes. */
export type OutputBlocks = Iterable<Uint8Array> & { readonly byteLength?: number };

/** How an output is written. */
export interface OutputOptions {
  /** The mode of a file that is new, whatever the umask; 0600 unless set. An existing file keeps its own. */
  readonly fileMode?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Calls back, synchronously, when the process ends in whatever way; returns how to take that back. */
  readonly onProcessExit?: ((callback: () => void) => () => void) | undefined;
}

/** Whether there was something to write: `unchanged` when the file had the same content already. */
export type OutputResult = "written" | "unchanged";

/** An output that is complete beside its target. Exactly one of the two is called, once. */
export interface StagedOutput {
  /** Puts it in its place. Rejects with CM_OUTPUT_UNWRITABLE, and then nothing is left beside the target. */
  readonly commit: () => Promise<OutputResult>;
  /** Removes it; the target is as it was. */
  readonly discard: () => Promise<void>;
}

/**
 * Writes a file whole or not at all.
 *
 * A temporary file in the same folder (mode 0600, flushed) takes the target's place; on any failure it is removed and the
 * target is as it was. Symbolic links are followed, a dangling one to where it points. An existing file keeps its mode,
 * and owner and group where possible; when it has the same content already, nothing is written. A target that is no
 * regular file (`/dev/null`, a FIFO) is written to directly.
 * Rejects with CM_OUTPUT_UNWRITABLE, with the reason of `signal`, or with what the blocks throw.
 */
export async function writeOutputFile(
  fs: OutputFs,
  path: string,
  blocks: OutputBlocks,
  options: OutputOptions = {},
): Promise<OutputResult> {
  const staged = await stageOutputFile(fs, path, blocks, options);
  return staged.commit();
}

/**
 * The first half of `writeOutputFile`, for several files that are to be replaced together: everything that can fail but
 * the rename. A target that is no regular file is written to in `commit`.
 */
export async function stageOutputFile(
  fs: OutputFs,
  path: string,
  blocks: OutputBlocks,
  options: OutputOptions = {},
): Promise<StagedOutput> {
  const { signal } = options;
  // An iterator that is its own iterable would be empty the second time, and the file with it.
  if ((blocks[Symbol.iterator]() as unknown) === blocks) {
    throw new ConfigManagerError("CM_INTERNAL", "an output was given as an iterator that cannot be read twice");
  }
  signal?.throwIfAborted();
  try {
    const target = await findTarget(fs, path);
    const { existing } = target;
    if (existing !== undefined && !existing.isFile()) {
      return {
        commit: () => writeToSpecialFile(fs, path, existing, blocks, signal).then(() => "written" as const),
        discard: async () => {},
      };
    }
    if (existing !== undefined) {
      if (await hasContent(fs, target.path, existing.size, blocks, signal)) {
        return { commit: async () => "unchanged" as const, discard: async () => {} };
      }
      // A rename would replace a file that its owner made read-only.
      await fs.promises.access(target.path, fs.constants.W_OK);
    }
    return await stageBeside(fs, path, target.path, existing, blocks, options);
  } catch (error) {
    throw unwritable(error, path, "write");
  }
}

async function stageBeside(
  fs: OutputFs,
  named: string,
  target: string,
  existing: OutputStat | undefined,
  blocks: OutputBlocks,
  { fileMode, signal, onProcessExit }: OutputOptions,
): Promise<StagedOutput> {
  const folder = dirname(target);
  // Not made from the target's name, which may already be as long as a name can be.
  const temporary = join(folder, `.configmanager-${randomBytes(12).toString("hex")}.tmp`);
  const forget = onProcessExit?.(() => removeNow(fs, temporary));
  const discard = async (): Promise<void> => {
    await fs.promises.unlink(temporary).catch(() => {});
    forget?.();
  };
  try {
    const handle = await create(fs, temporary, named);
    try {
      for (const block of blocks) await writeWhole(handle, block, signal);
      if (existing !== undefined) await keepOwnerAndMode(handle, existing);
      else if (fileMode !== undefined) await handle.chmod(fileMode);
      await flush(handle);
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    async commit() {
      try {
        await fs.promises.rename(temporary, target);
      } catch (error) {
        await discard();
        throw unwritable(error, named, "rename");
      }
      forget?.();
      await flushFolder(() => fs.promises.open(folder, "r"));
      return "written";
    },
    discard,
  };
}

async function create(fs: OutputFs, temporary: string, named: string): Promise<OutputHandle> {
  try {
    return await fs.promises.open(temporary, "wx", 0o600);
  } catch (error) {
    throw unwritable(error, named, "create");
  }
}

/** Bytes of one write, so that an abort is noticed soon. */
const maxWriteBytes = 4 * 1024 * 1024;

async function writeWhole(handle: OutputHandle, block: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  for (let at = 0; at < block.length;) {
    signal?.throwIfAborted();
    const { bytesWritten } = await handle.write(block, at, Math.min(block.length - at, maxWriteBytes), null);
    at += bytesWritten;
  }
}

function removeNow(fs: OutputFs, path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    return;
  }
}
