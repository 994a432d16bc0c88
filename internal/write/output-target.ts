import { basename, dirname, isAbsolute, join, sep } from "node:path";
import type { OutputFs, OutputStat } from "./output-fs.ts";

/** Where an output goes once symbolic links are followed. */
export interface OutputTarget {
  readonly path: string;
  /** What is there; undefined when nothing is. */
  readonly existing: OutputStat | undefined;
}

/** As many links as Linux follows. */
const maxLinks = 40;

const orNothing = { throwIfNoEntry: false } as const;

/**
 * The file that a path leads to, through symbolic links, also when the last one points at nothing yet.
 * Throws the file system's own errors, ELOOP and EISDIR among them.
 */
export function findTarget(fs: OutputFs, path: string): OutputTarget {
  let current = path;
  for (let links = 0; links <= maxLinks; links++) {
    if (current.endsWith("/") || current.endsWith(sep)) throw fault("EISDIR");
    const existing = fs.lstatSync(current, orNothing);
    if (existing?.isDirectory() === true) throw fault("EISDIR");
    if (existing?.isSymbolicLink() !== true) return { path: current, existing };
    // What is no regular file may be behind a link that leads to no path, as /dev/stdout does.
    const behind = fs.statSync(current, orNothing);
    if (behind?.isDirectory() === true) throw fault("EISDIR");
    if (behind?.isFile() === false) return { path: current, existing: behind };
    const folder = fs.realpathSync(dirname(current));
    const to = fs.readlinkSync(join(folder, basename(current)));
    // Not normalized: `link/..` is where the link leads, not where it stands.
    current = isAbsolute(to) ? to : `${folder}${sep}${to}`;
  }
  throw fault("ELOOP");
}

function fault(code: "EISDIR" | "ELOOP"): Error {
  return Object.assign(new Error(code), { code, syscall: "open" });
}
