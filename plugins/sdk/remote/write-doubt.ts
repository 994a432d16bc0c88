import { StoreError } from "../errors.ts";

/** One write, which may be tried several times: knows whether a try that failed may have written all the same. */
export interface WriteDoubt {
  /** Does one try, whose time-out `signal` is. */
  readonly watch: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Whether there has been a try of which nobody knows whether it wrote. */
  readonly isOpen: () => boolean;
  /** The error of the whole write, which says so when it may have been done. */
  readonly settle: (error: StoreError) => StoreError;
}

/** @param didNothing whether the error of a try proves that the try has changed nothing */
export function createWriteDoubt(didNothing: (error: unknown) => boolean): WriteDoubt {
  let open = false;
  return {
    async watch(work, signal) {
      try {
        return await work();
      } catch (error) {
        // Of a request that was given up, nobody knows.
        open ||= signal.aborted || !didNothing(error);
        throw error;
      }
    },
    isOpen: () => open,
    settle(error) {
      if (!open) return error;
      const { kind, message, retryAfterMs, cause } = error;
      const hint = "look at the value before you write again";
      if (kind === "alreadyExists") {
        return new StoreError("failed", `${message}, perhaps by a try of this write that got no answer`, {
          hint,
          cause,
        });
      }
      return new StoreError(kind, `${message}; the value may have been written`, { hint, retryAfterMs, cause });
    },
  };
}
