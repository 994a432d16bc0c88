import { setTimeout as sleep } from "node:timers/promises";
import type { Rate } from "./go-values.ts";

/** What a limiter needs of time; Node's own unless set. */
export interface Clock {
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Lets through as many callers a second as the rate says, and a burst at once after a pause. Resolves when a caller may
 * go on; rejects with the reason of its signal.
 */
export function createRateLimiter(rate: Rate, clock: Clock = nodeClock): (signal: AbortSignal) => Promise<void> {
  const perMs = rate.perSecond / 1000;
  let left = rate.burst;
  let countedAt = clock.now();
  return async (signal) => {
    signal.throwIfAborted();
    const now = clock.now();
    left = Math.min(rate.burst, left + (now - countedAt) * perMs) - 1;
    countedAt = now;
    // Below zero: others wait too, and this one comes after them.
    if (left < 0) await clock.wait(-left / perMs, signal);
  };
}

const nodeClock: Clock = {
  now: () => performance.now(),
  async wait(ms, signal) {
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
