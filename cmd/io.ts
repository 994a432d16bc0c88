/** A stream of the program, as commands see it. */
export interface Output {
  /**
   * Resolves when the bytes are handed to the system; a closed pipe (`| head`) resolves and drops the rest.
   * Rejects with CM_OUTPUT_UNWRITABLE when they cannot be written.
   */
  readonly write: (chunk: string | Uint8Array) => Promise<void>;
  /** As `write`, several chunks at once and none of them copied: they must not change before it is over. */
  readonly writeAll: (chunks: readonly Uint8Array[]) => Promise<void>;
  /** True when a write has found that nobody reads any more. */
  readonly isClosed: boolean;
  /** Leaves the stream as it was found, for another process that goes on with it. */
  readonly handOver: () => void;
  readonly isTerminal: boolean;
  /** Width in characters; 80 where it is not a terminal. */
  readonly columns: number;
}

/** Everything outside the program that a command may touch, made by `main.ts` alone. */
export interface Io {
  /** Data goes here and nothing else. */
  readonly stdout: Output;
  /** Everything else. */
  readonly stderr: Output;
  /** All of standard input. Rejects with CM_INPUT_UNREADABLE, or with the reason of `signal`. */
  readonly readStdin: () => Promise<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  /** Asks a question on the terminal, on stderr, and reads one line that is not shown. Rejects with the reason of `signal`. */
  readonly readSecret: (question: string) => Promise<Uint8Array>;
  /**
   * Asks a question on the terminal, on stderr, and reads one line; empty when the terminal has no more. Resolves with undefined,
   * and nothing is shown, where nobody can be asked: standard input or standard error is no terminal, or the former was read as
   * data. Rejects with the reason of `signal`.
   */
  readonly readAnswer: (question: string) => Promise<string | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly home: string | undefined;
  /**
   * From now on signals go to the listener and do not abort `signal`: those that end a run, and those that mean something to
   * a program that is run here. Returns how to take that back.
   */
  readonly takeSignals: (listener: (signal: NodeJS.Signals) => void) => () => void;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; the reason is a CM_CANCELED error of `canceledBy`. */
  readonly signal: AbortSignal;
  /** This process. */
  readonly pid: number;
  /** Whether a process with that number is there, whoever's it is. */
  readonly isAlive: (pid: number) => boolean;
  /** Calls back, synchronously, when this process ends in whatever way it can notice; returns how to take that back. */
  readonly onProcessExit: (callback: () => void) => () => void;
}
