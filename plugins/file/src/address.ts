import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { badRequest, denied, isStoreError, notFound, type StoreContext } from "configmanager/plugin";
import { isDirectory, toStoreError } from "./file-errors.ts";

/** How the bytes of a file are handed over: as they are, or as the JSON that they mean. */
export type FileFormat = "bytes" | "yaml" | "toml" | "dotenv";

/** The format that the name of a file stands for. Case is ignored. */
export function formatOf(path: string): FileFormat {
  // Not `extname`, for which `.env` has no extension.
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (name.endsWith(".yaml") || name.endsWith(".yml")) return "yaml";
  if (name.endsWith(".toml")) return "toml";
  return name.endsWith(".env") ? "dotenv" : "bytes";
}

/** The folder that paths begin in and may not leave: the option `root`, from the working directory. */
export function rootOf({ cwd, options }: Pick<StoreContext, "cwd" | "options">): string {
  return resolve(cwd, typeof options["root"] === "string" ? options["root"] : "");
}

/**
 * The file that a path means, symbolic links resolved: relative to `root` (absolute) and inside of it.
 *
 * Throws `denied` for what leaves the root, by `..` or by a link; `notFound`, `denied` or `badRequest` for what cannot
 * be looked up.
 */
export async function locateFile(path: string, root: string): Promise<string> {
  const { target, realRoot } = await toTarget(path, root);
  const real = await realpath(target).catch((error: unknown) => Promise.reject(toStoreError(error, path)));
  if (!isInside(realRoot, real)) throw leaves(path);
  return real;
}

/**
 * The same for a file that is to be written, which need not be there; its folder must. Throws `badRequest` also for a link
 * that leads to nothing, and `notFound` for a missing folder.
 */
export async function locateTarget(path: string, root: string): Promise<string> {
  try {
    return await locateFile(path, root);
  } catch (error) {
    if (!isStoreError(error) || error.kind !== "notFound") throw error;
  }
  if (/[/\\]$/.test(path)) throw isDirectory(path);
  const { target, realRoot } = await toTarget(path, root);
  // The dot asks for a folder.
  const folder = await realpath(`${dirname(target)}${sep}.`).catch((error: unknown) => {
    const reason = toStoreError(error, path, "written");
    throw reason.kind === "notFound" ? noFolder(path) : reason;
  });
  if (!isInside(realRoot, folder)) throw leaves(path);
  const file = join(folder, basename(target));
  const isLink = await lstat(file).then(
    () => true,
    () => false,
  );
  if (isLink) throw badRequest(`"${path}" is a symbolic link that leads to nothing`, { hint: "correct the link" });
  return file;
}

async function toTarget(path: string, root: string): Promise<{ readonly target: string; readonly realRoot: string }> {
  if (path === "") throw badRequest("a file needs a path", { hint: "write FILE://path/to/file" });
  if (path.includes("\0")) throw badRequest("a path holds no NUL");
  const realRoot = await realpath(root).catch((error: unknown) => Promise.reject(toStoreError(error, root)));
  const target = resolve(root, path);
  // Before the file system is asked, so that nobody learns what exists outside.
  if (!isInside(root, target) && !isInside(realRoot, target)) throw leaves(path);
  return { target, realRoot };
}

/** True for a folder and all that is below it; both absolute. */
export function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function noFolder(path: string): Error {
  return notFound(dirname(path), { hint: "create the folder, or correct the path" });
}

function leaves(path: string): Error {
  return denied(`"${path}" is outside of the folder that files are read from`, {
    hint: "set the option root of the store FILE to a folder that holds it",
  });
}
