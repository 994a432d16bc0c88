import { ConfigManagerError } from "../errors/errors.ts";
import { parseToken } from "./scanner.ts";
import type { TokenSyntax } from "./token.ts";

/** A path of a store below which there are values. */
export interface StoreLocation {
  /** As it was written. */
  readonly text: string;
  readonly prefix: string;
  /** Decoded; empty for all that the store has. */
  readonly path: string;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads `PREFIX://path/`, or `PREFIX://` for all of a store, with metadata like that of a token.
 *
 * Throws CM_USAGE for anything else, for a key path, and for `default=` and `as=`.
 */
export function parseLocation(text: string, syntax: TokenSyntax): StoreLocation {
  const separatorAt = text.indexOf(syntax.tokenSeparator);
  const known = separatorAt > 0 ? text.slice(0, separatorAt) : "";
  if (!syntax.prefixes.has(known)) {
    throw new ConfigManagerError("CM_USAGE", `"${text}" is no path of a store`, {
      hint: `write PREFIX${syntax.tokenSeparator}path/ with one of the known prefixes: ${[...syntax.prefixes].join(", ")}`,
    });
  }
  if (text.length === separatorAt + syntax.tokenSeparator.length) {
    return { text, prefix: known, path: "", metadata: new Map() };
  }
  const { prefix, path, keyPath, metadata, defaultText, transforms } = parseToken(text, syntax);
  if (keyPath !== undefined || defaultText !== undefined || transforms.length > 0) {
    throw new ConfigManagerError("CM_USAGE", `"${text}" is a token, and no path of a store`, {
      hint: 'leave out the key path, "default=" and "as="',
    });
  }
  return { text, prefix, path, metadata };
}
