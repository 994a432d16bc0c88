import { badRequest } from "configmanager/plugin";

/** The variable that a path names. Throws `badRequest` for what cannot be a name. */
export function toVariableName(path: string): string {
  if (path === "") throw badRequest("a variable needs a name", { hint: "write ENV://HOME" });
  if (path.includes("\0")) throw badRequest("a variable's name holds no NUL");
  const end = path.search(/[/=]/);
  if (end === -1) return path;
  throw badRequest(`"${path}" is not the name of a variable`, { hint: `write ENV://${correct(path, end)}` });
}

// A token that has run on into what was meant to stand behind it is ended by empty brackets; a leading slash is from elsewhere.
function correct(path: string, end: number): string {
  return end === 0 ? path.replace(/^[/=]+/, "") || "HOME" : `${path.slice(0, end)}[]${path.slice(end)}`;
}
