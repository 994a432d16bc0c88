import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import {
  badRequest,
  isStoreError,
  type ListedValue,
  type ListRequest,
  type StoreContext,
  StoreError,
} from "configmanager/plugin";
import { isInside, locateFile, rootOf } from "./address.ts";
import { toStoreError } from "./file-errors.ts";
import { readValue } from "./read-value.ts";

/** How much one listing may give. */
export interface ListLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

const defaultLimits: ListLimits = { maxFiles: 10_000, maxBytes: 64 * 1024 * 1024 };

/**
 * The files of a folder and, when that is asked for, of the folders in it, in the order of their names: each under its
 * path from the root, as it is asked for. Hidden files and folders, links that leave the root and what is no regular file
 * are left out.
 *
 * Throws `badRequest` for what is no folder, `tooLarge` above 10,000 files or 64 MiB, and, with its path, whatever a file
 * in it throws.
 */
export async function* listFiles(
  { path, recursive }: Pick<ListRequest, "path" | "recursive">,
  context: StoreContext,
  { maxFiles, maxBytes }: ListLimits = defaultLimits,
): AsyncGenerator<ListedValue> {
  const root = rootOf(context);
  const folder = await locateFile(path === "" ? "." : path, root);
  if (!(await stat(folder).catch((error: unknown) => Promise.reject(toStoreError(error, path)))).isDirectory()) {
    throw badRequest(`"${path}" is a file and no folder`, {
      hint: "name its folder, or ask for the file itself, with a key path behind | for a value of it",
    });
  }
  const realRoot = await realpath(root);
  const start = relative(root, resolve(root, path));
  // An absolute path may name the root by where a link leads.
  const named = isInside(root, resolve(root, path)) ? start : relative(realRoot, folder);
  let [files, bytes] = [0, 0];
  for await (const found of walk({ folder, named, above: [], realRoot, recursive, signal: context.signal })) {
    if (++files > maxFiles) throw tooMuch(path, `${maxFiles} files`);
    const value = await readListed(found, context);
    if (value === undefined) continue;
    bytes += typeof value.data === "string" ? Buffer.byteLength(value.data) : value.data.length;
    if (bytes > maxBytes) throw tooMuch(path, `${maxBytes} bytes`);
    yield { path: value.path, value: value.data };
  }
}

interface Walk {
  readonly folder: string;
  readonly named: string;
  /** The folders around it, so that a link to one of them does not lead in a circle. */
  readonly above: readonly string[];
  readonly realRoot: string;
  readonly recursive: boolean;
  readonly signal: AbortSignal;
}

interface Found {
  readonly file: string;
  readonly path: string;
}

async function* walk(place: Walk): AsyncGenerator<Found> {
  const { folder, named, above, realRoot, recursive, signal } = place;
  const names = await readdir(folder).catch((error: unknown) => Promise.reject(toStoreError(error, named || ".")));
  for (const name of names.sort()) {
    signal.throwIfAborted();
    if (name.startsWith(".")) continue;
    const file = await realpath(join(folder, name)).catch(() => undefined);
    if (file === undefined || !isInside(realRoot, file)) continue;
    const stats = await stat(file).catch(() => undefined);
    const path = join(named, name);
    if (stats?.isFile() === true) yield { file, path: sep === "/" ? path : path.replaceAll(sep, "/") };
    const around = [...above, folder];
    if (recursive && stats?.isDirectory() === true && !around.includes(file)) {
      yield* walk({ ...place, folder: file, named: path, above: around });
    }
  }
}

async function readListed(
  { file, path }: Found,
  { signal }: StoreContext,
): Promise<{ readonly path: string; readonly data: string | Uint8Array } | undefined> {
  try {
    return { path, data: await readValue(file, path, signal) };
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // It was there when the folder was read.
    if (error.kind === "notFound") return undefined;
    const message = error.message.includes(`"${path}"`)
      ? error.message
      : `"${path}" cannot be listed: ${error.message}`;
    throw new StoreError(error.kind, message, { hint: error.hint, cause: error });
  }
}

function tooMuch(path: string, limit: string): StoreError {
  return new StoreError("tooLarge", `"${path}" holds more than the ${limit} that are listed at once`, {
    hint: "list a folder in it",
  });
}
