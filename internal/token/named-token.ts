import { ConfigManagerError } from "../errors/errors.ts";
import { parseToken } from "./scanner.ts";
import type { TokenReference, TokenSyntax } from "./token.ts";

/** What one `-t` says: a token, and the name it was given, if any. */
export interface NamedToken {
  readonly name: string | undefined;
  readonly reference: TokenReference;
}

/**
 * Reads `TOKEN` or `NAME=TOKEN`, where NAME is a POSIX name and what follows begins with a known prefix.
 *
 * Throws CM_USAGE for anything else, and what `parseToken` throws for a faulty token.
 */
export function parseNamedToken(text: string, syntax: TokenSyntax): NamedToken {
  if (beginsWithPrefix(text, syntax)) return { name: undefined, reference: parseToken(text, syntax) };
  const named = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/.exec(text);
  const [, name, token] = named ?? [];
  if (name === undefined || token === undefined || !beginsWithPrefix(token, syntax)) {
    throw new ConfigManagerError("CM_USAGE", `"${text}" is no token`, {
      hint: `write PREFIX${syntax.tokenSeparator}path or NAME=PREFIX${syntax.tokenSeparator}path with one of the known prefixes: ${[...syntax.prefixes].join(", ")}`,
    });
  }
  return { name, reference: parseToken(token, syntax) };
}

function beginsWithPrefix(text: string, { tokenSeparator, prefixes }: TokenSyntax): boolean {
  const separatorAt = text.indexOf(tokenSeparator);
  return separatorAt > 0 && prefixes.has(text.slice(0, separatorAt));
}
