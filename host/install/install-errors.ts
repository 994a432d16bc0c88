import { errnoOf } from "../../internal/errors/errno.ts";
import { ConfigManagerError, isConfigManagerError } from "../../internal/errors/errors.ts";

/** A source that cannot be reached, does not have what was asked for, or answers what it must not. */
export function sourceError(
  message: string,
  hint: string,
  { status, cause }: { readonly status?: number; readonly cause?: unknown } = {},
): ConfigManagerError {
  return new ConfigManagerError("CM_INSTALL_SOURCE", message, {
    hint,
    details: status === undefined ? {} : { status },
    cause,
  });
}

/** Whether a source has said that it has no such file. */
export function isNotThere(error: unknown): boolean {
  return isConfigManagerError(error) && error.details["status"] === 404;
}

const reasons: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  ENOSPC: ["the disk is full", "make room, then try again"],
  EDQUOT: ["your quota is used up", "make room, then try again"],
  EFBIG: ["the file is larger than may be written", "raise the limit on the size of files (ulimit -f)"],
  EACCES: ["you may not", "give yourself the right to write there, or install with --home"],
  EPERM: ["you may not", "give yourself the right to write there, or install with --home"],
  EROFS: ["the file system is read-only", "install with --home, or set CONFIGMANAGER_DIR"],
  ENOTDIR: ["a file is where a folder should be", "move it away"],
  EISDIR: ["a folder is where the file should be", "move it away"],
  EEXIST: ["a file is where a folder should be", "move it away"],
};

/** What an error of the file system means for a file that was to be placed; other errors stay as they are. */
export function toPlacingError(error: unknown, file: string): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  const [text, hint] = reasons[code] ?? ["see the reason", "see the reason, then try again"];
  return new ConfigManagerError("CM_INSTALL_FAILED", `"${file}" cannot be placed: ${text} (${code})`, {
    hint: `${hint}; nothing was changed`,
    details: { file },
    cause: error,
  });
}
