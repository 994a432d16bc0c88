import type { StoreErrorKind, Verdict } from "configmanager/plugin";
import { describe, expect, it } from "vitest";
import { toAddress } from "./address.ts";
import { readGoogleError } from "./google-error.ts";
import { toServiceFailure } from "./service-errors.ts";

const question = {
  address: toAddress({ path: "p/s", metadata: {} }),
  name: "projects/p/secrets/s/versions/latest",
  host: "secretmanager.googleapis.com",
  account: undefined,
};

function googleBody(status: string, details: readonly object[] = []): Buffer {
  return Buffer.from(JSON.stringify({ error: { code: 1, status, message: "Google's text", details } }));
}

const delay = (retryDelay: unknown): object => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });

describe("when an answer is an error", () => {
  const throttled = (afterMs?: number): Verdict => ({ retry: "throttled", afterMs });
  const transient = (afterMs?: number): Verdict => ({ retry: "transient", afterMs });
  it.each<{
    name: string;
    status: number;
    headers?: Record<string, string>;
    body: Buffer;
    kind: StoreErrorKind;
    verdict: Verdict;
  }>([
    {
      name: "throttled, with a header",
      status: 429,
      headers: { "retry-after": "7" },
      body: googleBody("RESOURCE_EXHAUSTED", [delay("3s")]),
      kind: "unavailable",
      verdict: throttled(7000),
    },
    {
      name: "throttled, with a detail",
      status: 429,
      body: googleBody("RESOURCE_EXHAUSTED", [delay("3.5s")]),
      kind: "unavailable",
      verdict: throttled(3500),
    },
    {
      name: "throttled, for longer than anybody waits",
      status: 429,
      body: googleBody("RESOURCE_EXHAUSTED", [delay("3600s")]),
      kind: "unavailable",
      verdict: throttled(30_000),
    },
    {
      name: "throttled, with a delay that is none",
      status: 429,
      body: googleBody("RESOURCE_EXHAUSTED", [delay("soon"), delay(3)]),
      kind: "unavailable",
      verdict: throttled(),
    },
    {
      name: "throttled by a proxy",
      status: 429,
      body: Buffer.from("<html>"),
      kind: "unavailable",
      verdict: throttled(),
    },
    {
      name: "unavailable",
      status: 503,
      headers: { "retry-after": "2" },
      body: googleBody("UNAVAILABLE"),
      kind: "unavailable",
      verdict: transient(2000),
    },
    { name: "late", status: 504, body: googleBody("DEADLINE_EXCEEDED"), kind: "unavailable", verdict: transient() },
    { name: "not fast enough", status: 408, body: Buffer.from(""), kind: "unavailable", verdict: transient() },
    { name: "missing", status: 404, body: googleBody("NOT_FOUND"), kind: "notFound", verdict: "final" },
    { name: "denied", status: 403, body: googleBody("PERMISSION_DENIED"), kind: "denied", verdict: "final" },
    { name: "refused", status: 401, body: googleBody("UNAUTHENTICATED"), kind: "unauthenticated", verdict: "final" },
    { name: "refused by another", status: 401, body: Buffer.from("x"), kind: "unauthenticated", verdict: "final" },
    {
      name: "in the wrong state",
      status: 400,
      body: googleBody("FAILED_PRECONDITION"),
      kind: "failed",
      verdict: "final",
    },
    { name: "bad", status: 400, body: googleBody("INVALID_ARGUMENT"), kind: "badRequest", verdict: "final" },
    { name: "something else", status: 409, body: googleBody("ABORTED"), kind: "failed", verdict: "final" },
    { name: "a page", status: 404, body: Buffer.from("<html>"), kind: "failed", verdict: "final" },
  ])("$name: $kind", ({ status, headers = {}, body, kind, verdict }) => {
    const failure = toServiceFailure({ status, headers, body }, question);
    expect(failure.error.kind).toBe(kind);
    expect(failure.verdict).toEqual(verdict);
    expect(failure.error.retryAfterMs).toBe(typeof verdict === "string" ? undefined : verdict.afterMs);
  });

  it("says who lacks what, as far as that is known", () => {
    const body = googleBody("PERMISSION_DENIED");
    expect(toServiceFailure({ status: 403, headers: {}, body }, question).message).toBe(
      'the account of the credentials lacks "secretmanager.versions.access" on "projects/p/secrets/s/versions/latest": ' +
        '"secretmanager.googleapis.com" refused the request (403 PERMISSION_DENIED): Google\'s text',
    );
  });
});

describe("an error of Google's", () => {
  it("has one line that ends somewhere", () => {
    const body = Buffer.from(JSON.stringify({ error: { status: "NOT_FOUND", message: `a\n b${"x".repeat(1000)}` } }));
    const { message = "" } = readGoogleError(body) ?? {};
    expect(message.startsWith("a bxxx")).toBe(true);
    expect(message.length).toBe(500);
  });

  it.each(["", "null", "[]", "{", '"x"', '{"error":"x"}', '{"error":{"status":3}}', '{"error":{"status":"not ours"}}'])(
    "is not %s",
    (text) => {
      expect(readGoogleError(Buffer.from(text))).toBeUndefined();
    },
  );

  it("may lack all but its status", () => {
    const details = [null, 3, { "@type": 3 }, { "@type": "x.ErrorInfo", reason: 3, metadata: { a: 1, b: "c" } }];
    expect(readGoogleError(Buffer.from(JSON.stringify({ error: { status: "UNKNOWN", details } })))).toEqual({
      status: "UNKNOWN",
      message: "no message",
      reason: undefined,
      metadata: { b: "c" },
      retryDelayMs: undefined,
    });
  });
});
