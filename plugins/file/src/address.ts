import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { badRequest, denied } from "configmanager/plugin";
import { toStoreError } from "./file-errors.ts";

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

/**
 * The file that a path means, symbolic links resolved: relative to `root` (absolute) and inside of it.
 *
 * Throws `denied` for what leaves the root, by `..` or by a link; `notFound`, `denied` or `badRequest` for what cannot
 * be looked up.
 */
export async function locateFile(path: string, root: string): Promise<string> {
  if (path === "") throw badRequest("a file needs a path", { hint: "write FILE://path/to/file" });
  if (path.includes("\0")) throw badRequest("a path holds no NUL");

  const realRoot = await realpath(root).catch((error: unknown) => Promise.reject(toStoreError(error, root)));
  const target = resolve(root, path);
  // Before the file system is asked, so that nobody learns what exists outside.
  if (!isInside(root, target) && !isInside(realRoot, target)) throw leaves(path);
  const real = await realpath(target).catch((error: unknown) => Promise.reject(toStoreError(error, path)));
  if (!isInside(realRoot, real)) throw leaves(path);
  return real;
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function leaves(path: string): Error {
  return denied(`"${path}" is outside of the folder that files are read from`, {
    hint: "set the option root of the store FILE to a folder that holds it",
  });
}
