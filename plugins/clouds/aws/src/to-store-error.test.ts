import { failed, timedOut } from "configmanager/plugin";
import { describe, expect, it } from "vitest";
import { type AwsAsked, partitionOf, refusalToStoreError, toAwsStoreError } from "./to-store-error.ts";

const asked: AwsAsked = {
  what: "/a",
  region: "eu-west-1",
  host: "ssm.eu-west-1.amazonaws.com",
  permission: "ssm:GetParameter",
  resource: "arn:aws:ssm:eu-west-1:*:parameter/a",
};

describe("an error of a client", () => {
  it("stays what it is when it is a store's", () => {
    const error = failed("a reason");
    expect(toAwsStoreError(error, asked)).toBe(error);
  });

  it("gets the host when it is the limiter's", () => {
    expect(toAwsStoreError(timedOut("no answer within 15000 ms", { hint: "try again" }), asked)).toMatchObject({
      kind: "timedOut",
      message: '"ssm.eu-west-1.amazonaws.com" gave no answer within 15000 ms',
      hint: "try again",
    });
  });

  it("is quoted only when it is known", () => {
    expect(toAwsStoreError(new RangeError("made-up-secret"), asked)).toMatchObject({
      kind: "failed",
      message: 'the request to "ssm.eu-west-1.amazonaws.com" failed (RangeError)',
    });
    expect(toAwsStoreError("made-up-secret", asked).message).not.toContain("made-up-secret");
    const setting = Object.assign(new Error("FIPS and custom endpoint are not supported"), { name: "EndpointError" });
    expect(toAwsStoreError(setting, asked)).toMatchObject({
      kind: "badRequest",
      message: "the settings of AWS are not right: FIPS and custom endpoint are not supported",
    });
  });

  it("carries how long the service asked to wait", () => {
    const refusal = { code: "ThrottlingException", text: "", requestId: "x", status: 400, retryAfterMs: 250 };
    expect(refusalToStoreError(refusal, asked)).toMatchObject({
      kind: "unavailable",
      message: '"ssm.eu-west-1.amazonaws.com" has too much to do: ThrottlingException (request id x)',
      retryAfterMs: 250,
    });
  });
});

it.each([
  { region: "eu-west-1", partition: "aws" },
  { region: "cn-north-1", partition: "aws-cn" },
  { region: "us-gov-west-1", partition: "aws-us-gov" },
  { region: "us-iso-east-1", partition: "aws-iso" },
  { region: "us-isob-east-1", partition: "aws-iso-b" },
  { region: "eusc-de-east-1", partition: "aws-eusc" },
])("$region is in the partition $partition", ({ region, partition }) => {
  expect(partitionOf(region)).toBe(partition);
});
