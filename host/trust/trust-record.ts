/**
 * The record of trusted folders, `trusted.json` in the home folder's `.configmanager`: reading it strictly, changing it. Not
 * for what trust is needed for (`trust-guard.ts`).
 */
import fs, { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../../internal/errors/errno.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { writeOutputFile } from "../../internal/write/output-file.ts";
import type { HostContext } from "../host-context.ts";
import { takeTurn } from "../lock/take-turn.ts";
import { makeFolder } from "../../internal/files/make-folder.ts";

const version = 1;

/** Where the record is, and who may write it. */
export type RecordContext = Pick<HostContext, "home" | "uid" | "platform">;

/** The record's file. Throws CM_USAGE where there is no home folder to keep it in. */
export function trustRecordOf({ home }: Pick<RecordContext, "home">): string {
  if (home !== undefined) return path.join(home, ".configmanager", "trusted.json");
  throw new ConfigManagerError("CM_USAGE", "there is no home folder to keep the record of trusted folders in", {
    hint: "set HOME",
  });
}

/**
 * The real paths of the folders that are trusted; none where there is no record, or no home folder.
 *
 * @throws CM_CONFIG_INVALID for a record of another form, or one that cannot be read; CM_PLUGIN_UNTRUSTED for one that
 * somebody else could have written.
 */
export function readTrusted(context: RecordContext): ReadonlySet<string> {
  return context.home === undefined ? new Set() : readRecord(trustRecordOf(context), context);
}

/**
 * Changes the record, one change after the other among processes; whole or not at all. What stays the same is not written.
 *
 * Rejects as `readTrusted` throws, with CM_OUTPUT_UNWRITABLE, and with the reason of the signal.
 */
export async function updateTrusted(
  context: RecordContext,
  change: (folders: ReadonlySet<string>) => Iterable<string>,
  signal?: AbortSignal,
): Promise<void> {
  const file = trustRecordOf(context);
  makeRecordFolder(path.dirname(file));
  // Links are followed: some keep their settings elsewhere.
  const target = realpathIfThere(file);
  await takeTurn(target, signal, async (isStillOurs) => {
    const folders = [...new Set(change(readRecord(target, context)))].toSorted();
    if (!isStillOurs()) return false;
    const text = `${JSON.stringify({ version, folders }, null, 2)}\n`;
    await writeOutputFile(fs, target, [Buffer.from(text, "utf8")], { fileMode: 0o600, signal });
    return true;
  });
}

/** The path without links; what is not there keeps its own. */
export function realpathIfThere(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

function readRecord(file: string, context: RecordContext): ReadonlySet<string> {
  let text: string;
  try {
    checkWriters(file, context);
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return new Set();
    if (code === undefined) throw error;
    throw invalid(file, `cannot be read (${code})`, "give yourself the right to read it", error);
  }
  return new Set(parseRecord(text, file));
}

// Whoever can write it can say that anything is trusted.
function checkWriters(file: string, { uid, platform }: RecordContext): void {
  if (platform === "win32" || uid === undefined) return;
  const stats = statSync(file);
  const isOthers = stats.uid !== uid && stats.uid !== 0;
  if (!isOthers && (stats.mode & 0o022) === 0) return;
  const reason = isOthers ? `belongs to the user ${stats.uid}, neither to you nor to root` : "can be written by others";
  throw new ConfigManagerError("CM_PLUGIN_UNTRUSTED", `the record of trusted folders, "${file}", ${reason}`, {
    hint: isOthers ? "remove it, and trust anew what you know" : `look at what it says, then chmod 600 "${file}"`,
    details: { file },
  });
}

function parseRecord(text: string, file: string): readonly string[] {
  const hint = "correct it, or remove it and trust folders anew";
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw invalid(file, "is not JSON", hint, error);
  }
  const record = typeof data === "object" && data !== null && !Array.isArray(data) ? data : {};
  const given = new Map<string, unknown>(Object.entries(record));
  const folders = given.get("folders");
  const stray = [...given.keys()].find((key) => key !== "version" && key !== "folders");
  if (given.get("version") !== version) throw invalid(file, `has no "version": ${version}`, hint);
  if (stray !== undefined) throw invalid(file, `has a key "${stray}", of which nothing is known`, hint);
  if (!Array.isArray(folders) || !folders.every(isAbsolute)) {
    throw invalid(file, 'has no "folders" that are all absolute paths', hint);
  }
  return folders;
}

function isAbsolute(folder: unknown): folder is string {
  return typeof folder === "string" && path.isAbsolute(folder);
}

function makeRecordFolder(folder: string): void {
  try {
    makeFolder(fs, folder, 0o755);
  } catch (error) {
    const code = errnoOf(error) ?? "unknown error";
    throw new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `the folder "${folder}" cannot be made (${code})`, {
      cause: error,
    });
  }
}

function invalid(file: string, reason: string, hint: string, cause?: unknown): ConfigManagerError {
  const message = `the record of trusted folders, "${file}", ${reason}`;
  return new ConfigManagerError("CM_CONFIG_INVALID", message, { hint, details: { file }, cause });
}
