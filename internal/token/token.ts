import type { ConfigManagerError } from "../errors/errors.ts";

/** The changes that `as=` can name, applied to a value before it is written. */
export const transformNames = ["base64", "base64decode", "url", "json", "trim"] as const;

/** One change that `as=` names. */
export type Transform = (typeof transformNames)[number];

/**
 * What a token refers to. Equal token texts of one scan share one object, so a file with 100,000 tokens of
 * 1,000 spellings holds 1,000 of these. A text that is cut short at some of its places has one more for those.
 */
export interface TokenReference {
  /** The token as written, prefix to closing bracket (invalid UTF-8 cannot occur in it). */
  readonly text: string;
  readonly prefix: string;
  /** What the store is asked for, percent-decoded. */
  readonly path: string;
  /** The decoded segments of the key path; undefined when there is none. */
  readonly keyPath: readonly string[] | undefined;
  /** Metadata for the plugin in the order written, decoded, without the host's own keys. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The plugin's pairs as written, joined by `,`, nothing decoded; for stores with `metadataFormat: raw`. */
  readonly rawMetadata: string;
  /** The text of `default=`, decoded; undefined when there is none. */
  readonly defaultText: string | undefined;
  /** The changes of `as=`, in order. */
  readonly transforms: readonly Transform[];
  /** A hint for whatever error this token meets, when it was probably cut short by accident. */
  readonly cutShortHint?: string | undefined;
}

/** One occurrence of a token: byte offsets in the scanned text, and what it refers to. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly reference: TokenReference;
}

/** Something that looked like a token and is an error; offsets in the scanned text. */
export interface ScanProblem {
  readonly start: number;
  readonly end: number;
  /** Without a place; whoever knows the original text adds it. */
  readonly error: ConfigManagerError;
}

/** A warning of the scan. */
export interface ScanWarning {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What a scan found, everything in document order. */
export interface ScanResult {
  readonly tokens: readonly Token[];
  readonly problems: readonly ScanProblem[];
  readonly warnings: readonly ScanWarning[];
}

/** How tokens are spelled. */
export interface TokenSyntax {
  /** Between prefix and path; `://` unless set. */
  readonly tokenSeparator: string;
  /** One character between path and key path; `|` unless set. */
  readonly keySeparator: string;
  /** Known prefixes, upper case. The seven stores are always among them. */
  readonly prefixes: ReadonlySet<string>;
}
