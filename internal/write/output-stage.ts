/** One output beside its target: everything that can be done before it takes its place. */
import { dirname } from "node:path";
import { keepOwnerAndMode, type OwnedHandle } from "../files/durable.ts";
import { type StagedBackup, stageBackup } from "./output-backup.ts";
import { hasContent } from "./output-compare.ts";
import { unwritable } from "./output-errors.ts";
import type { Flusher } from "./output-flush.ts";
import type { OutputFs, OutputStat } from "./output-fs.ts";
import { temporaryPath } from "./output-leftovers.ts";
import type { OutputFile, OutputOptions } from "./output-options.ts";
import { findTarget } from "./output-target.ts";
import type { OutputTrace } from "./output-trace.ts";
import { nextTurn } from "./output-turn.ts";

/** What is to be done for one output. */
export type OutputWork =
  | { readonly kind: "unchanged"; readonly file: OutputFile }
  /** No regular file: written to when it is its turn. */
  | { readonly kind: "special"; readonly file: OutputFile; readonly existing: OutputStat }
  | {
      readonly kind: "replace";
      readonly file: OutputFile;
      /** Where links lead to. */
      readonly target: string;
      readonly existing: OutputStat | undefined;
    };

/** What it is done with. */
export interface OutputTools {
  readonly fs: OutputFs;
  readonly trace: OutputTrace;
  readonly flusher: Flusher;
  readonly options: OutputOptions;
}

/** An output that waits beside its target. */
export interface StagedFile {
  readonly temporary: string;
  readonly backup: StagedBackup | undefined;
}

/** Looks at what there is; rejects with CM_OUTPUT_UNWRITABLE for what cannot be written, with the signal's reason, or with what the blocks throw. */
export async function inspectOutput(file: OutputFile, { fs, options, trace }: OutputTools): Promise<OutputWork> {
  try {
    const { path: target, existing } = findTarget(fs, file.path);
    if (existing === undefined) {
      if (options.makeFolders === true) trace.makeFolder(dirname(target));
      return { kind: "replace", file, target, existing };
    }
    if (!existing.isFile()) return { kind: "special", file, existing };
    if (await hasContent(fs, target, existing.size, file.blocks, options.signal)) return { kind: "unchanged", file };
    // A rename would replace a file that its owner made read-only.
    fs.accessSync(target, fs.constants.W_OK);
    return { kind: "replace", file, target, existing };
  } catch (error) {
    throw unwritable(error, nameOf(file), "write");
  }
}

/** Writes an output beside its target and hands it to the flusher; rejects as `inspectOutput`. */
export async function stageFile(
  { file, target, existing }: OutputWork & { readonly kind: "replace" },
  { fs, trace, flusher, options }: OutputTools,
): Promise<StagedFile> {
  const { fileMode, signal, writer, backupSuffix } = options;
  const temporary = temporaryPath(dirname(target), writer);
  const toError = (error: unknown): unknown => unwritable(error, nameOf(file), "write");
  const handle = create(fs, temporary, nameOf(file));
  trace.file(temporary);
  try {
    for (const block of file.blocks) await writeWhole(fs, handle, block, signal);
    if (existing !== undefined) await keepOwnerAndMode(ownedHandle(fs, handle), existing);
    else if (fileMode !== undefined) fs.fchmodSync(handle, fileMode);
    signal?.throwIfAborted();
  } catch (error) {
    fs.closeSync(handle);
    throw toError(error);
  }
  await flusher.add(handle, toError);
  if (existing === undefined || backupSuffix === undefined) return { temporary, backup: undefined };
  try {
    return { temporary, backup: stageBackup(fs, target, existing, backupSuffix, { trace, writer }) };
  } catch (error) {
    throw unwritable(error, `${nameOf(file)}${backupSuffix}`, "write");
  }
}

/** How messages name an output. */
export function nameOf({ name, path }: OutputFile): string {
  return name ?? path;
}

function create(fs: OutputFs, temporary: string, named: string): number {
  try {
    return fs.openSync(temporary, "wx", 0o600);
  } catch (error) {
    throw unwritable(error, named, "create");
  }
}

/** Bytes of one write, so that an abort is noticed soon. */
const maxWriteBytes = 4 * 1024 * 1024;

/** Blocks below it take no turn of their own. */
const smallBytes = 256 * 1024;

async function writeWhole(
  fs: OutputFs,
  handle: number,
  block: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let at = 0; at < block.length;) {
    signal?.throwIfAborted();
    at += fs.writeSync(handle, block, at, Math.min(block.length - at, maxWriteBytes), null);
    if (block.length > smallBytes) await nextTurn();
  }
}

function ownedHandle(fs: OutputFs, file: number): OwnedHandle {
  return {
    stat: async () => fs.fstatSync(file),
    chmod: async (mode) => fs.fchmodSync(file, mode),
    chown: async (uid, gid) => fs.fchownSync(file, uid, gid),
  };
}
