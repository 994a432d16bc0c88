import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { type ErrorCode, exitCodeOf } from "../errors/codes.ts";
import { ConfigManagerError } from "../errors/errors.ts";
import type { TokenReference } from "../token/token.ts";
import { createPlan, type Plan } from "./plan.ts";
import { type Outcome, resolve, type ResolveOptions } from "./resolver.ts";
import type { StoreAnswer, StoreRequest, ValueSource } from "./token-store.ts";

/** What a store holds by path; a text that is an error code is the error it gives. */
type Answers = Readonly<Record<string, string | Uint8Array>>;

const worth: {
  name: string;
  value: string | Uint8Array;
  token: Partial<TokenReference>;
  expected: string | Uint8Array;
}[] = [
  {
    name: "the store's value, byte for byte",
    value: Uint8Array.of(0, 255, 10),
    token: {},
    expected: Uint8Array.of(0, 255, 10),
  },
  {
    name: "a value that looks like JSON as it is without a key path",
    value: ' {"a": 1} ',
    token: {},
    expected: ' {"a": 1} ',
  },
  { name: "the part that the key path names", value: '{"a":{"b":"x"}}', token: { keyPath: ["a", "b"] }, expected: "x" },
  { name: "a changed value", value: " x ", token: { transforms: ["trim", "base64"] }, expected: "eA==" },
  {
    name: "a changed part of a value",
    value: '{"a":"eA=="}',
    token: { keyPath: ["a"], transforms: ["base64decode"] },
    expected: "x",
  },
  {
    name: "the default for a value that is not found",
    value: "CM_STORE_NOT_FOUND",
    token: { defaultText: "dé" },
    expected: "dé",
  },
  {
    name: "the default for a value that is not found before its key path",
    value: "CM_STORE_NOT_FOUND",
    token: { defaultText: "d", keyPath: ["a"] },
    expected: "d",
  },
  {
    name: "the default for a key path without a match",
    value: '{"b":1}',
    token: { defaultText: "d", keyPath: ["a"] },
    expected: "d",
  },
  {
    name: "a changed default",
    value: "CM_STORE_NOT_FOUND",
    token: { defaultText: "d", transforms: ["base64"] },
    expected: "ZA==",
  },
  { name: "an empty default", value: "CM_STORE_NOT_FOUND", token: { defaultText: "" }, expected: "" },
  { name: "an empty value in spite of a default", value: "", token: { defaultText: "d" }, expected: "" },
  {
    name: "null in spite of a default",
    value: '{"a":null}',
    token: { keyPath: ["a"], defaultText: "d" },
    expected: "null",
  },
];

const faults: { name: string; value: string | Uint8Array; token: Partial<TokenReference>; code: ErrorCode }[] = [
  { name: "a value that is not found", value: "CM_STORE_NOT_FOUND", token: {}, code: "CM_STORE_NOT_FOUND" },
  { name: "a key path without a match", value: "{}", token: { keyPath: ["a"] }, code: "CM_KEY_PATH_NO_MATCH" },
  {
    name: "a key path with several matches",
    value: '[{"a":1},{"a":2}]',
    token: { keyPath: ["a"] },
    code: "CM_KEY_PATH_AMBIGUOUS",
  },
  { name: "a key path into text", value: "s3cret", token: { keyPath: ["a"] }, code: "CM_VALUE_NOT_JSON" },
  { name: "a key path into nothing", value: "", token: { keyPath: ["a"] }, code: "CM_VALUE_NOT_JSON" },
  {
    name: "a value that as= cannot change",
    value: "s3cret!",
    token: { transforms: ["base64decode"] },
    code: "CM_VALUE_INVALID",
  },
  {
    name: "a default that as= cannot change",
    value: "CM_STORE_NOT_FOUND",
    token: { defaultText: "!", transforms: ["base64decode"] },
    code: "CM_VALUE_INVALID",
  },
];

const notDefaulted: { name: string; value: string; keyPath?: string[]; code: ErrorCode }[] = [
  { name: "a store that refuses", value: "CM_STORE_DENIED", code: "CM_STORE_DENIED" },
  { name: "a store that fails", value: "CM_STORE_FAILED", code: "CM_STORE_FAILED" },
  { name: "a store that is away", value: "CM_STORE_UNAVAILABLE", code: "CM_STORE_UNAVAILABLE" },
  { name: "a value that is no JSON", value: "text", keyPath: ["a"], code: "CM_VALUE_NOT_JSON" },
  { name: "several matches", value: '[{"a":1},{"a":2}]', keyPath: ["a"], code: "CM_KEY_PATH_AMBIGUOUS" },
];

const empties: { name: string; value: string; token: Partial<TokenReference>; isEmpty: boolean }[] = [
  { name: "an empty value", value: "", token: {}, isEmpty: true },
  { name: "an empty string in a value", value: '{"a":""}', token: { keyPath: ["a"] }, isEmpty: true },
  { name: "a value that trim leaves nothing of", value: " \n", token: { transforms: ["trim"] }, isEmpty: true },
  { name: "an empty value with a default of text", value: "", token: { defaultText: "d" }, isEmpty: true },
  { name: "white space", value: " ", token: {}, isEmpty: false },
  { name: "an empty default that is used", value: "CM_STORE_NOT_FOUND", token: { defaultText: "" }, isEmpty: false },
  {
    name: "an empty value where default= says that nothing is fine",
    value: "",
    token: { defaultText: "" },
    isEmpty: false,
  },
];

describe("what a token is worth", () => {
  it.each(worth)("is $name", async ({ value, token, expected }) => {
    const outcome = await outcomeFor(value, token);
    expect(outcome.ok && Buffer.from(outcome.text)).toEqual(Buffer.from(expected));
  });

  it.each(faults)("is an error for $name", async ({ value, token, code }) => {
    const outcome = await outcomeFor(value, token);
    expect(outcome).toMatchObject({ ok: false, error: { code }, isStoreFault: false });
    expect(printed(outcome)).not.toContain("s3cret");
  });

  it.each(notDefaulted)("is no default for $name", async ({ value, keyPath, code }) => {
    expect(await outcomeFor(value, { keyPath, defaultText: "d" })).toMatchObject({ ok: false, error: { code } });
  });

  it.each(empties)("$name: is empty is $isEmpty", async ({ value, token, isEmpty }) => {
    expect(await outcomeFor(value, token)).toMatchObject({ ok: true, isEmpty });
    const strict = await outcomeFor(value, token, { failOnEmpty: true });
    expect(strict).toMatchObject(isEmpty ? { ok: false, error: { code: "CM_VALUE_EMPTY" } } : { ok: true });
  });

  it("takes the hint that the token was cut short instead of any other", async () => {
    const outcome = await outcomeFor("CM_STORE_NOT_FOUND", { cutShortHint: "render the template first" });
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "CM_STORE_NOT_FOUND", hint: "render the template first" },
    });
  });

  it("shares the store's bytes between tokens of one value", async () => {
    const [left, right] = [reference({}), reference({ text: "AWSSECRETS:///a[as=trim]" })];
    const { outcomeOf } = await resolve(planOf(left, right), open({ AWSSECRETS: { "/a": "x" } }));
    const [first, second] = [outcomeOf(left), outcomeOf(right)];
    expect(first.ok && second.ok && first.text === second.text).toBe(true);
  });

  it("reads a large value as JSON once for all of its key paths", async () => {
    const members = Array.from({ length: 100_000 }, (_, index) => `"k${index}":"v${index}"`);
    const references = Array.from({ length: 10_000 }, (_, index) => reference({ keyPath: [`k${index}`] }));
    const { outcomeOf } = await resolve(
      planOf(...references),
      open({ AWSSECRETS: { "/a": `{${members.join(",")}}` } }),
    );
    // Reading it for each key path would take minutes, and the test with it.
    expect(outcomeOf(references[9_999]!)).toMatchObject({ ok: true, text: Buffer.from("v9999") });
  });
});

describe("asking the stores", () => {
  it("asks each store once for everything", async () => {
    const asked: string[][] = [];
    const store: ValueSource = {
      getValues(requests) {
        asked.push(requests.map(({ path }) => path));
        return Promise.resolve(requests.map(() => ({ ok: true, value: Buffer.from("x") })));
      },
    };
    const references = ["/a", "/b", "/a"].map((path, index) =>
      reference({ path, keyPath: index === 2 ? ["k"] : undefined }),
    );
    await resolve(planOf(...references), () => Promise.resolve(store));
    expect(asked).toEqual([["/a", "/b"]]);
  });

  it("asks all stores at the same time", async () => {
    const opened: string[] = [];
    const all = new AbortController();
    const allOpened = new Promise<void>((done) => {
      all.signal.addEventListener("abort", () => done());
    });
    await resolve(planOf(...prefixed("VAULT", "ENV", "FILE")), async (prefix) => {
      opened.push(prefix);
      if (opened.length === 3) all.abort();
      await allOpened;
      return tableStore({ "/a": prefix });
    });
    expect(opened).toEqual(["VAULT", "ENV", "FILE"]);
  });

  it("opens only the stores that the plan uses", async () => {
    const opened: string[] = [];
    await resolve(planOf(...prefixed("VAULT")), (prefix) => {
      opened.push(prefix);
      return Promise.resolve(tableStore({}));
    });
    expect(opened).toEqual(["VAULT"]);
    await resolve(planOf(), () => Promise.reject(new Error("nothing is to be opened")));
  });

  it("lets one failing request stop no other", async () => {
    const [good, bad] = [reference({ path: "/good" }), reference({ path: "/bad" })];
    const { outcomeOf } = await resolve(
      planOf(bad, good),
      open({ AWSSECRETS: { "/good": "x", "/bad": "CM_STORE_DENIED" } }),
    );
    expect(outcomeOf(bad)).toMatchObject({ ok: false, error: { code: "CM_STORE_DENIED" } });
    expect(outcomeOf(good)).toMatchObject({ ok: true });
  });

  it("gives the error of a store that cannot be opened to each of its tokens, as one object, and asks the others", async () => {
    const references = Array.from({ length: 10_000 }, (_, index) => reference({ path: `/${index}` }));
    const [other] = prefixed("ENV");
    const fault = new ConfigManagerError("CM_PLUGIN_NOT_FOUND", 'no plugin for "AWSSECRETS"');
    const { outcomeOf, storeFaults } = await resolve(planOf(...references, other!), (prefix) =>
      prefix === "ENV" ? Promise.resolve(tableStore({ "/a": "x" })) : Promise.reject(fault),
    );
    for (const each of references)
      expect(outcomeOf(each)).toEqual({ ok: false, error: fault, isStoreFault: true, facts: {} });
    expect([...storeFaults]).toEqual([["AWSSECRETS", fault]]);
    expect(outcomeOf(other!)).toMatchObject({ ok: true });
  });

  it("does not use a default where the whole store failed", async () => {
    const token = reference({ defaultText: "d" });
    const fault = new ConfigManagerError("CM_PLUGIN_CRASHED", "the plugin crashed");
    const { outcomeOf } = await resolve(planOf(token), () => Promise.reject(fault));
    expect(outcomeOf(token)).toMatchObject({ ok: false, error: { code: "CM_PLUGIN_CRASHED" } });
  });

  it.each([
    {
      name: "rejects",
      getValues: () => Promise.reject(new ConfigManagerError("CM_PLUGIN_CRASHED", "gone")),
      code: "CM_PLUGIN_CRASHED",
    },
    { name: "throws something foreign", getValues: () => Promise.reject(new TypeError("oops")), code: "CM_INTERNAL" },
    { name: "answers too little", getValues: () => Promise.resolve([]), code: "CM_PLUGIN_MISBEHAVED" },
  ])("takes a store that $name for one that failed as a whole", async ({ getValues, code }) => {
    const [token] = prefixed("VAULT");
    const { outcomeOf } = await resolve(planOf(token!), () => Promise.resolve({ getValues }));
    expect(outcomeOf(token!)).toMatchObject({ ok: false, error: { code }, isStoreFault: true, facts: {} });
  });

  it("adds up what all stores have answered so far", async () => {
    const counts: number[] = [];
    const references = [...prefixed("VAULT", "ENV"), reference({ prefix: "ENV", path: "/b" })];
    await resolve(planOf(...references), open({ VAULT: { "/a": "x" }, ENV: { "/a": "x", "/b": "y" } }), {
      onAnswered: (answered) => counts.push(answered),
    });
    expect(counts).toEqual([1, 2, 3]);
  });

  it("refuses a reference that was not planned", async () => {
    const { outcomeOf } = await resolve(planOf(), open({}));
    expect(() => outcomeOf(reference({}))).toThrow(expect.objectContaining({ code: "CM_INTERNAL" }));
  });
});

describe("an aborted run", () => {
  it("opens no store when it was aborted before", async () => {
    const reason = new Error("stop");
    const opening = resolve(planOf(...prefixed("VAULT")), () => Promise.reject(new Error("it was opened")), {
      signal: AbortSignal.abort(reason),
    });
    await expect(opening).rejects.toBe(reason);
  });

  it.each([
    { name: "does not open", openStore: () => new Promise<ValueSource>(() => {}) },
    {
      name: "does not answer",
      openStore: () => Promise.resolve({ getValues: () => new Promise<StoreAnswer[]>(() => {}) }),
    },
  ])("rejects with the signal's reason although a store $name", async ({ openStore }) => {
    const controller = new AbortController();
    const reason = new ConfigManagerError("CM_CANCELED", "interrupted");
    const resolving = resolve(planOf(...prefixed("VAULT")), openStore, { signal: controller.signal });
    controller.abort(reason);
    await expect(resolving).rejects.toBe(reason);
  });

  it("hands the signal to stores, and rejects with its reason when a store does", async () => {
    const controller = new AbortController();
    const reason = new ConfigManagerError("CM_CANCELED", "interrupted");
    const signals: unknown[] = [];
    const resolving = resolve(
      planOf(...prefixed("VAULT")),
      (_, openSignal) =>
        Promise.resolve({
          getValues(_requests, options) {
            signals.push(openSignal, options?.signal);
            controller.abort(reason);
            return Promise.reject(reason);
          },
        }),
      { signal: controller.signal },
    );
    await expect(resolving).rejects.toBe(reason);
    expect(signals).toEqual([controller.signal, controller.signal]);
  });

  it("leaves no listener at the signal", async () => {
    const { signal } = new AbortController();
    await resolve(planOf(...prefixed("VAULT")), open({ VAULT: { "/a": "x" } }), { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

function reference(sketch: Partial<TokenReference>): TokenReference {
  return {
    text: "AWSSECRETS:///a",
    prefix: "AWSSECRETS",
    path: "/a",
    keyPath: undefined,
    metadata: new Map(),
    rawMetadata: "",
    defaultText: undefined,
    transforms: [],
    ...sketch,
  };
}

function prefixed(...prefixes: string[]): TokenReference[] {
  return prefixes.map((prefix) => reference({ prefix }));
}

function planOf(...references: TokenReference[]): Plan {
  return createPlan(references, { aliasMetadata: () => undefined });
}

async function outcomeFor(
  value: string | Uint8Array,
  token: Partial<TokenReference>,
  options?: ResolveOptions,
): Promise<Outcome> {
  const asked = reference(token);
  const { outcomeOf } = await resolve(planOf(asked), open({ AWSSECRETS: { "/a": value } }), options);
  return outcomeOf(asked);
}

function open(stores: Readonly<Record<string, Answers>>): (prefix: string) => Promise<ValueSource> {
  return (prefix) => Promise.resolve(tableStore(stores[prefix] ?? {}));
}

function tableStore(answers: Answers): ValueSource {
  const answer = ({ path }: StoreRequest): StoreAnswer => {
    const found = answers[path] ?? "CM_STORE_NOT_FOUND";
    if (typeof found !== "string" || !isCode(found)) return { ok: true, value: Buffer.from(found) };
    return { ok: false, error: new ConfigManagerError(found, `no "${path}"`, { hint: "ask the store" }) };
  };
  return {
    getValues(requests, options) {
      const given = requests.map((request, index) => {
        options?.onAnswered?.(index + 1);
        return answer(request);
      });
      return Promise.resolve(given);
    },
  };
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(exitCodeOf, text);
}

function printed(outcome: Outcome): string {
  if (outcome.ok) throw new Error("there is no error");
  const { message, hint, details } = outcome.error;
  return JSON.stringify([message, hint, details]);
}
