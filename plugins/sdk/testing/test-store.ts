import type { Store } from "../store.ts";

/** The store that is tested: in this process, or as the executable that a host would launch. */
export type TestSubject = StoreSubject | ExecutableSubject;

/** What both kinds of subject can be given. */
export interface TestSurroundings {
  /** The store's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The store's working directory, absolute. */
  readonly cwd: string;
  /** As the configuration's `options`; handed over before the first value. App protocol 2 only. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** A store in this process. */
export interface StoreSubject extends TestSurroundings {
  readonly store: Store;
}

/** A built plugin; `env` must hold what it needs to be run, `PATH` as a rule. */
export interface ExecutableSubject extends TestSurroundings {
  readonly executable: string;
  /** 2 unless set. */
  readonly protocol?: 1 | 2 | undefined;
}

/** A value that a store is asked for. */
export interface TestRequest {
  readonly path: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A value that a store answers with. */
export interface TestValue {
  readonly ok: true;
  readonly data: Uint8Array;
  /** Empty when the store has none, and on app protocol 1. */
  readonly version: string;
  readonly expiresAt: Date | undefined;
}

/** Why a store does not answer with a value. */
export interface TestFailure {
  readonly ok: false;
  /** gRPC's name of the code: `NOT_FOUND`, `PERMISSION_DENIED`, … */
  readonly code: string;
  readonly message: string;
  /** Empty when there is none, and on app protocol 1. */
  readonly hint: string;
}

/** What a store answers. */
export type TestAnswer = TestValue | TestFailure;

/** A value that a store is to write. */
export interface TestPutRequest extends TestRequest {
  readonly data: string | Uint8Array;
  /** False unless set. */
  readonly createOnly?: boolean | undefined;
}

/** A listing that a store is asked for. */
export interface TestListRequest extends TestRequest {
  /** True unless set. */
  readonly recursive?: boolean | undefined;
}

/** What a store says of a value that it was to write: the version, empty when it has none, or why it was not written. */
export type TestPutAnswer = { readonly ok: true; readonly version: string } | TestFailure;

/** What a store lists, in its order, or what ended the listing. */
export type TestListAnswer =
  | { readonly ok: true; readonly values: readonly (Omit<TestValue, "ok"> & { readonly path: string })[] }
  | TestFailure;

/** A store that can be asked; to be closed. */
export interface TestStore {
  /** Answers in the order of the requests; rejects with the reason of the signal, or when the plugin itself breaks. */
  readonly ask: (requests: readonly TestRequest[], signal?: AbortSignal) => Promise<readonly TestAnswer[]>;
  /** Writes a value; app protocol 2 only, like `list`. */
  readonly put: (request: TestPutRequest) => Promise<TestPutAnswer>;
  /** All values of a listing, when it has ended. */
  readonly list: (request: TestListRequest) => Promise<TestListAnswer>;
  /** Tears the store down; an executable has to exit with 0 within two seconds, else this rejects. */
  readonly close: () => Promise<void>;
}
