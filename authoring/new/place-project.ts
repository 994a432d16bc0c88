import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errnoOf } from "../../internal/errors/errno.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";

/** Where a project goes. */
export interface ProjectPlace {
  /** As the user named it, relative to `cwd`. */
  readonly dir: string;
  /** Absolute. */
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

/** A path with `/` below the project's folder, and what the file holds. */
export type ProjectFile = readonly [path: string, text: string];

/**
 * Writes all files of a project, or none. The folder must not be there, or hold nothing but `.git`. Throws
 * CM_OUTPUT_UNWRITABLE, or the reason of the signal.
 */
export async function placeProject(files: readonly ProjectFile[], { dir, cwd, signal }: ProjectPlace): Promise<void> {
  const target = resolve(cwd, dir);
  // The topmost of the folders that had to be made for it.
  let made: string | undefined;
  let staging: string | undefined;
  try {
    const isThere = await isEmptyFolder(target, dir);
    if (!isThere) made = await mkdir(dirname(target), { recursive: true });
    // Beside it or in it, so that everything is put in its place by a rename.
    staging = await mkdtemp(isThere ? join(target, ".new-") : join(dirname(target), `.${basename(target)}-`));
    // A folder of mkdtemp is for its owner alone; the project's is as the user's others are.
    const project = join(staging, "project");
    await writeFiles(project, files, signal);
    await (isThere ? moveEntries(project, target) : rename(project, target));
    made = undefined;
  } catch (error) {
    throw unwritable(error, dir);
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true });
    if (made !== undefined) await removeEmpty(dirname(target), made);
  }
}

// From a folder up to one that holds it; what somebody has put into them meanwhile stays.
async function removeEmpty(lowest: string, topmost: string): Promise<void> {
  for (let folder = lowest; folder.length >= topmost.length; folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

// False when it is not there.
async function isEmptyFolder(folder: string, dir: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (names === undefined) return false;
  const found = names.find((name) => name !== ".git");
  if (found === undefined) return true;
  throw new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `the folder "${dir}" is not empty, it holds "${found}"`, {
    hint: "name another with --dir, or remove it; nothing was written",
  });
}

async function writeFiles(project: string, files: readonly ProjectFile[], signal?: AbortSignal): Promise<void> {
  for (const [path, text] of files) {
    signal?.throwIfAborted();
    const file = join(project, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  }
}

// The folder itself stays: a shell may stand in it, or a file system be mounted there.
async function moveEntries(from: string, to: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of await readdir(from)) {
      await rename(join(from, name), join(to, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) await rm(join(to, name), { recursive: true, force: true });
    throw error;
  }
}

function unwritable(error: unknown, dir: string): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  return new ConfigManagerError(
    "CM_OUTPUT_UNWRITABLE",
    `the folder "${dir}" cannot be made: ${reasons[code] ?? code}`,
    {
      hint: "name another with --dir; nothing was written",
      details: { dir, errno: code },
      cause: error,
    },
  );
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of its path is no folder",
  EEXIST: "a part of its path is no folder",
  ENOTEMPTY: "something was put there meanwhile",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its symbolic links lead in a circle",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
};
