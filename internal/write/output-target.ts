import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { errnoOf } from "../errors/errno.ts";
import type { OutputFs, OutputStat } from "./output-fs.ts";

/** Where an output goes once symbolic links are followed. */
export interface OutputTarget {
  readonly path: string;
  /** What is there; undefined when nothing is. */
  readonly existing: OutputStat | undefined;
}

/** As many links as Linux follows. */
const maxLinks = 40;

/**
 * The file that a path leads to, through symbolic links, also when the last one points at nothing yet.
 * Rejects with the file system's own errors, ELOOP and EISDIR among them.
 */
export async function findTarget(fs: OutputFs, path: string): Promise<OutputTarget> {
  const existing = await orUndefined(fs.promises.stat(path));
  if (existing !== undefined) {
    if (existing.isDirectory()) throw fault("EISDIR");
    // What is no regular file may be behind a link that leads to no path, as /dev/stdout does.
    return { path: existing.isFile() ? await fs.promises.realpath(path) : path, existing };
  }
  let current = path;
  for (let links = 0; links <= maxLinks; links++) {
    if (current.endsWith("/") || current.endsWith(sep)) throw fault("EISDIR");
    const link = await orUndefined(fs.promises.lstat(current));
    if (link === undefined) return { path: current, existing: undefined };
    if (!link.isSymbolicLink()) return findTarget(fs, current);
    const folder = await fs.promises.realpath(dirname(current));
    const to = await fs.promises.readlink(join(folder, basename(current)));
    // Not normalized: `link/..` is where the link leads, not where it stands.
    current = isAbsolute(to) ? to : `${folder}${sep}${to}`;
  }
  throw fault("ELOOP");
}

async function orUndefined(stat: Promise<OutputStat>): Promise<OutputStat | undefined> {
  try {
    return await stat;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function fault(code: "EISDIR" | "ELOOP"): Error {
  return Object.assign(new Error(code), { code, syscall: "open" });
}
