/**
 * A plugin's file before it has its name: a temporary file in the same folder, whole, flushed and executable, or nothing at all.
 * Not for what takes its place (`place-file.ts`).
 */
import { createHash, type Hash } from "node:crypto";
import fs from "node:fs";
import { type FileHandle, open, rmdir, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../../internal/errors/errno.ts";
import { flush } from "../../internal/files/durable.ts";
import { type OutputWriter, removeNow } from "../../internal/write/output-leftovers.ts";
import type { HostContext } from "../host-context.ts";
import type { Checksum } from "../lock/plugin-lock.ts";
import { makeFolder } from "../../internal/files/make-folder.ts";
import { sourceError, toPlacingError } from "./install-errors.ts";
import type { OpenedFile } from "./source-reader.ts";
import { retrying } from "./retrying.ts";
import { stagedPath, sweepStaged } from "./staged-name.ts";

/** A plugin's file is never longer: an endless answer ends here. */
const maxPluginBytes = 2 * 1024 ** 3;

/** How a file is staged. */
export interface StageOptions {
  /** Where it will be. */
  readonly target: string;
  readonly writer: OutputWriter;
  readonly context: Pick<HostContext, "onProcessExit" | "platform">;
  /** Rejects with a TransientError for what another try may help with. */
  readonly open: () => Promise<OpenedFile>;
  readonly onProgress?: ((received: number, size: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file that waits for its name. */
export interface StagedFile extends AsyncDisposable {
  readonly path: string;
  readonly checksum: Checksum;
  /** Of the first bytes: a web page that came instead of a program. */
  readonly isWebPage: boolean;
  /** Removes it, unless it has got its name; also when the process ends. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Writes what a source has into a temporary file beside `target`, whose folder is made with those above it (mode 0755). What killed
 * runs have left there is removed. Rejects with CM_INSTALL_SOURCE, CM_INSTALL_FAILED and the reason of the signal; then nothing
 * is left.
 */
export async function stageFile(folder: string, options: StageOptions): Promise<StagedFile> {
  const { target, writer, context, signal } = options;
  const made = new Set<string>();
  const path = stagedPath(folder, writer, context.platform);
  const forget = context.onProcessExit(() => removeNow(fs, path));
  const dispose = async (): Promise<void> => {
    await unlink(path).catch(() => {});
    forget();
    // What is not empty, as it has got its file, stays.
    for (const empty of [...made].toSorted((left, right) => right.length - left.length))
      await rmdir(empty).catch(() => {});
  };
  const create = async (): Promise<FileHandle> => {
    makeFolders(folder, made);
    sweepStaged(folder, writer);
    return open(path, "wx", 0o600);
  };
  try {
    await refuseFolder(target);
    // Another process that has failed may just have taken the empty folder away.
    const handle = await create().catch((error: unknown) => {
      if (errnoOf(error) === "ENOENT") return create();
      throw error;
    });
    try {
      const written = await retrying(() => write(handle, options), signal);
      await handle.chmod(0o755);
      await flush(handle);
      return { path, ...written, [Symbol.asyncDispose]: dispose };
    } finally {
      // Before it is started: the system runs no file that is open for writing.
      await handle.close();
    }
  } catch (error) {
    await dispose();
    signal?.throwIfAborted();
    throw toPlacingError(error, target);
  }
}

function makeFolders(folder: string, made: Set<string>): void {
  const first = makeFolder(fs, folder, 0o755);
  if (first === undefined) return;
  for (let each = folder; each.length >= first.length; each = dirname(each)) made.add(each);
}

async function refuseFolder(target: string): Promise<void> {
  const stats = await stat(target).catch(() => undefined);
  if (stats?.isDirectory() === true)
    throw Object.assign(new Error("is a folder"), { code: "EISDIR", syscall: "rename" });
}

async function write(
  handle: FileHandle,
  { open: openSource, onProgress, signal, target }: StageOptions,
): Promise<Pick<StagedFile, "checksum" | "isWebPage">> {
  await handle.truncate(0);
  const { size, bytes } = await openSource();
  const hash: Hash = createHash("sha256");
  let length = 0;
  let head = Buffer.alloc(0);
  onProgress?.(0, size);
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    if (length + chunk.length > maxPluginBytes) {
      throw sourceError(`what comes for "${target}" has more than 2 GiB`, "check the address and what answers there");
    }
    if (head.length < 64) head = Buffer.concat([head, chunk]).subarray(0, 64);
    hash.update(chunk);
    await writeAll(handle, chunk, length);
    length += chunk.length;
    onProgress?.(length, size);
  }
  const isWebPage = /^\s*<(!doctype|html)/i.test(head.toString("latin1"));
  return { checksum: `sha256:${hash.digest("hex")}`, isWebPage };
}

// A disk that is nearly full takes a part.
async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}
