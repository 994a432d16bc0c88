import type { ConfigManagerError } from "../errors/errors.ts";

/** One distinct (path, metadata) that a store is asked for. */
export interface StoreRequest {
  readonly path: string;
  /** Keys in the order of the first token that asked. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The pairs of that token as written, for stores with `metadataFormat: raw`. */
  readonly rawMetadata: string;
}

/** What became of one request: the value, byte for byte, or why there is none. */
export type StoreAnswer =
  | {
      readonly ok: true;
      readonly value: Uint8Array;
      /** The store's own version, when it has one. */
      readonly version?: string | undefined;
      readonly expiresAt?: Date | undefined;
    }
  | { readonly ok: false; readonly error: ConfigManagerError };

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
export interface TokenStore {
  readonly getValues: (requests: readonly StoreRequest[], options?: StoreAskOptions) => Promise<readonly StoreAnswer[]>;
}
