import type { StoreError } from "./errors.ts";

/** One value that the host asks for. Requests that a store gets are distinct. */
export interface StoreRequest {
  /** The path of the token: no prefix, separator, key path or metadata; nothing is added or taken away. */
  readonly path: string;
  /** The metadata of the token, its keys spelled as `metadataKeys` declares them. It has no prototype. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A value: text, bytes, or either with what the store knows about it. */
export type StoreValue =
  | string
  | Uint8Array
  | {
      readonly data: string | Uint8Array;
      /** The store's own version of the value. */
      readonly version?: string | undefined;
      readonly expiresAt?: Date | undefined;
    };

/** What `values` yields, once for each request, in any order. */
export interface StoreResult {
  /** The very object that was handed in. */
  readonly request: StoreRequest;
  readonly value: StoreValue | StoreError;
}

/** A value to write. */
export interface PutRequest extends StoreRequest {
  readonly data: Uint8Array;
  /** Answer `alreadyExists` when there is a value. */
  readonly createOnly: boolean;
}

/** Where values are listed. */
export interface ListRequest extends StoreRequest {
  /** Also what lies deeper than one level below the path. */
  readonly recursive: boolean;
}

/** One value of a listing, under the path by which it is asked for. */
export interface ListedValue {
  readonly path: string;
  readonly value: StoreValue;
}

/** Takes log records, which the host shows by its own level. Text is constant, what varies goes into fields, a value of the store into neither. */
export interface StoreLog {
  readonly trace: (message: string, fields?: StoreLogFields) => void;
  readonly debug: (message: string, fields?: StoreLogFields) => void;
  readonly info: (message: string, fields?: StoreLogFields) => void;
  readonly warn: (message: string, fields?: StoreLogFields) => void;
  readonly error: (message: string, fields?: StoreLogFields) => void;
}

/** Facts of a log record. */
export type StoreLogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a store is given of the world outside. */
export interface StoreContext {
  /** Aborted when the host no longer wants the answer, and when the plugin shuts down. */
  readonly signal: AbortSignal;
  readonly log: StoreLog;
  /** The environment without the variables of the handshake. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** The store's `options` of the configuration; empty when it has none, and before they have come. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A metadata key or an option: what it is for, and whether it must be there. */
export type KeyDeclaration = string | { readonly description: string; readonly required?: boolean | undefined };

/** All of a store but how a value is had. */
export interface StoreDescription {
  /** The usual prefix, `[A-Z][A-Z0-9_]*`; an alias in the configuration may give the plugin another. */
  readonly prefix: string;
  /** The version of the plugin itself. */
  readonly version?: string | undefined;
  /** One line of what the store is. */
  readonly summary?: string | undefined;
  /** The form of a path, for people: `<vault>/<secret name>`. */
  readonly pathForm?: string | undefined;
  /** The metadata keys a request may carry; matched ignoring case, handed over as declared. None unless set. */
  readonly metadataKeys?: Readonly<Record<string, KeyDeclaration>> | undefined;
  /** Take undeclared metadata keys too, as they are written; false unless set. */
  readonly anyMetadata?: boolean | undefined;
  /** The options that the configuration may give the store. None unless set. */
  readonly optionKeys?: Readonly<Record<string, KeyDeclaration>> | undefined;
  /** How many calls of `value` may be pending at once; 16 unless set. */
  readonly concurrency?: number | undefined;
  /** Called once with the options, before any value is asked, and only when there are any. What it throws or returns refuses them. */
  readonly configure?:
    | ((
        options: Readonly<Record<string, unknown>>,
        context: StoreContext,
      ) => Promise<StoreError | void> | StoreError | void)
    | undefined;
  /**
   * Called once, directly after the handshake: the place to load an SDK and make a client. Requests wait for it. When it
   * fails, each of them is answered with its error. It sees no options; `configure` does.
   */
  readonly setUp?: ((context: StoreContext) => Promise<void> | void) | undefined;
  /** Called once before the process ends, which it delays by a second and a half at most. */
  readonly tearDown?: (() => Promise<void> | void) | undefined;
  /** Writes one value; a store without it cannot write. Returns the version written, when the store has one. */
  readonly put?:
    | ((
        request: PutRequest,
        context: StoreContext,
      ) =>
        | Promise<{ readonly version?: string | undefined } | StoreError | void>
        | { readonly version?: string | undefined }
        | StoreError
        | void)
    | undefined;
  /** Every value below a path; a store without it cannot list. What it throws ends the listing. */
  readonly list?: ((request: ListRequest, context: StoreContext) => AsyncIterable<ListedValue>) | undefined;
}

/** A store that is asked for one value at a time. */
export interface SingleValueStore extends StoreDescription {
  /** The value for a request, or why there is none, returned or thrown. */
  readonly value: (
    request: StoreRequest,
    context: StoreContext,
  ) => Promise<StoreValue | StoreError> | StoreValue | StoreError;
  readonly values?: never;
}

/** A store that can ask for several values at once. */
export interface BatchStore extends StoreDescription {
  /**
   * A result for each request, in any order; whatever is still open when it throws gets that error. Called again, perhaps
   * before the last call has ended, when more requests come.
   */
  readonly values: (requests: readonly StoreRequest[], context: StoreContext) => AsyncIterable<StoreResult>;
  readonly value?: never;
}

/** What a plugin author writes: a description, and `value` or `values`. */
export type Store = SingleValueStore | BatchStore;
