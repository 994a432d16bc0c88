import { describe, expect, it } from "vitest";
import { notFound } from "./errors.ts";
import type { Outcome } from "./outcome.ts";
import type { BatchStore, SingleValueStore, Store, StoreContext, StoreRequest } from "./store.ts";
import { createValueAsker } from "./value-asker.ts";

const context: StoreContext = {
  signal: new AbortController().signal,
  log: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  env: {},
  cwd: "/",
  options: {},
};

async function ask(
  store: Store,
  paths: readonly string[],
  signal: AbortSignal = context.signal,
): Promise<(string | undefined)[]> {
  const requests = paths.map((path): StoreRequest => ({ path, metadata: {} }));
  const texts: (string | undefined)[] = paths.map(() => undefined);
  await createValueAsker(store)(requests, { ...context, signal }, (index, outcome) => {
    expect(texts[index]).toBeUndefined();
    texts[index] = textOf(outcome);
    return undefined;
  });
  return texts;
}

function textOf(outcome: Outcome): string {
  if (!outcome.ok) return `error: ${(outcome.error as Error).message}`;
  return typeof outcome.data === "string" ? outcome.data : Buffer.from(outcome.data).toString("latin1");
}

function single(value: (path: string) => unknown): Store {
  return { prefix: "X", value: ({ path }) => value(path) } as SingleValueStore;
}

function batch(values: (requests: readonly StoreRequest[]) => AsyncIterable<unknown>): Store {
  return { prefix: "X", values } as BatchStore;
}

describe("asking for one value at a time", () => {
  it.each([
    { name: "text", value: "a", expected: "a" },
    { name: "bytes", value: Uint8Array.of(0x61, 0xff), expected: "aÿ" },
    { name: "an object with data", value: { data: "a", version: "1" }, expected: "a" },
    { name: "an error", value: notFound("a"), expected: 'error: "a" was not found' },
    { name: "a foreign error", value: new Error("oops"), expected: "error: oops" },
    { name: "nothing", value: undefined, expected: "error: value() returned undefined" },
    { name: "null", value: null, expected: "error: value() returned null" },
    { name: "a number", value: 7, expected: "error: value() returned a value of type number, neither text nor bytes" },
    { name: "an array", value: ["a"], expected: "error: value() returned an array, neither text nor bytes" },
    { name: "data that is nothing", value: { data: undefined }, expected: "error: value() returned undefined" },
    {
      name: "a version that is a number",
      value: { data: "a", version: 1 },
      expected: "error: value() returned a version that is no string",
    },
    {
      name: "an expiry that is no date",
      value: { data: "a", expiresAt: new Date("x") },
      expected: "error: value() returned an expiresAt that is no valid Date",
    },
    { name: "a lone surrogate", value: "a\ud800", expected: "error: value() returned text with a lone surrogate" },
  ])("judges $name, returned at once or later", async ({ value, expected }) => {
    expect(
      await ask(
        single(() => value),
        ["x"],
      ),
    ).toEqual([expected]);
    expect(
      await ask(
        single(() => Promise.resolve(value)),
        ["x"],
      ),
    ).toEqual([expected]);
    expect(
      await ask(
        // oxlint-disable-next-line unicorn/no-thenable -- a store may use promises of another make
        single(() => ({ then: (resolve: (value: unknown) => void) => resolve(value) })),
        ["x"],
      ),
    ).toEqual([expected]);
  });

  it("takes what is thrown for an error, whatever it is", async () => {
    const thrown: readonly unknown[] = [new Error("one"), "two", undefined, { data: "three" }];
    const store = single((path) => {
      throw thrown[Number(path)];
    });
    expect(await ask(store, ["0", "1", "2", "3"])).toEqual([
      "error: one",
      "error: the store threw two",
      "error: the store threw undefined",
      "error: the store threw [object Object]",
    ]);
    const rejecting = single((path) => Promise.reject(thrown[Number(path)]));
    expect(await ask(rejecting, ["1"])).toEqual(["error: the store threw two"]);
  });

  it("bounds what is pending over all callers, and starts in order", async () => {
    const started: string[] = [];
    let finish: (() => void)[] = [];
    const store: Store = {
      prefix: "X",
      concurrency: 2,
      value: ({ path }) => {
        started.push(path);
        return new Promise((resolve) => finish.push(() => resolve(path)));
      },
    };
    const asker = createValueAsker(store);
    const requests = (paths: string[]): StoreRequest[] => paths.map((path) => ({ path, metadata: {} }));
    const all = [requests(["a", "b", "c"]), requests(["d"])].map((some) => asker(some, context, () => undefined));
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect(started).toEqual(["a", "b"]);
    for (let round = 0; round < 3; round++) {
      const [first] = finish.splice(0, 1);
      first?.();
      await turn();
    }
    expect(started).toEqual(["a", "b", "c", "d"]);
    for (const go of finish) go();
    finish = [];
    await Promise.all(all);
  });

  it("asks for nothing more once it was canceled", async () => {
    const abort = new AbortController();
    const asked: string[] = [];
    const store = single((path) => {
      asked.push(path);
      abort.abort(new Error("canceled"));
      return path;
    });
    expect(await ask(store, ["a", "b"], abort.signal)).toEqual(["a", "error: canceled"]);
    expect(asked).toEqual(["a"]);
  });

  it("waits where the answers are not taken", async () => {
    const asked: string[] = [];
    const store = single((path) => {
      asked.push(path);
      return path;
    });
    let drain: () => void = () => {};
    const done = createValueAsker(store)(
      ["a", "b"].map((path) => ({ path, metadata: {} })),
      context,
      () => new Promise((resolve) => (drain = resolve)),
    );
    await Promise.resolve();
    expect(asked).toEqual(["a"]);
    drain();
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual(["a", "b"]);
    drain();
    await done;
  });
});

describe("asking for several values at once", () => {
  it("takes results in any order", async () => {
    const store = batch(async function* (requests) {
      for (const request of requests.toReversed()) yield { request, value: request.path };
    });
    expect(await ask(store, ["a", "b", "c"])).toEqual(["a", "b", "c"]);
  });

  it("answers what was forgotten, and ignores what nobody asked for or what comes twice", async () => {
    const store = batch(async function* ([first, second]) {
      yield { request: first, value: "1" };
      yield { request: first, value: "2" };
      yield { request: { ...second }, value: "copy" };
      yield undefined;
    });
    const forgotten = "error: values() ended without an answer to this request";
    expect(await ask(store, ["a", "b"])).toEqual(["1", forgotten]);
  });

  it("gives the open ones the error that was thrown", async () => {
    const store = batch(async function* ([first]) {
      yield { request: first, value: "1" };
      throw new Error("broken");
    });
    expect(await ask(store, ["a", "b", "c"])).toEqual(["1", "error: broken", "error: broken"]);
  });

  it("survives a function that is no generator", async () => {
    const store = batch((() => undefined) as unknown as () => AsyncIterable<unknown>);
    expect(await ask(store, ["a"])).toEqual(["error: values() returned nothing to iterate over"]);
  });
});
