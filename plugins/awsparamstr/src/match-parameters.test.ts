import { describe, expect, it } from "vitest";
import { parameterAddress } from "./address.ts";
import { matchParameters } from "./match-parameters.ts";

const prefix = "arn:aws:ssm:eu-west-1:000000000000:parameter";
const newest = { Name: "/a", ARN: `${prefix}/a`, Version: 7, Value: "newest" };
const third = { ...newest, Version: 3, Value: "third" };
const shared = { ...newest, ARN: "arn:aws:ssm:eu-west-1:999999999999:parameter/a", Value: "shared" };

describe("parameters of a reply", () => {
  it.each([
    { name: "a name", asked: ["/a"], reply: [newest], expected: { "/a": "newest" } },
    { name: "an ARN", asked: [`${prefix}/a`], reply: [newest], expected: { [`${prefix}/a`]: "newest" } },
    {
      name: "versions with their selectors",
      asked: ["/a", "/a:3"],
      reply: [{ ...third, Selector: ":3" }, newest],
      expected: { "/a": "newest", "/a:3": "third" },
    },
    {
      name: "a selector without its colon",
      asked: ["/a:3"],
      reply: [{ ...third, Selector: "3" }],
      expected: { "/a:3": "third" },
    },
    { name: "no version without its selector", asked: ["/a:3"], reply: [third], expected: {} },
    { name: "no two versions without selectors", asked: ["/a", "/a:3"], reply: [newest, third], expected: {} },
    { name: "no version in place of the newest", asked: ["/a", "/a:3"], reply: [third], expected: {} },
    {
      name: "no version of an ARN in place of the newest",
      asked: ["/a", `${prefix}/a:3`],
      reply: [newest, third],
      expected: {},
    },
    {
      name: "a shared parameter by its ARN alone, when there is another of that name",
      asked: ["/a", shared.ARN],
      reply: [newest, shared],
      expected: { [shared.ARN]: "shared" },
    },
    { name: "nothing of an empty reply", asked: ["/a"], reply: [], expected: {} },
  ])("are matched: $name", ({ asked, reply, expected }) => {
    const addresses = asked.map((path) => parameterAddress({ path, metadata: {} }));
    for (const parameters of [reply, reply.toReversed()]) {
      const matched = matchParameters(addresses, parameters);
      const values = asked.map((name) => [name, matched.get(name)?.Value]);
      expect(Object.fromEntries(values.filter(([, value]) => value !== undefined))).toEqual(expected);
    }
  });
});
