/** What a Vault does on its bad days, and what is said of it. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { TestAnswer } from "configmanager/plugin/testing";
import { askVault, openVault, textOf } from "../../../test/servers/ask-vault.ts";
import { type KvServer, startKvServer } from "../../../test/servers/kv-v2.ts";
import {
  after,
  type Answer,
  json,
  malformed,
  reply,
  reset,
  resetInBody,
  stall,
  stallInBody,
  throttle,
} from "../../../test/servers/scripted-server.ts";

let vault: KvServer;
afterEach(() => vault.close());

/** Starts a Vault that gives these answers first, and then its own. */
async function start(...answers: readonly Answer[]): Promise<void> {
  const left = [...answers];
  vault = await startKvServer({ interfere: () => left.shift() });
  vault.put("secret", "app", { a: "b" });
}

async function ask(env: Record<string, string> = {}): Promise<TestAnswer> {
  const [answer] = await askVault({ VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken, ...env }, "secret___/app");
  return answer!;
}

const good = JSON.stringify({ data: { data: { a: "b" }, metadata: { version: 1 } } });
const value = '{"a":"b"}';

describe("what goes away", () => {
  it.each([
    { name: "a 500", answer: json({ errors: ["internal error"] }, 500) },
    { name: "a 502 of a proxy between", answer: reply(502, "<html>Bad Gateway</html>") },
    { name: "a standby that is behind (412)", answer: json({ errors: ["required index state not present"] }, 412) },
    { name: "a seal that is being opened (503)", answer: json({ errors: ["Vault is sealed"] }, 503) },
    {
      name: "a quota (429)",
      answer: throttle({ "retry-after-ms": "10" }, { body: '{"errors":["request path quota exceeded"]}' }),
    },
    { name: "a reset", answer: reset() },
    { name: "a reset within the body", answer: resetInBody(good) },
  ])("$name is asked again", async ({ answer }) => {
    await start(answer);
    expect(textOf(await ask())).toBe(value);
    expect(vault.log()).toEqual(["GET secret/data/app", "GET secret/data/app"]);
  });

  it("a slow body is waited for", async () => {
    await start(after(300, reply(200, good)));
    expect(textOf(await ask())).toBe(value);
    expect(vault.requests).toHaveLength(1);
  });

  it("is asked as often as VAULT_MAX_RETRIES says, two times again unless set", async () => {
    const answer = json({ errors: ["internal error"] }, 500);
    await start(answer, answer, answer, answer);
    expect(textOf(await ask())).toBe(
      `UNAVAILABLE: "127.0.0.1:${vault.port}" cannot answer just now: internal error (500)`,
    );
    expect(vault.requests).toHaveLength(3);
    expect(await ask({ VAULT_MAX_RETRIES: "0" })).toMatchObject({ code: "UNAVAILABLE" });
    expect(vault.requests).toHaveLength(4);
    expect(textOf(await ask({ VAULT_MAX_RETRIES: "0" }))).toBe(value);
  });

  it("a quota that stays is told, with what can be done", async () => {
    const answer = throttle({ "retry-after": "0" });
    await start(answer, answer);
    expect(await ask({ VAULT_MAX_RETRIES: "1" })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("has had too many requests (429)") as string,
      hint: expect.stringContaining("VAULT_RATE_LIMIT") as string,
    });
    expect(vault.requests).toHaveLength(2);
  });

  it("a quota on many secrets at once costs no value", async () => {
    let over = 5;
    vault = await startKvServer({
      interfere: () => (over-- > 0 ? throttle({ "retry-after-ms": "20" }) : undefined),
    });
    const requests = Array.from({ length: 40 }, (_, index) => ({ path: `secret___/many/${index}` }));
    for (const [index] of requests.entries()) vault.put("secret", `many/${index}`, { index });
    const answers = await askVault({ VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken }, ...requests);
    expect(answers.map(textOf)).toEqual(requests.map((_, index) => `{"index":${index}}`));
    expect(vault.requests).toHaveLength(45);
  });

  it("VAULT_RATE_LIMIT lets all through in the end", async () => {
    await start();
    const requests = Array.from({ length: 20 }, () => "secret___/app");
    const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken, VAULT_RATE_LIMIT: "200:1" };
    expect((await askVault(env, ...requests)).map(textOf)).toEqual(Array(20).fill(value));
  });
});

describe("what stays", () => {
  it("a sealed Vault", async () => {
    await start();
    vault.seal();
    expect(await ask({ VAULT_MAX_RETRIES: "0" })).toMatchObject({
      code: "UNAVAILABLE",
      message: `"127.0.0.1:${vault.port}" is sealed (503)`,
      hint: "ask whoever runs this Vault to unseal it",
    });
  });

  it.each([
    { name: "that breaks off", answer: malformed() },
    { name: "of a portal between", answer: reply(200, "<html>Please log in: hunter2</html>") },
    { name: "that is empty", answer: reply(200, "") },
    { name: "that is no object", answer: reply(200, "[]") },
    { name: "of 404 that is a page", answer: reply(404, "<html>hunter2</html>") },
  ])("a body $name, and nothing of it is told", async ({ answer }) => {
    await start(answer);
    const got = await ask();
    expect(got).toMatchObject({
      code: "UNKNOWN",
      message: expect.stringMatching(/^the answer is not one of Vault/) as string,
      hint: expect.stringContaining("VAULT_ADDR") as string,
    });
    expect(JSON.stringify(got)).not.toContain("hunter2");
    expect(vault.requests).toHaveLength(1);
  });

  it.each([
    { name: "without data", body: { data: null } },
    { name: "without metadata", body: { data: { data: { a: "hunter2" } } } },
    { name: "whose data is a list", body: { data: { data: ["hunter2"], metadata: {} } } },
  ])("an answer $name is no secret of KV version 2", async ({ body }) => {
    await start(json(body));
    const got = await ask();
    expect(got).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"secret/data/app" holds no secret of KV version 2',
    });
    expect(JSON.stringify(got)).not.toContain("hunter2");
  });

  it.each([
    { status: 400, body: { errors: ["invalid version"] }, code: "INVALID_ARGUMENT" },
    { status: 405, body: { errors: ["1 error occurred:\n\t* unsupported operation\n\n"] }, code: "INVALID_ARGUMENT" },
    { status: 401, body: {}, code: "UNAUTHENTICATED" },
    { status: 418, body: {}, code: "UNKNOWN" },
    { status: 501, body: { errors: ["Vault is not initialized"] }, code: "UNAVAILABLE" },
  ])("a $status", async ({ status, body, code }) => {
    await start(json(body, status));
    const answer = await ask();
    expect(answer).toMatchObject({ code, message: expect.stringContaining(`(${status})`) as string });
    expect(answer.ok ? "" : answer.message).not.toContain("\n");
    expect(vault.requests).toHaveLength(1);
  });
});

describe("what never comes", () => {
  it.each([
    { name: "an answer", answer: stall() },
    { name: "the rest of a body", answer: stallInBody(good) },
  ])("$name is waited for as long as VAULT_CLIENT_TIMEOUT says", async ({ answer }) => {
    await start(answer);
    expect(await ask({ VAULT_CLIENT_TIMEOUT: "200ms" })).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: expect.stringMatching(/^"127\.0\.0\.1:\d+" gave no answer within \d+ ms$/) as string,
      hint: "try again, or set VAULT_CLIENT_TIMEOUT",
    });
  });

  it("an answer for one does not hold up another, nor the end of the plugin", async () => {
    vault = await startKvServer({ interfere: ({ path }) => (path.endsWith("/slow") ? stall() : undefined) });
    vault.put("secret", "app", { a: "b" });
    const store = await openVault({ VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken });
    const leaving = new AbortController();
    const slow = store.ask([{ path: "secret___/slow" }], leaving.signal).catch((error: Error) => error.message);
    await vault.received(1);
    expect((await store.ask([{ path: "secret___/app" }])).map(textOf)).toEqual([value]);
    leaving.abort(new Error("left"));
    expect(await slow).toBe("left");
    await store.close();
  });

  it("TLS from a server that is silent", async () => {
    await start();
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const env = {
      VAULT_ADDR: `https://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      VAULT_CLIENT_TIMEOUT: "300ms",
    };
    expect(await ask(env)).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: expect.stringContaining(env.VAULT_ADDR.slice("https://".length)) as string,
    });
    silent.close();
  });
});
