import { describe, expect, it } from "vitest";
import { isRegularName, parameterAddress } from "./address.ts";

const arn = "arn:aws:ssm:eu-west-1:000000000000:parameter/a/b";

describe("the address of a parameter", () => {
  it.each([
    { name: "is the path", path: "/a/b", metadata: {}, expected: "/a/b" },
    { name: "gets no leading slash", path: "a/b", metadata: {}, expected: "a/b" },
    { name: "has a version as its selector", path: "/a", metadata: { version: "3" }, expected: "/a:3" },
    { name: "has a label as its selector", path: "/a", metadata: { label: "prod" }, expected: "/a:prod" },
    { name: "keeps a selector of the path", path: "/a:prod", metadata: {}, expected: "/a:prod" },
    { name: "may be an ARN", path: arn, metadata: {}, expected: arn },
    { name: "may be an ARN with a version", path: arn, metadata: { version: "3" }, expected: `${arn}:3` },
    { name: "may be an ARN with a selector", path: `${arn}:3`, metadata: {}, expected: `${arn}:3` },
  ])("$name", ({ path, metadata, expected }) => {
    expect(parameterAddress({ path, metadata }).name).toBe(expected);
  });

  it("has the region of the metadata, and the name without its selector", () => {
    const address = parameterAddress({ path: "/a", metadata: { version: "3", region: "us-east-1" } });
    expect(address).toEqual({ name: "/a:3", bareName: "/a", region: "us-east-1" });
    expect(parameterAddress({ path: `${arn}:3`, metadata: {} }).bareName).toBe(arn);
  });

  it("has the region of an ARN unless the metadata has one", () => {
    expect(parameterAddress({ path: arn, metadata: {} }).region).toBe("eu-west-1");
    expect(parameterAddress({ path: arn, metadata: { region: "us-east-1" } }).region).toBe("us-east-1");
  });

  it.each([
    { name: "an empty path", path: "", metadata: {}, message: "the name of the parameter is empty" },
    {
      name: "a version that is no number",
      path: "/a",
      metadata: { version: "prod" },
      message: 'version "prod" is not a number',
    },
    { name: "a label that is a number", path: "/a", metadata: { label: "3" }, message: '"3" cannot be a label' },
    { name: "a label with a colon", path: "/a", metadata: { label: "a:b" }, message: '"a:b" cannot be a label' },
    {
      name: "version and label at once",
      path: "/a",
      metadata: { version: "3", label: "prod" },
      message: '"/a" is asked for by several selectors',
    },
    {
      name: "a selector twice",
      path: "/a:2",
      metadata: { version: "3" },
      message: '"/a:2" is asked for by several selectors',
    },
  ])("is refused for $name", ({ path, metadata, message }) => {
    expect(() => parameterAddress({ path, metadata })).toThrow(
      expect.objectContaining({ kind: "badRequest", message, hint: path === "" ? undefined : expect.any(String) }),
    );
  });
});

describe("a name that may go into a batch", () => {
  it.each([
    { path: "/a/b.c_d-e", expected: true },
    { path: "a:3", expected: true },
    { path: arn, expected: true },
    { path: "/a b", expected: false },
    { path: "/größe", expected: false },
    { path: "/a:1:2", expected: false },
    { path: `/${"x".repeat(2000)}`, expected: false },
  ])("$path: $expected", ({ path, expected }) => {
    expect(isRegularName(parameterAddress({ path, metadata: {} }))).toBe(expected);
  });
});
