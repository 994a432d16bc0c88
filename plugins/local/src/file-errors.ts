import { denied, failed, isStoreError } from "configmanager/plugin";

/** The name of an error of the file system, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * An error of the file system as one of the store; any other as it is. `what` is what could not be done: `be read`.
 */
export function toStoreError(error: unknown, file: string, what: string): unknown {
  const code = codeOf(error);
  if (isStoreError(error) || code === undefined || code.startsWith("ERR_") || code === "ABORT_ERR") return error;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return denied(`"${file}" cannot ${what}: permission denied`, {
      hint: "look at the permissions of the file and of its folders",
      cause: error,
    });
  }
  const isFolderMissing = code === "ENOENT" || code === "ENOTDIR";
  return failed(`"${file}" cannot ${what}: ${isFolderMissing ? "its folder does not exist" : code}`, { cause: error });
}
