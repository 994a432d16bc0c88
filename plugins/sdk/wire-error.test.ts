import { describe, expect, it } from "vitest";
import { Code } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import * as sdk from "./index.ts";
import { boundText, toWireError } from "./wire-error.ts";

describe("an error on the wire", () => {
  it.each([
    ["notFound", sdk.notFound("a"), Code.NOT_FOUND, '"a" was not found'],
    ["denied", sdk.denied("no"), Code.PERMISSION_DENIED, "no"],
    ["unauthenticated", sdk.unauthenticated("who"), Code.UNAUTHENTICATED, "who"],
    ["badRequest", sdk.badRequest("bad"), Code.INVALID_ARGUMENT, "bad"],
    ["unavailable", sdk.unavailable("busy"), Code.UNAVAILABLE, "busy"],
    ["timedOut", sdk.timedOut("late"), Code.DEADLINE_EXCEEDED, "late"],
    ["alreadyExists", sdk.alreadyExists("a"), Code.ALREADY_EXISTS, '"a" already exists'],
    ["failed", sdk.failed("oops"), Code.UNKNOWN, "oops"],
    ["an error of another kind", new Error("oops"), Code.UNKNOWN, "oops"],
    ["a time-out of the platform", new DOMException("late", "TimeoutError"), Code.DEADLINE_EXCEEDED, "late"],
    ["an error without a message", new TypeError(), Code.UNKNOWN, "TypeError"],
    ["a StoreError without a message", sdk.failed(""), Code.UNKNOWN, "the store gave no reason"],
    ["text", "oops", Code.UNKNOWN, "the store threw oops"],
    ["an object", { password: "x" }, Code.UNKNOWN, "the store threw object"],
  ])("of %s", (_name, error, code, message) => {
    expect(toWireError(error)).toMatchObject({ code, message });
  });

  it("carries hint and wait", () => {
    const error = sdk.unavailable("busy", { hint: "try later", retryAfterMs: 1500 });
    expect(toWireError(error)).toMatchObject({ hint: "try later", retryAfterMs: 1500 });
  });

  it.each([
    [clientFailed(), Code.UNAVAILABLE, "failed to initialize the client: busy", "h"],
    [sdk.serviceCallFailed(new Error("500")), Code.UNKNOWN, "failed to complete the service call: 500", ""],
    [sdk.retrievalFailed(sdk.notFound("a")), Code.NOT_FOUND, 'failed to retrieve config item: "a" was not found', ""],
    [sdk.emptyResponse("a"), Code.UNKNOWN, 'value retrieved but empty for token "a"', ""],
  ])("speaks the words of the Go stores and keeps the kind", (error, code, message, hint) => {
    expect(toWireError(error)).toMatchObject({ code, message, hint });
  });
});

function clientFailed(): sdk.StoreError {
  return sdk.clientInitializationFailed(sdk.unavailable("busy", { hint: "h" }));
}

describe("bounded text", () => {
  it.each([
    { name: "short text as it is", input: "größe\n\u{1f511}", expected: "größe\n\u{1f511}" },
    { name: "8 KiB as they are", input: "x".repeat(8192), expected: "x".repeat(8192) },
    { name: "more, cut off", input: "x".repeat(8193), expected: `${"x".repeat(8189)}…` },
    { name: "more, between two characters", input: "\u{1f511}".repeat(3000), expected: `${"\u{1f511}".repeat(2047)}…` },
    { name: "lone surrogates replaced", input: "a\ud800b", expected: "a\ufffdb" },
  ])("is $name", ({ input, expected }) => {
    expect(boundText(input)).toBe(expected);
  });
});
