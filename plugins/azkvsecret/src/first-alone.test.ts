import { describe, expect, it } from "vitest";
import { FirstAlone } from "./first-alone.ts";

const alive = new AbortController().signal;

function deferred(): { promise: Promise<string>; resolve: (value: string) => void; reject: (error: Error) => void } {
  let resolve!: (value: string) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<string>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Lets everything run that does not wait for the world. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe("the first of several calls", () => {
  it("goes alone until it says that all may go", async () => {
    const calls = new FirstAlone(() => true);
    const first = deferred();
    const began: string[] = [];
    const one = calls.run(() => (began.push("one"), first.promise), alive);
    const two = calls.run(async () => (began.push("two"), "2"), alive);
    await settled();
    expect(began).toEqual(["one"]);
    calls.letAllGo();
    expect(await two).toBe("2");
    first.resolve("1");
    expect(await one).toBe("1");
    expect(await calls.run(async () => "3", alive)).toBe("3");
  });

  it("lets all go when it is done", async () => {
    const calls = new FirstAlone(() => true);
    const results = [1, 2, 3].map((number) => calls.run(async () => number, alive));
    expect(await Promise.all(results)).toEqual([1, 2, 3]);
  });

  it("fails for all when its error concerns all, and the next one is a first again", async () => {
    const calls = new FirstAlone(() => true);
    let asked = 0;
    const fail = async (): Promise<never> => {
      asked++;
      await settled();
      throw new Error("no way");
    };
    const outcomes = await Promise.allSettled([calls.run(fail, alive), calls.run(fail, alive), calls.run(fail, alive)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(asked).toBe(1);
    await expect(calls.run(fail, alive)).rejects.toThrow("no way");
    expect(asked).toBe(2);
  });

  it("lets all go when its error is its own", async () => {
    const calls = new FirstAlone(() => false);
    const one = calls.run(async () => Promise.reject(new Error("not there")), alive);
    const two = calls.run(async () => "2", alive);
    await expect(one).rejects.toThrow("not there");
    expect(await two).toBe("2");
  });

  it("makes way for another when it is given up", async () => {
    const calls = new FirstAlone(() => true);
    const abort = new AbortController();
    const first = deferred();
    const one = calls.run(() => first.promise, abort.signal);
    const two = calls.run(async () => "2", alive);
    abort.abort();
    first.reject(new Error("given up"));
    await expect(one).rejects.toThrow("given up");
    expect(await two).toBe("2");
  });
});
