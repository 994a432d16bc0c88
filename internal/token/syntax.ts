/** A token syntax made ready for the scan: checked, and turned into tables that are asked once for each byte. */
import { ConfigManagerError } from "../errors/errors.ts";
import { createPrefixFinder, isPrefix, type PrefixFinder, sevenStores } from "./prefixes.ts";
import { byteClassesFor } from "./terminators.ts";
import type { TokenSyntax } from "./token.ts";

/** What the scan asks about single bytes and words. */
export interface CompiledSyntax {
  readonly separator: Buffer;
  readonly separatorText: string;
  readonly keySeparator: string;
  readonly keySeparatorByte: number;
  /** For each byte value what it can mean inside a path: `byteClass` bits, 0 for plain. */
  readonly byteClasses: Uint8Array;
  readonly findPrefix: PrefixFinder;
  /** Every known prefix, the seven stores among them. */
  readonly prefixes: ReadonlySet<string>;
  readonly longestPrefix: number;
}

/** Checks and compiles a syntax. Throws CM_TOKEN_SEPARATOR_INVALID or CM_KEY_SEPARATOR_INVALID. */
export function compileSyntax(syntax: TokenSyntax): CompiledSyntax {
  checkTokenSyntax(syntax);
  const separator = Buffer.from(syntax.tokenSeparator);
  const prefixes = new Set([...sevenStores, ...[...syntax.prefixes].filter(isPrefix)]);
  return {
    separator,
    separatorText: syntax.tokenSeparator,
    keySeparator: syntax.keySeparator,
    keySeparatorByte: syntax.keySeparator.charCodeAt(0),
    byteClasses: byteClassesFor(syntax.keySeparator, separator),
    findPrefix: createPrefixFinder(prefixes),
    prefixes,
    longestPrefix: Math.max(...[...prefixes].map((prefix) => prefix.length)),
  };
}

/**
 * Checks the two separators. Throws CM_KEY_SEPARATOR_INVALID unless the key separator is one of U+0021 to U+007E and no
 * letter, digit or one of `_ / % [ ]`; CM_TOKEN_SEPARATOR_INVALID when the token separator is empty, begins with
 * `[A-Za-z0-9_]`, holds white space, a control character or `[`, or is the key separator.
 */
export function checkTokenSyntax({ tokenSeparator, keySeparator }: TokenSyntax): void {
  if (!/^[!-~]$/.test(keySeparator) || /[A-Za-z0-9_/%[\]]/.test(keySeparator)) {
    throw new ConfigManagerError("CM_KEY_SEPARATOR_INVALID", `"${keySeparator}" cannot be the key separator`, {
      hint: 'use one ASCII character that is no blank, letter, digit or one of _ / % [ ], such as "|"',
    });
  }
  const reason = faultOfSeparator(tokenSeparator, keySeparator);
  if (reason !== undefined) {
    throw new ConfigManagerError(
      "CM_TOKEN_SEPARATOR_INVALID",
      `"${tokenSeparator}" cannot be the token separator: ${reason}`,
      {
        hint: 'use a separator such as "://" or "#"',
      },
    );
  }
}

function faultOfSeparator(separator: string, keySeparator: string): string | undefined {
  if (separator === "") return "it is empty";
  if (/^[A-Za-z0-9_]/.test(separator)) return "it begins with a letter, a digit or _";
  if (/\p{White_Space}/u.test(separator)) return "it holds white space";
  if (/[\p{Cc}\p{Cs}]/u.test(separator)) return "it holds a control character";
  if (separator.includes("[")) return 'it holds "["';
  return separator === keySeparator ? "it is the key separator" : undefined;
}
