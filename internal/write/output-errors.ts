import { dirname } from "node:path";
import { errnoOf } from "../errors/errno.ts";
import { ConfigManagerError, isConfigManagerError } from "../errors/errors.ts";

/** What was being done: making the temporary file, putting it in its place, or anything else. */
export type OutputStep = "create" | "rename" | "write";

/**
 * CM_OUTPUT_UNWRITABLE for an error of the file system; anything else, such as the reason of an abort, as it is.
 * `path` is the output as the user named it.
 */
export function unwritable(error: unknown, path: string, step: OutputStep): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  const { reason, hint } = faultsOfStep[step][code] ?? faults[code] ?? { reason: code, hint: otherPlace };
  return new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `output "${path}" cannot be written: ${reason}`, {
    hint: hint.replace("FOLDER", () => `"${dirname(path)}"`),
    details: { path, errno: code },
    cause: error,
  });
}

/** Outputs that are named one by one. */
const maxNamed = 20;

/**
 * An error that ended a run between its outputs, with what was replaced by then and what was not, in their order; as it is
 * when nothing was, or when it is none of ours.
 */
export function partlyWritten(error: unknown, written: readonly string[], left: readonly string[]): unknown {
  if (!isConfigManagerError(error) || written.length === 0) return error;
  const total = written.length + left.length;
  const advice = error.code === "CM_CANCELED" ? "run it again" : "correct that and run it again";
  const lines = [
    `${advice}: ${written.length} of ${total} files were replaced, each of them whole`,
    `replaced: ${namedFiles(written)}`,
    `not replaced: ${namedFiles(left)}`,
  ];
  return new ConfigManagerError(error.code, error.message, {
    hint: [...(error.hint === undefined ? [] : [error.hint]), ...lines].join("\n"),
    details: { ...error.details, written: written.slice(0, maxNamed), left: left.slice(0, maxNamed) },
    cause: error,
  });
}

function namedFiles(names: readonly string[]): string {
  const named = names.slice(0, maxNamed).map((name) => `"${name}"`);
  return named.join(", ") + (names.length > maxNamed ? ` and ${names.length - maxNamed} more` : "");
}

interface Fault {
  readonly reason: string;
  readonly hint: string;
}

const otherPlace = 'name another file, or write to standard output with "-p stdout"';
const redirect = 'write to standard output with "-p stdout" and redirect that into the file';

const faults: Readonly<Record<string, Fault>> = {
  EACCES: { reason: "permission denied", hint: otherPlace },
  EPERM: { reason: "the operation is not permitted", hint: otherPlace },
  EROFS: { reason: "the file system is read-only", hint: redirect },
  ENOENT: { reason: "its folder does not exist", hint: "create the folder FOLDER" },
  EEXIST: { reason: "a part of its path is no folder", hint: "name a file in a folder" },
  ENOTDIR: { reason: "a part of its path is no folder", hint: "name a file in a folder" },
  EISDIR: { reason: "it is a folder", hint: "name a file in it" },
  ELOOP: { reason: "its symbolic links lead in a circle", hint: "correct the links, or name another file" },
  ENAMETOOLONG: { reason: "its name is too long", hint: "name another file" },
  ENOSPC: { reason: "the disk is full", hint: "make room, or name a file on another disk" },
  EDQUOT: { reason: "the disk quota is used up", hint: "make room, or name a file on another disk" },
  EFBIG: {
    reason: "the file would be larger than is allowed",
    hint: "raise the limit (ulimit -f), or name a file elsewhere",
  },
  EPIPE: { reason: "its reader has gone", hint: "keep the reader of the pipe running" },
  ENXIO: { reason: "nothing listens there", hint: otherPlace },
  ETXTBSY: { reason: "it is a program that is running", hint: "name another file" },
  EMFILE: { reason: "too many files are open", hint: "raise the limit (ulimit -n)" },
};

// A file that is mounted by itself, as containers do, can be written to but not replaced.
const cannotBeReplaced: Fault = {
  reason: "it cannot be replaced, as a file that is mounted by itself",
  hint: redirect,
};

const closedFolder: Fault = { reason: "no file can be made in its folder, permission denied", hint: redirect };

const faultsOfStep: Readonly<Record<OutputStep, Readonly<Record<string, Fault>>>> = {
  create: { EACCES: closedFolder, EPERM: closedFolder },
  rename: {
    EBUSY: cannotBeReplaced,
    EXDEV: cannotBeReplaced,
    EPERM: { reason: "it cannot be replaced", hint: redirect },
    EACCES: { reason: "it cannot be replaced", hint: redirect },
  },
  write: {},
};
