import { badRequest } from "configmanager/plugin";

/** What a path asks for. */
export interface CommandCall {
  readonly name: string;
  /** All that stands behind the first `/`, as it is; undefined when there is no `/`. */
  readonly argument: string | undefined;
}

/** The command and the argument that a path names. Throws `badRequest` for a path without a name. */
export function toCommandCall(path: string): CommandCall {
  const slash = path.indexOf("/");
  const name = slash === -1 ? path : path.slice(0, slash);
  if (name === "") throw badRequest("a command needs a name", { hint: "write EXEC://name/argument" });
  return { name, argument: slash === -1 ? undefined : path.slice(slash + 1) };
}
