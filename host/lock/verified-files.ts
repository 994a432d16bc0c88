/**
 * The memory of files that were verified: which stamp stands for which checksum, so that a run need not read a hundred
 * megabytes again. A line each in a file of the user's cache folder; whatever is wrong with that file, it is as if it were
 * empty, and a cache folder that cannot be used is none. Called by `lock-guard.ts`.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { errnoOf } from "../../internal/errors/errno.ts";
import type { Logger } from "../../internal/log/logger.ts";
import { type CacheContext, cacheFolder } from "../cache-folder.ts";
import type { HostContext } from "../host-context.ts";
import { makeFolder } from "../../internal/files/make-folder.ts";
import type { Checksum } from "./plugin-lock.ts";

/** What is remembered of verified files. */
export interface VerifiedFiles {
  /** Whether a file of this stamp was found to have this checksum. */
  readonly has: (stamp: string, checksum: Checksum) => boolean;
  /** Remembers files, in this turn; one that cannot be remembered is hashed again by the next run. */
  readonly add: (files: ReadonlyMap<string, Checksum>) => void;
}

const title = "configmanager verified plugins 1";
const maxFiles = 256;
const maxBytes = 1 << 20;
const line = /^[0-9]+(?::-?[0-9]+){4} sha256:[0-9a-f]{64}$/;

/** Opens the memory; it is read when it is first asked. */
export function openVerifiedFiles(context: CacheContext & Pick<HostContext, "uid">, logger: Logger): VerifiedFiles {
  const file = verifiedFilesOf(context);
  let text: string | undefined;
  return {
    has(stamp, checksum) {
      text ??= file === undefined ? "" : readOwn(file, context.uid);
      return text.includes(`\n${stamp} ${checksum}\n`);
    },
    add(files) {
      if (file === undefined || files.size === 0) return;
      try {
        // What another run has added meanwhile is kept; what two write at once, one of them writes again another time.
        text = withFiles(readOwn(file, context.uid), files);
        replaceOwn(file, text, context.uid);
      } catch (error) {
        logger.log("debug", "verified plugins cannot be remembered", { file, reason: errnoOf(error) ?? String(error) });
      }
    },
  };
}

/** Where verified files are remembered; undefined where there is no folder for it. */
export function verifiedFilesOf(context: CacheContext): string | undefined {
  const folder = cacheFolder(context);
  return folder === undefined ? undefined : path.join(folder, "verified-plugins");
}

function withFiles(text: string, files: ReadonlyMap<string, Checksum>): string {
  const added = [...files].map(([stamp, checksum]) => `${stamp} ${checksum}`);
  const kept = text.split("\n").filter((known) => line.test(known) && !files.has(known.split(" ", 1)[0]!));
  return `${[title, ...[...kept, ...added].slice(-maxFiles)].join("\n")}\n`;
}

/** The text of a file that nobody else can have written; empty for anything else. */
function readOwn(file: string, uid: number | undefined): string {
  let descriptor: number | undefined;
  try {
    if (!isOwn(statSync(path.dirname(file)), uid)) return "";
    descriptor = openSync(file, "r");
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes || !isOwn(stats, uid)) return "";
    const text = readFileSync(descriptor, "latin1");
    return text.startsWith(`${title}\n`) ? text : "";
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Throws the file system's errors, and an error when others can write into the folder. */
function replaceOwn(file: string, text: string, uid: number | undefined): void {
  const folder = path.dirname(file);
  makeFolder({ mkdirSync }, folder, 0o700);
  if (!isOwn(statSync(folder), uid)) throw new Error("others can write into the folder");
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx", mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {
      // It was not made.
    }
    throw error;
  }
}

function isOwn(stats: Stats, uid: number | undefined): boolean {
  return uid === undefined || (stats.uid === uid && (stats.mode & 0o022) === 0);
}
