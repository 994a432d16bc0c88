import { ConfigManagerError } from "../errors/errors.ts";
import type { TokenReference } from "../token/token.ts";

/** Says whether a reference may be asked. */
export type AllowList = (reference: Pick<TokenReference, "prefix" | "path">) => boolean;

/**
 * The references that `--allow` lets through: those whose `PREFIX://path`, path decoded, matches one of the patterns.
 *
 * `*` stands for anything but `/`, `**` for anything. A path with a `.` or `..` segment matches nothing, because what a
 * store makes of it cannot be told from the pattern. A pattern is written with `://`, whatever separator the input uses.
 * `undefined` allows everything, an empty list nothing.
 */
export function createAllowList(patterns: readonly string[] | undefined): AllowList {
  if (patterns === undefined) return () => true;
  const expressions = patterns.map(toExpression);
  return ({ prefix, path }) =>
    !path.split("/").some((segment) => segment === "." || segment === "..") &&
    expressions.some((expression) => expression.test(`${prefix}://${path}`));
}

/** The error of a reference that may not be asked: CM_TOKEN_FORBIDDEN. */
export function forbiddenError(reference: TokenReference): ConfigManagerError {
  return new ConfigManagerError("CM_TOKEN_FORBIDDEN", `"${reference.text}" is not among what may be asked`, {
    token: reference.text,
    hint: `allow "${reference.prefix}://${reference.path}" with --allow or with allow: in the configuration`,
    details: { prefix: reference.prefix, path: reference.path },
  });
}

// Runs of two or more stars are one `**`, so that no two wild parts stand side by side and compete for the same text.
function toExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*{2,}|\*|[^*]+/g, (part) => {
    if (part === "*") return "[^/]*";
    return part.startsWith("*") ? "[^]*" : part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "u");
}
