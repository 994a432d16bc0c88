import { describe, expect, it } from "vitest";
import { isStoreError } from "../errors.ts";
import { createCalls, type Verdict } from "./calls.ts";

class ServiceError extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(typeof verdict === "string" ? verdict : verdict.retry);
    this.verdict = verdict;
  }
}

const judge = (error: unknown): Verdict => (error instanceof ServiceError ? error.verdict : "final");
const { signal } = new AbortController();

describe("calls to a service", () => {
  it("gives what the work gives", async () => {
    expect(await createCalls({ judge }).run(async () => 7, signal)).toBe(7);
  });

  it.each<{ name: string; verdict: Verdict; expected: number }>([
    { name: "a final error once", verdict: "final", expected: 1 },
    { name: "a transient error three times", verdict: "transient", expected: 3 },
    { name: "throttling five times, as it is told here", verdict: "throttled", expected: 5 },
    { name: "throttling with a delay likewise", verdict: { retry: "throttled", afterMs: 1 }, expected: 5 },
  ])("tries $name", async ({ verdict, expected }) => {
    let tries = 0;
    const calls = createCalls({ judge, baseDelayMs: 1, throttledAttempts: 5 });
    const work = async (): Promise<never> => {
      tries++;
      throw new ServiceError(verdict);
    };
    await expect(calls.run(work, signal)).rejects.toBeInstanceOf(ServiceError);
    expect(tries).toBe(expected);
  });

  it("gives the value of a later try", async () => {
    let tries = 0;
    const work = async (): Promise<number> => {
      if (++tries < 3) throw new ServiceError("transient");
      return tries;
    };
    expect(await createCalls({ judge, baseDelayMs: 1 }).run(work, signal)).toBe(3);
  });

  it("has no more going on than it may, and halves that once for a burst of throttling", async () => {
    const calls = createCalls({ judge, concurrency: 8, baseDelayMs: 1 });
    let active = 0;
    const seen: number[] = [];
    const throttledOnce = new Set<number>();
    const run = (id: number): Promise<number> =>
      calls.run(async () => {
        active++;
        seen.push(active);
        await new Promise((resolve) => setImmediate(resolve));
        active--;
        if (id < 8 && !throttledOnce.has(id)) {
          throttledOnce.add(id);
          throw new ServiceError("throttled");
        }
        return id;
      }, signal);
    const ids = Array.from({ length: 40 }, (_value, id) => id);
    expect(await Promise.all(ids.map(run))).toEqual(ids);
    expect(Math.max(...seen.slice(0, 8))).toBe(8);
    expect(Math.max(...seen.slice(8))).toBe(4);
  });

  it("lets nobody go on while the service asks to wait", async () => {
    const calls = createCalls({ judge, concurrency: 1, baseDelayMs: 1 });
    let throttledAt = 0;
    const first = calls.run(async () => {
      if (throttledAt !== 0) return;
      throttledAt = performance.now();
      throw new ServiceError({ retry: "throttled", afterMs: 60 });
    }, signal);
    const second = calls.run(async () => performance.now(), signal);
    await first;
    // A timer of Node may be a millisecond early.
    expect((await second) - throttledAt).toBeGreaterThan(58);
  });

  it("ends a try that takes too long, and says so when all do", async () => {
    const calls = createCalls({ judge, attempts: 2, attemptTimeoutMs: 5, baseDelayMs: 1 });
    let tries = 0;
    const work = (attempt: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        tries++;
        attempt.addEventListener("abort", () => reject(new Error("aborted, as some client says it")));
      });
    const error: unknown = await calls.run(work, signal).catch((error: unknown) => error);
    expect(isStoreError(error) && error.kind).toBe("timedOut");
    expect(tries).toBe(2);
  });

  it("tries no more when the time of the call is over", async () => {
    let tries = 0;
    const calls = createCalls({ judge, attempts: 1000, callTimeoutMs: 1, baseDelayMs: 100 });
    const work = async (): Promise<never> => {
      tries++;
      throw new ServiceError({ retry: "transient", afterMs: 10 });
    };
    await expect(calls.run(work, signal)).rejects.toThrow("transient");
    expect(tries).toBe(1);
  });

  it("ends with the reason of its signal, also while it waits for its turn or for the next try", async () => {
    const reason = new Error("no longer wanted");
    const calls = createCalls({ judge, concurrency: 1 });
    const abort = new AbortController();
    const atWork = calls.run(
      (attempt) =>
        new Promise((_resolve, reject) => attempt.addEventListener("abort", () => reject(attempt.reason as Error))),
      abort.signal,
    );
    const waiting = calls.run(async () => 1, abort.signal);
    const both = Promise.allSettled([atWork, waiting]);
    abort.abort(reason);
    expect(await both).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
    await expect(calls.run(async () => 1, abort.signal)).rejects.toBe(reason);

    const backingOff = new AbortController();
    const work = async (): Promise<never> => {
      setImmediate(() => backingOff.abort(reason));
      throw new ServiceError({ retry: "transient", afterMs: 20_000 });
    };
    await expect(calls.run(work, backingOff.signal)).rejects.toBe(reason);
    expect(await calls.run(async () => "the place is free again", signal)).toBe("the place is free again");
  });
});
