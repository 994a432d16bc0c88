import { expect, it } from "vitest";
import { waitFor } from "./wait-for.ts";

const reason = new Error("no longer wanted");
const never = new Promise<never>(() => {});

it("gives what the work gives, or rejects as it does", async () => {
  const { signal } = new AbortController();
  expect(await waitFor(Promise.resolve(7), signal)).toBe(7);
  await expect(waitFor(Promise.reject(reason), signal)).rejects.toBe(reason);
});

it("ends with the reason of the signal, also of one that is aborted already", async () => {
  const controller = new AbortController();
  const waiting = waitFor(never, controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(waitFor(never, controller.signal)).rejects.toBe(reason);
});

it("leaves the work to the others, and none of its rejections unhandled", async () => {
  const controller = new AbortController();
  let fail = (_error: Error): void => {};
  const work = new Promise<never>((_resolve, reject) => (fail = reject));
  const left = waitFor(work, controller.signal);
  controller.abort(reason);
  await expect(left).rejects.toBe(reason);
  fail(new Error("too late for anybody"));
  // An unhandled rejection would be seen by now.
  await new Promise((resolve) => setImmediate(resolve));
});
