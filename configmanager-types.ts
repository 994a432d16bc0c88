/** What the facade takes and gives: the types of the library door. */
import type { ConfigManagerError, Place, Warning } from "./internal/errors/errors.ts";
import type { TokenReference } from "./internal/token/token.ts";

/** How one call is made. */
export interface CallOptions {
  /** Ends the call; it rejects with one CM_CANCELED, or with the error that is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How an input is named in places. */
export interface InputOptions extends CallOptions {
  /** The file as the user named it. */
  readonly file?: string;
}

/** A token as a scan reports it. */
export interface ScannedToken {
  /** As written, prefix to closing bracket. */
  readonly text: string;
  readonly prefix: string;
  /** What the store is asked for, percent-decoded. */
  readonly path: string;
  /** The decoded segments of the key path; absent when there is none. */
  readonly keyPath?: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly default?: string;
  readonly as?: readonly string[];
  readonly place: Place;
}

/** What `scan` found, everything in document order. */
export interface ScanReport {
  readonly tokens: readonly ScannedToken[];
  readonly errors: readonly ConfigManagerError[];
  readonly warnings: readonly Warning[];
}

/** A rendered input in blocks, for callers that write it without holding it whole. */
export interface RenderedBlocks {
  /** Each block is valid until the next one is taken. */
  readonly blocks: Iterable<Uint8Array>;
  readonly warnings: readonly Warning[];
}

/** One token asked by `retrieve`: a text `TOKEN` or `NAME=TOKEN`, or the two apart. */
export type RetrieveRequest = string | { readonly name?: string; readonly token: string };

/** How tokens are retrieved. */
export interface RetrieveOptions extends CallOptions {
  /** Refuse a token from which no variable's name can be made, before any store is asked; false unless set. */
  readonly needsNames?: boolean;
}

/** One token's value. */
export interface RetrievedValue {
  /** The name it was given, if any. */
  readonly name?: string;
  readonly reference: TokenReference;
  readonly value: Uint8Array;
}

/** What `retrieve` got, in the order asked; a token that `lax` left out is missing, with a warning. */
export interface RetrievedValues {
  readonly values: readonly RetrievedValue[];
  readonly warnings: readonly Warning[];
}

/**
 * Replaces tokens by the values of stores.
 *
 * Every method rejects with `ConfigManagerErrors`: all errors of the call in document order. Plugins are launched when
 * they are first needed and run until the object is disposed (`await using`, or `[Symbol.asyncDispose]()`).
 */
export interface ConfigManager extends AsyncDisposable {
  /** The tokens of a text; asks no store and launches no plugin. Errors of the text are in the report. */
  scan(input: string | Uint8Array, options?: InputOptions): Promise<ScanReport>;
  /** The text with its tokens replaced: a string for a string, bytes for bytes. A value that is no UTF-8 needs bytes. */
  render(input: string, options?: InputOptions): Promise<string>;
  render(input: Uint8Array, options?: InputOptions): Promise<Uint8Array>;
  /** As `render`, in blocks and with the warnings. */
  renderBlocks(input: Uint8Array, options?: InputOptions): Promise<RenderedBlocks>;
  /** The values of single tokens. */
  retrieve(tokens: readonly RetrieveRequest[], options?: RetrieveOptions): Promise<RetrievedValues>;
  /** Ends the plugins at once and without waiting; for a process that is about to end. */
  killNow(): void;
}
