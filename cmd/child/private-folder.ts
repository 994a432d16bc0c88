/**
 * The folder for the files of one command: nobody else's, gone when the command is, and swept by the next run when this
 * process could not do that. Knows nothing of what is written.
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError, isConfigManagerError } from "../../internal/errors/errors.ts";
import type { OutputWriter } from "../../internal/write/output-leftovers.ts";

/** Where such folders are made. */
export interface FolderContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  readonly tempDir: string;
  /** Whose folders these are, and which of others' are left over. */
  readonly owner: OutputWriter;
}

/** A folder that is there. */
export interface PrivateFolder {
  readonly path: string;
  /** Removes it with everything in it; may be called again. False when something is left. */
  readonly remove: () => boolean;
}

/**
 * Makes the folder (0700), below `$XDG_RUNTIME_DIR/configmanager`, or `configmanager-<uid>` of the temporary folder.
 * Throws CM_OUTPUT_UNWRITABLE when it cannot be made, or when what it would be in is not this user's alone.
 */
export function createPrivateFolder(context: FolderContext): PrivateFolder {
  const parent = parentFolder(context);
  for (let attempt = 1; ; attempt++) {
    const folder = makeFolder(parent, context, attempt < maxAttempts);
    if (folder !== undefined) return { path: folder, remove: () => remove(folder) };
  }
}

const maxAttempts = 10;

// Undefined when a run that has ended has taken the parent away in the meantime.
function makeFolder(parent: string, context: FolderContext, mayFail: boolean): string | undefined {
  try {
    mkdirSync(parent, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw unusable(parent, `cannot be made (${codeOf(error)})`, error);
  }
  try {
    const fault = faultOf(parent, context);
    if (fault !== undefined) throw unusable(parent, fault);
    return mkdtempSync(path.join(parent, `${context.owner.mark}-`));
  } catch (error) {
    if (isConfigManagerError(error)) throw error;
    if (mayFail && codeOf(error) === "ENOENT") return undefined;
    throw unusable(parent, `cannot be written (${codeOf(error)})`, error);
  }
}

/** Removes what dead runs have left. Never throws: what cannot be removed now can be the next time. */
export function sweepPrivateFolders(context: FolderContext): void {
  const parent = parentFolder(context);
  try {
    if (faultOf(parent, context) !== undefined) return;
    for (const name of readdirSync(parent)) {
      const mark = /^([0-9a-z]+-[0-9a-z]+-[0-9a-z]+)-[A-Za-z0-9]+$/.exec(name)?.[1];
      const folder = path.join(parent, name);
      if (mark !== undefined && context.owner.isGone(mark, folder)) remove(folder);
    }
  } catch {
    // There is nothing to sweep.
  }
}

function parentFolder({ env, uid, tempDir }: FolderContext): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  if (runtime !== undefined && path.isAbsolute(runtime)) return path.join(runtime, "configmanager");
  return path.join(tempDir, uid === undefined ? "configmanager" : `configmanager-${uid}`);
}

// Others may have put something there before us.
function faultOf(folder: string, { uid }: FolderContext): string | undefined {
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) return "is not a folder";
  if (uid === undefined) return undefined;
  if (stats.uid !== uid) return "belongs to somebody else";
  return (stats.mode & 0o077) === 0 ? undefined : "can be entered by others";
}

function unusable(folder: string, reason: string, cause?: unknown): ConfigManagerError {
  return new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `the folder "${folder}" for private files ${reason}`, {
    hint: "remove it, or set XDG_RUNTIME_DIR to a folder of your own",
    details: { path: folder },
    cause,
  });
}

function remove(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
  } catch {
    return false;
  }
  try {
    rmdirSync(path.dirname(folder));
  } catch {
    // Other runs have theirs in it.
  }
  return true;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
