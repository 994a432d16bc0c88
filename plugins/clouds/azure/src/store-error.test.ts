import { createHttpHeaders, createPipelineRequest, RestError } from "@azure/core-rest-pipeline";
import { type StoreErrorKind, timedOut, unauthenticated } from "configmanager/plugin";
import { describe, expect, it } from "vitest";
import { toAzureStoreError } from "./store-error.ts";
import { judgeAzureError } from "./verdicts.ts";

const subject = {
  host: "shop.vault.azure.net",
  what: 'secret "db" of vault "shop"',
  permission: 'the role "Key Vault Secrets User" on vault "shop"',
};

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly inner?: string;
  readonly message?: string;
  readonly headers?: Record<string, string>;
}

/** As the client of Key Vault makes it of an answer. */
function restError({ status, code, inner, message = "the service's own words", headers = {} }: Answer): RestError {
  const request = createPipelineRequest({ url: `https://${subject.host}/secrets/db/` });
  const error = new RestError(message, {
    statusCode: status,
    ...(code === undefined ? {} : { code }),
    request,
    response: { request, status, headers: createHttpHeaders(headers) },
  });
  const innerError = inner === undefined ? undefined : { code: inner };
  error.details = code === undefined ? undefined : { error: { code, message, innerError } };
  return error;
}

describe("an error of Azure", () => {
  const id = { "x-ms-request-id": "r-1" };
  it.each<{ name: string; answer: Answer; kind: StoreErrorKind; message: string; hint?: string | RegExp }>([
    {
      name: "no such secret",
      answer: { status: 404, code: "SecretNotFound", headers: id },
      kind: "notFound",
      message: 'secret "db" of vault "shop" was not found (404 SecretNotFound, request r-1)',
    },
    {
      name: "no such thing, without a body",
      answer: { status: 404 },
      kind: "notFound",
      message: 'secret "db" of vault "shop" was not found (404)',
    },
    {
      name: "no permission",
      answer: {
        status: 403,
        code: "Forbidden",
        inner: "ForbiddenByRbac",
        message: "Caller is not authorized.\r\nCaller: oid=1",
        headers: id,
      },
      kind: "denied",
      message:
        'secret "db" of vault "shop" may not be read (403 Forbidden, ForbiddenByRbac, request r-1): Caller is not authorized. Caller: oid=1',
      hint: 'grant the role "Key Vault Secrets User" on vault "shop"',
    },
    {
      name: "the firewall of a vault",
      answer: {
        status: 403,
        code: "Forbidden",
        inner: "ForbiddenByFirewall",
        message: "Client address is not authorized",
      },
      kind: "denied",
      message:
        'secret "db" of vault "shop" may not be read (403 Forbidden, ForbiddenByFirewall): Client address is not authorized',
      hint: /through the firewall of "shop\.vault\.azure\.net"/,
    },
    {
      name: "the firewall of a vault, by its words alone",
      answer: { status: 403, code: "Forbidden", message: "Public network access is disabled" },
      kind: "denied",
      message: 'secret "db" of vault "shop" may not be read (403 Forbidden): Public network access is disabled',
      hint: /through the firewall/,
    },
    {
      name: "the firewall of an account",
      answer: { status: 403, headers: { "x-ms-error-code": "AuthorizationFailure" } },
      kind: "denied",
      message: 'secret "db" of vault "shop" may not be read (403 AuthorizationFailure)',
      hint: /through the firewall/,
    },
    {
      name: "a role of an account that is missing",
      answer: { status: 403, headers: { "x-ms-error-code": "AuthorizationPermissionMismatch" } },
      kind: "denied",
      message: 'secret "db" of vault "shop" may not be read (403 AuthorizationPermissionMismatch)',
      hint: 'grant the role "Key Vault Secrets User" on vault "shop"',
    },
    {
      name: "a disabled secret",
      answer: {
        status: 403,
        code: "Forbidden",
        inner: "SecretDisabled",
        message: "Operation get is not allowed on a disabled secret.",
      },
      kind: "denied",
      message:
        'secret "db" of vault "shop" may not be read (403 Forbidden, SecretDisabled): Operation get is not allowed on a disabled secret.',
      hint: "enable the secret, or name a version that is enabled",
    },
    {
      name: "a token that is not taken",
      answer: { status: 401, code: "Unauthorized", message: "AKV10022: Invalid audience.", headers: id },
      kind: "unauthenticated",
      message:
        '"shop.vault.azure.net" does not accept the token (401 Unauthorized, request r-1): AKV10022: Invalid audience.',
      hint: "check the tenant of the credential, and the clock of this machine",
    },
    {
      name: "a bad request",
      answer: { status: 400, code: "BadParameter", message: "The request URI contains an invalid name" },
      kind: "badRequest",
      message:
        'secret "db" of vault "shop" cannot be read (400 BadParameter): The request URI contains an invalid name',
    },
    {
      name: "throttling",
      answer: { status: 429, code: "Throttled", headers: { "retry-after": "2", ...id } },
      kind: "unavailable",
      message: '"shop.vault.azure.net" is asked too often (429 Throttled, request r-1)',
    },
    {
      name: "an outage",
      answer: { status: 503, message: "<html>anything</html>" },
      kind: "unavailable",
      message: '"shop.vault.azure.net" is out of order (503)',
    },
    {
      name: "a gateway that gave up",
      answer: { status: 504 },
      kind: "timedOut",
      message: '"shop.vault.azure.net" did not answer in time (504)',
    },
    {
      name: "any other status, whose words may be anything",
      answer: { status: 418, message: "anything" },
      kind: "failed",
      message: 'secret "db" of vault "shop" could not be read (418)',
    },
  ])("says what is the matter: $name", ({ answer, kind, message, hint }) => {
    const error = toAzureStoreError(restError(answer), subject);
    expect(error).toMatchObject({ kind, message });
    if (hint !== undefined) expect(error.hint).toMatch(hint);
  });

  it("hands on how long the service wants to be left alone", () => {
    const answer = { status: 429, headers: { "retry-after-ms": "1500", "retry-after": "9" } };
    expect(toAzureStoreError(restError(answer), subject).retryAfterMs).toBe(1500);
  });

  it("shortens what a service says at length", () => {
    const { message } = toAzureStoreError(
      restError({ status: 403, code: "Forbidden", message: "x".repeat(5000) }),
      subject,
    );
    expect(message).toHaveLength('secret "db" of vault "shop" may not be read (403 Forbidden): '.length + 300);
  });

  it("quotes nothing of an answer that the client could not read", () => {
    for (const [statusCode, kind] of [
      [200, "failed"],
      [403, "denied"],
    ] as const) {
      const unreadable = new RestError('SyntaxError occurred while parsing the response body - {"value": "hunter2', {
        code: RestError.PARSE_ERROR,
        statusCode,
      });
      const error = toAzureStoreError(unreadable, subject);
      expect(error.kind).toBe(kind);
      expect(`${error.message} ${error.hint}`).not.toContain("hunter2");
    }
  });

  it("leaves what a credential has said as it is, and names the host of a time-out", () => {
    const refused = unauthenticated("no credential");
    expect(toAzureStoreError(refused, subject)).toBe(refused);
    expect(toAzureStoreError(new Error("wrapped", { cause: refused }), subject)).toBe(refused);
    const late = toAzureStoreError(timedOut("no answer within 10 ms"), subject);
    expect(late).toMatchObject({ kind: "timedOut", message: 'no answer within 10 ms from "shop.vault.azure.net"' });
  });

  it("takes a host that does not exist for a misspelled name", () => {
    const missing = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    expect(toAzureStoreError(missing, subject)).toMatchObject({
      kind: "unavailable",
      message: 'cannot reach "shop.vault.azure.net": there is no such host name (ENOTFOUND)',
      hint: 'check the spelling of "shop"',
    });
  });
});

describe("what is worth another try", () => {
  it.each([
    { answer: { status: 429 }, expected: { retry: "throttled", afterMs: undefined } },
    { answer: { status: 503, headers: { "retry-after": "3" } }, expected: { retry: "throttled", afterMs: 3000 } },
    { answer: { status: 500 }, expected: { retry: "transient", afterMs: undefined } },
    { answer: { status: 502 }, expected: { retry: "transient", afterMs: undefined } },
    { answer: { status: 504 }, expected: { retry: "transient", afterMs: undefined } },
    { answer: { status: 408 }, expected: { retry: "transient", afterMs: undefined } },
    { answer: { status: 401 }, expected: "final" },
    { answer: { status: 403 }, expected: "final" },
    { answer: { status: 404 }, expected: "final" },
    { answer: { status: 501 }, expected: "final" },
  ])("$answer.status is judged $expected", ({ answer, expected }) => {
    expect(judgeAzureError(restError(answer))).toEqual(expected);
  });

  it.each([
    { code: "ECONNRESET", expected: "transient" },
    { code: "ENOTFOUND", expected: "final" },
    { code: "CERT_HAS_EXPIRED", expected: "final" },
  ])("$code is judged $expected", ({ code, expected }) => {
    expect(judgeAzureError(Object.assign(new Error("network"), { code }))).toBe(expected);
  });

  it("what a credential has refused is final", () => {
    expect(judgeAzureError(unauthenticated("no credential"))).toBe("final");
  });
});
