/** Rung by events and by the clock; whoever waits hears one ring for a row of events. */
export interface Bell {
  readonly ring: () => void;
  /** Resolves when events have settled, or when it is time; rejects with the signal's reason. */
  readonly wait: () => Promise<"files" | "time">;
  readonly end: () => void;
}

/** Without an event for so long they have settled: an editor's save is a row of them. */
const settleMs = 50;

/** Events that never settle, as of a log that grows, are heard at last. */
const longestMs = 500;

/** A bell that rings by itself every `everyMs`, counted from the end of what the last ring has started. */
export function createBell(signal: AbortSignal, everyMs: number | undefined): Bell {
  let firstAt: number | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: ((reason: "files" | "time") => void) | undefined;

  const settle = (): void => {
    if (waiting === undefined || firstAt === undefined) return;
    clearTimeout(settling);
    const left = firstAt + longestMs - performance.now();
    settling = setTimeout(() => waiting?.("files"), Math.max(0, Math.min(settleMs, left)));
  };
  const clear = (): void => {
    clearTimeout(settling);
    clearTimeout(timer);
    waiting = undefined;
  };
  return {
    ring() {
      firstAt ??= performance.now();
      settle();
    },
    async wait() {
      signal.throwIfAborted();
      let onAbort = (): void => {};
      try {
        return await new Promise<"files" | "time">((resolve, reject) => {
          onAbort = () => reject(signal.reason as Error);
          signal.addEventListener("abort", onAbort, { once: true });
          waiting = resolve;
          if (everyMs !== undefined) timer = setTimeout(resolve, everyMs, "time");
          // What was rung while nobody waited.
          settle();
        });
      } finally {
        signal.removeEventListener("abort", onAbort);
        firstAt = undefined;
        clear();
      }
    },
    end: clear,
  };
}
