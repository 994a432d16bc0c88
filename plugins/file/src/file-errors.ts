import { badRequest, denied, failed, notFound, type StoreError } from "configmanager/plugin";

/** What an error of the file system means to whoever wanted `path` read or written. */
export function toStoreError(error: unknown, path: string, wanted: "read" | "written" = "read"): StoreError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return notFound(path);
    case "EACCES":
    case "EPERM":
      return denied(`"${path}" may not be ${wanted}`, {
        hint: "look at the permissions of the file and of its folders",
        cause: error,
      });
    case "EISDIR":
      return isDirectory(path);
    case "ELOOP":
      return badRequest(`"${path}" runs in a circle of symbolic links`, { cause: error });
    case "ENAMETOOLONG":
      return badRequest("the path is too long", { cause: error });
    default:
      return failed(`"${path}" could not be ${wanted}: ${String(code ?? error)}`, { cause: error });
  }
}

/** The refusal of a directory. */
export function isDirectory(path: string): StoreError {
  return badRequest(`"${path}" is a directory`, { hint: "name a file in it" });
}
