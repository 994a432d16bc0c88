import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { nextTurn } from "../../internal/write/output-turn.ts";
import type { LeftOut } from "./input-source.ts";

/** What is looked for, and where. */
export interface Walk extends LeftOut {
  /** Absolute. */
  readonly folder: string;
  readonly entersHidden: boolean;
  /** Folders below `folder` on the way to a file; 0: its own files only. */
  readonly maxDepth: number;
  readonly signal: AbortSignal;
  /** Takes each file, by its path below the folder, with `/`. */
  readonly onFile: (below: string) => void;
  /** The error for a folder below it that cannot be read. */
  readonly toError: (below: string, error: unknown) => Error;
}

// What belongs to a tool and not to those who write files: the history of a repository; the program's own folder, its
// temporary files and its locks.
function isOfTool(name: string): boolean {
  return [".git", ".hg", ".svn"].includes(name) || name.startsWith(".configmanager");
}

/**
 * Walks the regular files below a folder and resolves to the folders it has seen, absolute. Links to files are files; links to
 * folders are not followed, so that no file is found twice and no circle is entered. A `folder` that is not there has no
 * files. Rejects with `toError`, or with the signal's reason.
 */
export async function walkFolder({
  folder: root,
  entersHidden,
  maxDepth,
  signal,
  onFile,
  toError,
  outputFolder,
  backupSuffix,
}: Walk): Promise<readonly string[]> {
  const seen: string[] = [];
  const open = [{ path: root, below: "", depth: 0 }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { path, below, depth } = at;
    if (seen.length % foldersInTurn === foldersInTurn - 1) await nextTurn();
    signal.throwIfAborted();
    seen.push(path);
    for (const entry of entriesOf(path, below, toError)) {
      const { name } = entry;
      if (isOfTool(name)) continue;
      const own = below + name;
      if (entry.isDirectory()) {
        if (depth >= maxDepth || (name.startsWith(".") && !entersHidden)) continue;
        const inner = join(path, name);
        if (inner !== outputFolder) open.push({ path: inner, below: `${own}/`, depth: depth + 1 });
      } else if (
        (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(join(path, name)))) &&
        (backupSuffix === undefined || !name.endsWith(backupSuffix))
      ) {
        onFile(own);
      }
    }
  }
  return seen;
}

/** Folders that may be read before a signal is noticed. */
const foldersInTurn = 64;

function entriesOf(path: string, below: string, toError: Walk["toError"]): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    // Removed since its parent was read, or never there.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw toError(below, error);
  }
}

function leadsToFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
