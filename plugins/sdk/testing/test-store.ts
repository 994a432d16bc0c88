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

/** What a store answers. */
export type TestAnswer =
  | {
      readonly ok: true;
      readonly data: Uint8Array;
      /** Empty when the store has none, and on app protocol 1. */
      readonly version: string;
      readonly expiresAt: Date | undefined;
    }
  | {
      readonly ok: false;
      /** gRPC's name of the code: `NOT_FOUND`, `PERMISSION_DENIED`, … */
      readonly code: string;
      readonly message: string;
      /** Empty when there is none, and on app protocol 1. */
      readonly hint: string;
    };

/** A store that can be asked; to be closed. */
export interface TestStore {
  /** Answers in the order of the requests; rejects with the reason of the signal, or when the plugin itself breaks. */
  readonly ask: (requests: readonly TestRequest[], signal?: AbortSignal) => Promise<readonly TestAnswer[]>;
  /** Tears the store down; an executable has to exit with 0 within two seconds, else this rejects. */
  readonly close: () => Promise<void>;
}
