import { badRequest } from "configmanager/plugin";

/** The name that a path means: the path itself. Throws `badRequest` for an empty one and for control characters. */
export function toName(path: string): string {
  if (path === "") throw badRequest("a value needs a name", { hint: "write LOCAL://name" });
  if (/\p{Cc}/u.test(path)) throw badRequest("a name holds no control characters");
  return path;
}

/** Whether a name is listed at a path: names are paths of folders for this alone, and the empty path is above all. */
export function isBelow(name: string, path: string, recursive: boolean): boolean {
  const folder = path === "" || path.endsWith("/") ? path : `${path}/`;
  if (!name.startsWith(folder) || name.length === folder.length) return false;
  return recursive || !name.includes("/", folder.length);
}
