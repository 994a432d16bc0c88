import { describe, expect, it } from "vitest";
import { checkStore } from "./check-store.ts";
import type { Store } from "./store.ts";

const good: Store = {
  prefix: "MY_STORE2",
  metadataKeys: { version: "which", "a.b-c": "x" },
  concurrency: 1,
  value: () => "",
};

describe("a store's definition", () => {
  it("is accepted when it is finished", () => {
    expect(() => checkStore(good)).not.toThrow();
    expect(() => checkStore({ prefix: "X", async *values() {} })).not.toThrow();
  });

  it.each([
    {
      name: "a prefix in lower case",
      change: { prefix: "x" },
      message: 'prefix "x" is not an upper-case name such as "MYSTORE"',
    },
    {
      name: "no prefix",
      change: { prefix: undefined },
      message: 'prefix "undefined" is not an upper-case name such as "MYSTORE"',
    },
    {
      name: "neither value nor values",
      change: { value: undefined },
      message: 'a store has either value() or values(), "MY_STORE2" has neither',
    },
    {
      name: "both value and values",
      change: { values: async function* () {} },
      message: 'a store has either value() or values(), "MY_STORE2" has both',
    },
    { name: "no concurrency", change: { concurrency: 0 }, message: 'concurrency "0" is not a whole number from 1' },
    {
      name: "a metadata key that no token can have",
      change: { metadataKeys: { "a b": "" } },
      message: 'metadata key "a b" cannot be written in a token',
    },
    {
      name: "a metadata key of the host",
      change: { metadataKeys: { Default: "" } },
      message: 'metadata key "Default" is the host\'s own',
    },
    {
      name: "a metadata key twice",
      change: { metadataKeys: { a: "", A: "" } },
      message: 'metadata key "A" is declared twice, case ignored',
    },
  ])("is refused with $name", ({ change, message }) => {
    expect(() => checkStore({ ...good, ...change } as unknown as Store)).toThrow(
      expect.objectContaining({ code: "CM_USAGE", message }),
    );
  });
});
