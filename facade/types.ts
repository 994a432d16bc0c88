/** What the facade takes and gives: the types of the library door. */
import type { ErrorCode } from "../internal/errors/codes.ts";
import type { ConfigManagerError, Place, Warning } from "../internal/errors/errors.ts";
import type { TokenReference } from "../internal/token/token.ts";
import type { LineRange } from "../internal/write/compare.ts";
import type { EscapeFormat } from "../internal/write/escape/formats.ts";
import type { SplicedBlocks } from "../internal/write/splice.ts";

export type { LineRange } from "../internal/write/compare.ts";

/** How one call is made. */
export interface CallOptions {
  /** Ends the call; it rejects with one CM_CANCELED, or with the error that is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How values are written into the inputs of a call. */
export interface RenderOptions extends CallOptions {
  /**
   * The format that values are written for, so that each stays one value of the text around it: one of `json`, `yaml`, `xml`,
   * `toml`, `properties`, `dotenv`, `shell`; `auto` goes by the name of each file. `none`, as they are, unless set.
   */
  readonly escape?: EscapeFormat | "auto";
}

/** How an input is named in places, and written. */
export interface InputOptions extends RenderOptions {
  /** The file as the user named it. */
  readonly file?: string;
}

/** How a text is scanned. */
export interface ScanOptions extends InputOptions {
  /** Known too, though no plugin of theirs is there. */
  readonly prefixes?: readonly string[];
}

/** One of several inputs. */
export interface TextInput {
  readonly bytes: Uint8Array;
  /** The file as the user named it, for places. */
  readonly file?: string | undefined;
  /** How values are written into this one; as the call says unless set. */
  readonly escape?: EscapeFormat | "auto" | undefined;
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

/** What became of one token of a run; never its value. */
export interface TokenReport extends Omit<ScannedToken, "place"> {
  /** Absent for a token that came from no input. */
  readonly place?: Place;
  /** `default`: the text of `default=` was taken; `left`: softened, the token stays as it is. */
  readonly status: "resolved" | "default" | "left" | "failed";
  /** The prefix of the store that answered: of a composite store one of its own. Absent when none did. */
  readonly answeredBy?: string;
  /** The store's own version, when it has one. */
  readonly version?: string;
  readonly expiresAt?: Date;
  /** Milliseconds from handing the request over to the answer. */
  readonly tookMs?: number;
  readonly isEmpty?: true;
  /** The code of the error of a token that is `left` or `failed`. */
  readonly code?: ErrorCode;
}

/** A rendered input in blocks, for callers that write it without holding it whole. */
export interface RenderedBlocks {
  /** Each block is valid until the next one is taken. */
  readonly blocks: SplicedBlocks;
  readonly warnings: readonly Warning[];
}

/** Several rendered inputs, in the order given. */
export interface RenderedInputs {
  readonly outputs: readonly SplicedBlocks[];
  readonly warnings: readonly Warning[];
}

/** What `explain` found out. */
export interface Explanation extends ScanReport {
  readonly reports: readonly TokenReport[];
}

/** An input, and what was rendered from it before. */
export interface ComparedInput extends TextInput {
  /** Undefined when there is nothing yet. */
  readonly existing?: Uint8Array | undefined;
}

/** Where one rendered input differs from what is there; never what it holds. */
export interface InputComparison {
  readonly status: "same" | "changed" | "new";
  /** The tokens whose text would change; all of them when there is nothing yet. */
  readonly tokens: readonly ScannedToken[];
  /** Lines of what is there that differ outside of tokens. */
  readonly lines: readonly LineRange[];
}

/** What `compare` found, in the order of the inputs. */
export interface Comparison {
  readonly inputs: readonly InputComparison[];
  readonly warnings: readonly Warning[];
}

/** How inputs are checked. */
export interface CheckOptions extends CallOptions {
  /** Ask the stores too, and throw the values away; false unless set. */
  readonly resolve?: boolean;
  /** A value that expires before it is a finding, CM_VALUE_EXPIRES. Nothing without `resolve`. */
  readonly expiresBefore?: Date;
}

/** One thing that a check found: what would end a run is an error. */
export type Finding =
  | { readonly level: "error"; readonly problem: ConfigManagerError }
  | { readonly level: "warning"; readonly problem: Warning };

/** What a check found. */
export interface CheckReport {
  /** In the order of the inputs, and in each of the document. */
  readonly findings: readonly Finding[];
  readonly tokenCount: number;
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

/** One value to write. */
export interface PutItem {
  /** Where to: a token, with a key path where the store can write at one. */
  readonly token: string;
  readonly data: Uint8Array;
}

/** How values are written. */
export interface PutOptions extends CallOptions {
  /** Fail with CM_STORE_EXISTS where there is a value; false unless set. */
  readonly createOnly?: boolean;
  /** Takes each result as it comes: a call that is canceled returns none of what was written until then. */
  readonly onResult?: (result: PutResult) => Promise<void> | void;
}

/** What became of one value to write. */
export interface PutResult {
  readonly reference: TokenReference;
  /** The version written, when the store has one. */
  readonly version?: string;
  /** Why it was not written. */
  readonly error?: ConfigManagerError;
}

/** How values are copied into another store. */
export interface SyncOptions extends Omit<PutOptions, "onResult"> {
  /** Ask for the values, look at everything, and write nothing; false unless set. */
  readonly dryRun?: boolean;
  /** As that of `PutOptions`. */
  readonly onResult?: (result: SyncResult) => Promise<void> | void;
}

/** One value that was copied, and why not when it was not; `reference` is where to. */
export interface SyncResult extends PutResult {
  /** What was asked for it: a prefix, a path and metadata as tokens have them. */
  readonly sources: readonly string[];
}

/** What became of a copy, in the order in which the tokens came. */
export interface SyncReport {
  readonly results: readonly SyncResult[];
  readonly warnings: readonly Warning[];
}

/** One value below a path. */
export interface ListedBelow {
  readonly prefix: string;
  /** By which the value is asked for. */
  readonly path: string;
  /** What of it lies below the path that was named; without a slash at its beginning. */
  readonly below: string;
  readonly value: Uint8Array;
  readonly version?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/** What lies below some paths, in the order of the paths and then by name. */
export interface ListedValues {
  readonly values: readonly ListedBelow[];
  readonly warnings: readonly Warning[];
}
