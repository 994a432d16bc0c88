import { describe, expect, it } from "vitest";
import { parseGoBool, parseGoDuration, parseRate } from "./go-values.ts";
import { readSettings } from "./settings.ts";

function errorOf(env: Record<string, string>): { kind: string; message: string; hint: string } {
  try {
    readSettings(env);
  } catch (error) {
    return error as { kind: string; message: string; hint: string };
  }
  throw new Error("no error");
}

describe("the settings of the environment", () => {
  it("are those of Vault's clients when nothing is set", () => {
    expect(readSettings({})).toMatchObject({
      address: new URL("https://127.0.0.1:8200"),
      host: "127.0.0.1:8200",
      headers: {},
      followRedirect: true,
      srvLookup: false,
      tls: { skipVerify: false },
    });
  });

  it.each([
    { name: "an address", env: { VAULT_ADDR: "http://vault.test:8200" }, expected: { host: "vault.test:8200" } },
    {
      name: "an empty variable as none",
      env: { VAULT_ADDR: "", VAULT_NAMESPACE: "" },
      expected: { host: "127.0.0.1:8200", namespace: undefined },
    },
    {
      name: "an agent's address first",
      env: { VAULT_ADDR: "https://a.test", VAULT_AGENT_ADDR: "http://127.0.0.1:8100" },
      expected: { host: "127.0.0.1:8100" },
    },
    {
      name: "a socket",
      env: { VAULT_ADDR: "unix:///run/vault.sock" },
      expected: { host: "unix:///run/vault.sock", socketPath: "/run/vault.sock", address: new URL("http://localhost") },
    },
    {
      name: "a user of the address, apart from it",
      env: { VAULT_ADDR: "https://me:p%40ss@vault.test/base/?x=1#y" },
      expected: { basicAuth: "me:p@ss", address: new URL("https://vault.test/base/") },
    },
    {
      name: "the first of two names of a proxy",
      env: { VAULT_PROXY_ADDR: "http://p:1", VAULT_HTTP_PROXY: "http://q:2" },
      expected: { proxyUrl: "http://p:1" },
    },
    { name: "headers", env: { VAULT_HEADERS: '{"X-A":"1"}' }, expected: { headers: { "X-A": "1" } } },
    { name: "a time-out", env: { VAULT_CLIENT_TIMEOUT: "1m30s" }, expected: { timeoutMs: 90_000 } },
    { name: "no time-out of zero", env: { VAULT_CLIENT_TIMEOUT: "0" }, expected: { timeoutMs: undefined } },
    {
      name: "a time-out below zero as none that comes",
      env: { VAULT_CLIENT_TIMEOUT: "-1" },
      expected: { timeoutMs: 2_147_483_647 },
    },
    { name: "retries", env: { VAULT_MAX_RETRIES: "0" }, expected: { maxRetries: 0 } },
    { name: "no rate of zero", env: { VAULT_RATE_LIMIT: "0" }, expected: { rate: undefined } },
    {
      name: "booleans",
      env: { VAULT_SRV_LOOKUP: "t", VAULT_DISABLE_REDIRECTS: "1" },
      expected: { srvLookup: true, followRedirect: false },
    },
  ])("take $name", ({ env, expected }) => {
    expect(readSettings(env as Record<string, string>)).toMatchObject(expected);
  });

  it.each([
    {
      name: "V9: a rate",
      env: { VAULT_RATE_LIMIT: "wrong" },
      message:
        "error encountered setting up default configuration: VAULT_RATE_LIMIT was provided but incorrectly formatted",
    },
    {
      name: "a time-out",
      env: { VAULT_CLIENT_TIMEOUT: "soon" },
      message: 'error encountered setting up default configuration: could not parse "VAULT_CLIENT_TIMEOUT"',
    },
    {
      name: "a boolean",
      env: { VAULT_SKIP_VERIFY: "yes" },
      message: "error encountered setting up default configuration: could not parse VAULT_SKIP_VERIFY",
    },
    {
      name: "a number of retries",
      env: { VAULT_MAX_RETRIES: "-1" },
      message: "error encountered setting up default configuration: VAULT_MAX_RETRIES is no number of retries",
    },
    { name: "an address without a scheme", env: { VAULT_ADDR: "127.0.0.1:8200" }, message: "VAULT_ADDR is no address" },
    {
      name: "an address of another kind",
      env: { VAULT_ADDR: "ftp://vault.test" },
      message: "VAULT_ADDR is no address",
    },
    { name: "a socket without a path", env: { VAULT_ADDR: "unix://" }, message: "VAULT_ADDR names no socket" },
    {
      name: "headers that are no JSON",
      env: { VAULT_HEADERS: "X-A: 1" },
      message: "could not unmarshal environment-supplied headers",
    },
    {
      name: "headers that are a list",
      env: { VAULT_HEADERS: "[]" },
      message: "could not unmarshal environment-supplied headers",
    },
    {
      name: "headers that are no text",
      env: { VAULT_HEADERS: '{"X-A":1}' },
      message: "environment-supplied headers include non-string values",
    },
    {
      name: "headers with line feeds",
      env: { VAULT_HEADERS: '{"X-A":"1\\n2"}' },
      message: "environment-supplied headers include one that cannot be sent",
    },
    {
      name: "Vault's own headers",
      env: { VAULT_HEADERS: '{"x-vault-token":"a"}' },
      message: "failed to setup Headers[x-vault-token]: Header starting by 'X-Vault-' are for internal usage only",
    },
    {
      name: "wrapped replies",
      env: { VAULT_WRAP_TTL: "5m" },
      message: "VAULT_WRAP_TTL asks for wrapped replies, which hold no value",
    },
  ])("refuse $name in the form of the Go store", ({ env, message }) => {
    expect(errorOf(env as Record<string, string>)).toMatchObject({
      kind: "badRequest",
      message: `${message}\nfailed to initialize the client`,
      hint: expect.stringMatching(/./) as string,
    });
  });

  it("quote no address, which may hold a password", () => {
    expect(JSON.stringify(errorOf({ VAULT_ADDR: "me:hunter2@vault.test" }))).not.toContain("hunter2");
  });
});

describe("values as Go writes them", () => {
  it.each([
    { text: "30", ms: 30_000 },
    { text: "30s", ms: 30_000 },
    { text: "1m30s", ms: 90_000 },
    { text: "1.5h", ms: 5_400_000 },
    { text: "500ms", ms: 500 },
    { text: "2d", ms: 172_800_000 },
    { text: "-3s", ms: -3000 },
    { text: "", ms: undefined },
    { text: "5 s", ms: undefined },
    { text: "s", ms: undefined },
    { text: "1x", ms: undefined },
  ])("the duration $text", ({ text, ms }) => expect(parseGoDuration(text)).toBe(ms));

  it.each([
    { text: "True", value: true },
    { text: "F", value: false },
    { text: "yes", value: undefined },
    { text: "tRUE", value: undefined },
  ])("the boolean $text", ({ text, value }) => expect(parseGoBool(text)).toBe(value));

  it.each([
    { text: "10", rate: { perSecond: 10, burst: 10 } },
    { text: "2.5", rate: { perSecond: 2.5, burst: 2 } },
    { text: "0.5", rate: { perSecond: 0.5, burst: 1 } },
    { text: "10:50", rate: { perSecond: 10, burst: 50 } },
    { text: "1e2:5", rate: { perSecond: 100, burst: 5 } },
    { text: "wrong", rate: undefined },
    { text: "-1", rate: undefined },
    { text: "5:", rate: undefined },
  ])("the rate $text", ({ text, rate }) => expect(parseRate(text)).toEqual(rate));
});
