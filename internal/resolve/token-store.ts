import type { ConfigManagerError } from "../errors/errors.ts";

/** One distinct (path, metadata) that a store is asked for. */
export interface StoreRequest {
  readonly path: string;
  /** Keys in the order of the first token that asked. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The pairs of that token as written, for stores with `metadataFormat: raw`. */
  readonly rawMetadata: string;
}

/** What is known of an answer beside the value. */
export interface AnswerFacts {
  /** The store's own version, when it has one. */
  readonly version?: string | undefined;
  readonly expiresAt?: Date | undefined;
  /** Milliseconds from handing the request over to the answer. */
  readonly tookMs?: number | undefined;
  /** The prefix of the store that answered, where it is another than the one that was asked. */
  readonly answeredBy?: string | undefined;
}

/** What became of one request: the value, byte for byte, or why there is none. */
export type StoreAnswer = AnswerFacts &
  ({ readonly ok: true; readonly value: Uint8Array } | { readonly ok: false; readonly error: ConfigManagerError });

/** A metadata key or an option that a plugin knows. */
export interface KeyDescription {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

/** What a plugin says of itself. */
export interface StoreDescription {
  /** Its usual prefix. */
  readonly prefix: string;
  /** Its own version; empty when it says none. */
  readonly version: string;
  readonly summary: string;
  /** The form of a path, for people. */
  readonly pathForm: string;
  readonly metadataKeys: readonly KeyDescription[];
  /** It takes metadata keys that it does not name, too. */
  readonly anyMetadata: boolean;
  readonly optionKeys: readonly KeyDescription[];
  readonly canPut: boolean;
  readonly canList: boolean;
}

/** A value to write. */
export interface PutRequest {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
  /** Fail with CM_STORE_EXISTS when there is a value. */
  readonly createOnly: boolean;
}

/** Where values are listed: everything below a path, at any depth. */
export interface ListRequest {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, string>;
}

/** One value of a listing, under the path by which it is asked for. */
export interface ListedValue extends AnswerFacts {
  readonly path: string;
  readonly value: Uint8Array;
}

/** How a store is asked. */
export interface StoreAskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of requests answered so far, for progress. */
  readonly onAnswered?: ((answered: number) => void) | undefined;
}

/**
 * A store as the resolver sees it; that a plugin process answers is not its concern.
 *
 * `getValues` answers every request, in the order asked, and never rejects for one that failed: its answer holds the
 * error. It rejects with the reason of `signal` when that is aborted.
 */
export interface ValueSource {
  readonly getValues: (requests: readonly StoreRequest[], options?: StoreAskOptions) => Promise<readonly StoreAnswer[]>;
}

/** A store with all that can be asked of it. Each call rejects with a coded error, or with the reason of `signal`. */
export interface TokenStore extends ValueSource {
  /** What the plugin says of itself; undefined of one of app protocol 1, which has no words for it. */
  readonly describe: (signal?: AbortSignal) => Promise<StoreDescription | undefined>;
  /** Writes one value and resolves to its version, when the store has one; CM_STORE_UNSUPPORTED when it cannot write. */
  readonly putValue: (request: PutRequest, signal?: AbortSignal) => Promise<string | undefined>;
  /** Every value below a path; CM_STORE_UNSUPPORTED when the store cannot list. */
  readonly listValues: (request: ListRequest, signal?: AbortSignal) => Promise<readonly ListedValue[]>;
}
