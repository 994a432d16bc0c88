import { type ErrorCode, exitCodeOf } from "../errors/codes.ts";
import type { ConfigManagerError } from "../errors/errors.ts";

/** How far errors of tokens are softened. */
export interface Softening {
  readonly lax: boolean;
  readonly laxAll: boolean;
}

const absentCodes: ReadonlySet<ErrorCode> = new Set(["CM_STORE_NOT_FOUND", "CM_KEY_PATH_NO_MATCH"]);
const laxAllExitCodes: ReadonlySet<number> = new Set([4, 5, 6]);

/**
 * Says whether an error leaves the token in the text, with a warning, instead of ending the run.
 *
 * `lax` softens CM_STORE_NOT_FOUND and CM_KEY_PATH_NO_MATCH; `laxAll` also the rest of exit codes 4 (but not
 * CM_NAME_CONFLICT), 5 and 6. Nothing softens any other code.
 */
export function isSoftened({ code }: Pick<ConfigManagerError, "code">, { lax, laxAll }: Softening): boolean {
  if (absentCodes.has(code)) return lax || laxAll;
  return laxAll && code !== "CM_NAME_CONFLICT" && laxAllExitCodes.has(exitCodeOf[code]);
}
