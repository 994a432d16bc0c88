import { ConfigManagerError } from "../errors/errors.ts";
import type { TokenReference } from "../token/token.ts";

/**
 * The name of a token's variable: the last segment of its path that is not empty, and its key path, joined by `__`.
 *
 * Blanks, `@` and `!` are left out, ASCII letters become upper case, and every other character that a POSIX name cannot
 * have becomes `_`; before a leading digit comes a `_`. Throws CM_USAGE when nothing is left.
 */
export function exportName(reference: TokenReference): string {
  const segment = reference.path.split("/").findLast((part) => part !== "");
  const parts = [segment, reference.keyPath?.join(".")].filter((part) => part !== undefined && part !== "");
  const name = toVariableName(parts.join("__"));
  if (name === "") throw namelessError(reference, "token");
  return name;
}

/** The name of the variable of one key of a token's object, by the same rule. Throws CM_USAGE when nothing is left. */
export function exportKeyName(reference: TokenReference, key: string): string {
  const name = toVariableName(key);
  if (name === "") throw namelessError(reference, "key");
  return name;
}

/** Any text as the name of a variable, by the rule of `exportName`; empty when nothing is left. */
export function toVariableName(text: string): string {
  const name = text
    .replace(/[ \t@!]/g, "")
    .replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    .replace(/[^A-Z0-9_]/gu, "_");
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function namelessError(reference: TokenReference, what: "token" | "key"): ConfigManagerError {
  const message =
    what === "token"
      ? `token "${reference.text}" leaves no name for its variable`
      : `a key in the value of token "${reference.text}" leaves no name for its variable`;
  return new ConfigManagerError("CM_USAGE", message, {
    token: reference.text,
    hint: "give it a name with NAME=TOKEN",
  });
}
