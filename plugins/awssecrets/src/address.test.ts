import { describe, expect, it } from "vitest";
import { secretAddress } from "./address.ts";

const uuid = "0f1e2d3c-4b5a-4978-8069-5a4b3c2d1e0f";

describe("the address of a secret", () => {
  it.each([
    { name: "no version", metadata: {}, versionId: undefined, versionStage: undefined },
    { name: "a version that is a label", metadata: { version: "123" }, versionId: undefined, versionStage: "123" },
    { name: "a version that is an id", metadata: { version: uuid }, versionId: uuid, versionStage: undefined },
    {
      name: "an id in capitals",
      metadata: { version: uuid.toUpperCase() },
      versionId: uuid.toUpperCase(),
      versionStage: undefined,
    },
    { name: "a stage that looks like an id", metadata: { stage: uuid }, versionId: undefined, versionStage: uuid },
    { name: "an id that does not look like one", metadata: { id: "x" }, versionId: "x", versionStage: undefined },
    { name: "the current stage", metadata: { stage: "AWSCURRENT" }, versionId: undefined, versionStage: undefined },
    {
      name: "the stage before",
      metadata: { version: "AWSPREVIOUS" },
      versionId: undefined,
      versionStage: "AWSPREVIOUS",
    },
  ])("has $name", ({ metadata, versionId, versionStage }) => {
    const address = secretAddress({ path: "/token/1", metadata });
    expect(address).toEqual({ secretId: "/token/1", versionId, versionStage, region: undefined });
  });

  it("has the path as written and the region of the metadata", () => {
    const { secretId, region } = secretAddress({ path: "token/1", metadata: { region: "us-east-1" } });
    expect({ secretId, region }).toEqual({ secretId: "token/1", region: "us-east-1" });
  });

  it("has the region of an ARN unless the metadata has one", () => {
    const path = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:a";
    expect(secretAddress({ path, metadata: {} }).region).toBe("eu-west-1");
    expect(secretAddress({ path, metadata: { region: "us-east-1" } }).region).toBe("us-east-1");
  });

  it.each([
    { name: "an empty path", path: "", metadata: {}, message: "the name of the secret is empty" },
    { name: "an empty version", path: "a", metadata: { version: "" }, message: 'the version of "a" is empty' },
    {
      name: "a version and a stage",
      path: "a",
      metadata: { version: "1", stage: "x" },
      message: '"a" is asked for by several versions',
    },
    {
      name: "a stage and an id",
      path: "a",
      metadata: { id: uuid, stage: "x" },
      message: '"a" is asked for by several versions',
    },
  ])("is refused for $name", ({ path, metadata, message }) => {
    expect(() => secretAddress({ path, metadata })).toThrow(expect.objectContaining({ kind: "badRequest", message }));
  });
});
