import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigManagerError } from "../../internal/errors/errors.ts";

/** An error after which another try may help. */
export class TransientError extends Error {
  readonly error: ConfigManagerError;
  /** How long the source asks to wait. */
  readonly afterMs: number | undefined;

  constructor(error: ConfigManagerError, afterMs?: number) {
    super(error.message);
    this.error = error;
    this.afterMs = afterMs;
  }
}

/** How often something is tried in all. */
const attempts = 3;
const baseDelayMs = 250;

/** Does work again as long as that may help; rejects with its last error, unwrapped, and with the reason of the signal. */
export async function retrying<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!(thrown instanceof TransientError)) throw thrown;
      if (attempt === attempts) throw thrown.error;
      // Of chance, so that those who were turned away together do not come back together.
      const delayMs = baseDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      const options = signal && { signal };
      await sleep((thrown.afterMs ?? 0) + delayMs, undefined, options).catch(() => signal?.throwIfAborted());
    }
  }
}
