import { describe, expect, it } from "vitest";
import { alreadyExists, failed, unavailable } from "../errors.ts";
import { createWriteDoubt } from "./write-doubt.ts";

describe("createWriteDoubt", () => {
  const { signal } = new AbortController();
  const refused = new Error("refused");
  const lost = new Error("lost");
  const create = () => createWriteDoubt((error) => error === refused);

  it("has no doubt after tries that did nothing, and leaves the error as it is", async () => {
    const doubt = create();
    await expect(doubt.watch(() => Promise.reject(refused), signal)).rejects.toBe(refused);
    const error = failed("no");
    expect([doubt.isOpen(), doubt.settle(error)]).toEqual([false, error]);
  });

  it("keeps a doubt through a later try that did nothing, and says so", async () => {
    const doubt = create();
    await expect(doubt.watch(() => Promise.reject(lost), signal)).rejects.toBe(lost);
    await expect(doubt.watch(() => Promise.reject(refused), signal)).rejects.toBe(refused);
    expect(doubt.isOpen()).toBe(true);
    expect(doubt.settle(unavailable("no answer", { retryAfterMs: 5 }))).toMatchObject({
      kind: "unavailable",
      message: "no answer; the value may have been written",
      retryAfterMs: 5,
    });
  });

  it("does not take its own value for somebody else's", async () => {
    const doubt = create();
    await expect(doubt.watch(() => Promise.reject(lost), signal)).rejects.toBe(lost);
    expect(doubt.settle(alreadyExists("a"))).toMatchObject({
      kind: "failed",
      message: '"a" already exists, perhaps by a try of this write that got no answer',
    });
  });

  it("doubts a try that was given up, whatever its error says", async () => {
    const doubt = create();
    await expect(doubt.watch(() => Promise.reject(refused), AbortSignal.abort())).rejects.toBe(refused);
    expect(doubt.isOpen()).toBe(true);
  });

  it("has what a try gives", async () => {
    const doubt = create();
    expect(await doubt.watch(() => Promise.resolve(7), signal)).toBe(7);
    expect(doubt.isOpen()).toBe(false);
  });
});
