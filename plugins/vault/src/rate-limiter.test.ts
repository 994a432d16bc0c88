import { expect, it } from "vitest";
import { type Clock, createRateLimiter } from "./rate-limiter.ts";

function createClock(): Clock & { advance: (ms: number) => void; readonly waits: number[] } {
  let now = 1000;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    advance: (ms) => void (now += ms),
    wait(ms) {
      waits.push(Math.round(ms));
      return Promise.resolve();
    },
  };
}

const { signal } = new AbortController();

it("lets a burst through at once and the others one by one, in their order", async () => {
  const clock = createClock();
  const take = createRateLimiter({ perSecond: 10, burst: 3 }, clock);
  await Promise.all(Array.from({ length: 6 }, () => take(signal)));
  expect(clock.waits).toEqual([100, 200, 300]);
});

it("saves up for a burst in a pause, and no more than that", async () => {
  const clock = createClock();
  const take = createRateLimiter({ perSecond: 10, burst: 2 }, clock);
  await Promise.all([take(signal), take(signal)]);
  clock.advance(60_000);
  await Promise.all([take(signal), take(signal), take(signal)]);
  expect(clock.waits).toEqual([100]);
});

it("counts what has come in between", async () => {
  const clock = createClock();
  const take = createRateLimiter({ perSecond: 0.5, burst: 1 }, clock);
  await take(signal);
  clock.advance(500);
  await take(signal);
  expect(clock.waits).toEqual([1500]);
});

it("does not go on for somebody who has left", async () => {
  const take = createRateLimiter({ perSecond: 0.001, burst: 1 });
  await take(signal);
  const leaving = new AbortController();
  const taken = take(leaving.signal);
  leaving.abort(new Error("left"));
  await expect(taken).rejects.toThrow("left");
  await expect(take(leaving.signal)).rejects.toThrow("left");
});
