/** Bounds how much goes on at once; who waits is served in order. */
export interface Limiter {
  /** Takes a place: at once (undefined) when there is one, else when the promise resolves. */
  readonly take: () => Promise<void> | undefined;
  /** Gives a place back. */
  readonly release: () => void;
}

/** A limiter with so many places. */
export function createLimiter(places: number): Limiter {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    take() {
      if (free > 0) {
        free--;
        return undefined;
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      // The place goes straight to whoever waits, so that nobody can come in between.
      if (next === undefined) free++;
      else next();
    },
  };
}
