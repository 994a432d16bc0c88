import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isStoreError, timedOut } from "../errors.ts";

/** Whether an error may go away: not (`final`), perhaps (`transient`), or when less is asked (`throttled`). */
export type Verdict =
  | "final"
  | "transient"
  | "throttled"
  | {
      readonly retry: "transient" | "throttled";
      /** What the service asked for. */ readonly afterMs?: number | undefined;
    };

/** How calls are made. */
export interface CallOptions {
  /** How many go on at once; 16 unless set. Halved each time the service throttles, for the rest of the process's life. */
  readonly concurrency?: number | undefined;
  /** How often a call is tried in all while its errors are transient; 3 unless set. */
  readonly attempts?: number | undefined;
  /** How often a call is tried in all while it is throttled; 8 unless set. */
  readonly throttledAttempts?: number | undefined;
  /** The first back-off is up to so long, each further one up to twice as long as the one before, 5 s at most; 100 unless set. */
  readonly baseDelayMs?: number | undefined;
  /** The same after throttling; as `baseDelayMs` unless set. */
  readonly throttledBaseDelayMs?: number | undefined;
  /** How long one try may take; 15000 unless set. */
  readonly attemptTimeoutMs?: number | undefined;
  /** How long all tries of a call may take together, from the first on; 50000 unless set, so that the reason is known before a host gives up at 60 s. */
  readonly callTimeoutMs?: number | undefined;
  readonly judge: (error: unknown) => Verdict;
}

/** The calls of one process to one service. */
export interface Calls {
  /**
   * Does some work when its turn comes, and again as long as that may help. `work` gets a signal that ends each try.
   * Rejects with the last error of `work`, with `timedOut` when that took too long, or with the reason of `signal`.
   */
  readonly run: <T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>;
}

const maxBackOffMs = 5000;

/**
 * Limiter, retry and back-off of a process: what all official clients would do each for itself. Full jitter; a delay that
 * the service asks for holds everybody up, so that its throttling is never answered with a storm.
 */
export function createCalls(options: CallOptions): Calls {
  const { attempts = 3, throttledAttempts = 8, baseDelayMs = 100, attemptTimeoutMs = 15_000, judge } = options;
  const { throttledBaseDelayMs = baseDelayMs, callTimeoutMs = 50_000 } = options;
  const turns = createTurns(options.concurrency ?? 16);

  return {
    async run(work, signal) {
      // All that a host asks at once listens to one signal.
      setMaxListeners(0, signal);
      let deadline = Infinity;
      const tries = { transient: 0, throttled: 0 };
      for (;;) {
        const turn = await turns.take(signal);
        deadline = Math.min(deadline, performance.now() + callTimeoutMs);
        let kind: "transient" | "throttled";
        let delayMs: number;
        try {
          return await attempt(work, signal, Math.min(attemptTimeoutMs, deadline - performance.now()));
        } catch (error) {
          signal.throwIfAborted();
          const verdict = isAttemptTimeout(error) ? "transient" : judge(error);
          if (verdict === "final") throw error;
          kind = typeof verdict === "string" ? verdict : verdict.retry;
          const asked = typeof verdict === "string" ? undefined : verdict.afterMs;
          const base = kind === "throttled" ? throttledBaseDelayMs : baseDelayMs;
          delayMs = (asked ?? 0) + Math.random() * Math.min(base * 2 ** tries[kind]++, maxBackOffMs);
          if (kind === "throttled") turns.slowDown(turn, asked ?? delayMs);
          const isLast = tries[kind] >= (kind === "throttled" ? throttledAttempts : attempts);
          if (isLast || performance.now() + delayMs >= deadline) throw error;
        } finally {
          turns.release();
        }
        await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
  };
}

async function attempt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const late = attemptTimeout(timeoutMs);
  const timer = setTimeout(() => controller.abort(late), timeoutMs);
  try {
    return await work(controller.signal);
  } catch (error) {
    // A client may have an error of its own for an aborted request.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

const attemptTimeouts = new WeakSet<object>();

function attemptTimeout(timeoutMs: number): Error {
  const error = timedOut(`no answer within ${Math.round(timeoutMs)} ms`, {
    hint: "try again, or look at the health of the service",
  });
  attemptTimeouts.add(error);
  return error;
}

function isAttemptTimeout(error: unknown): boolean {
  return isStoreError(error) && attemptTimeouts.has(error);
}

interface Turns {
  /** Resolves, with the generation of the cap, when one more may go on; rejects with the reason of the signal. */
  readonly take: (signal: AbortSignal) => Promise<number>;
  readonly release: () => void;
  /** Halves the cap, once for all calls that went on under the same one, and lets nobody go on for so long. */
  readonly slowDown: (generation: number, pauseMs: number) => void;
}

function createTurns(concurrency: number): Turns {
  let cap = concurrency;
  let generation = 0;
  let active = 0;
  let pausedUntil = 0;
  let wakeUp: NodeJS.Timeout | undefined;
  const waiting = new Set<() => void>();

  const serve = (): void => {
    const pauseMs = pausedUntil - performance.now();
    if (pauseMs > 0) {
      wakeUp ??= setTimeout(() => {
        wakeUp = undefined;
        serve();
      }, pauseMs);
      return;
    }
    for (const go of waiting) {
      if (active >= cap) return;
      waiting.delete(go);
      active++;
      go();
    }
  };

  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const go = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(generation);
        };
        const leave = (): void => {
          waiting.delete(go);
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(go);
        serve();
      });
    },
    release() {
      active--;
      serve();
    },
    slowDown(throttledGeneration, pauseMs) {
      pausedUntil = Math.max(pausedUntil, performance.now() + pauseMs);
      if (throttledGeneration !== generation) return;
      generation++;
      cap = Math.max(1, Math.floor(cap / 2));
    },
  };
}
