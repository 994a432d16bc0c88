import { randomUUID } from "node:crypto";
import { contractChecks, openTestStore, type TestAnswer } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { askVault, emptyHome, openVault, textOf, vaultEnv } from "../../../test/servers/ask-vault.ts";
import { type KvServer, startKvServer } from "../../../test/servers/kv-v2.ts";
import { type Answer, json, type RecordedRequest, reset, stall } from "../../../test/servers/scripted-server.ts";
import { createVaultStore } from "./store.ts";

let vault: KvServer;
let env: Record<string, string>;
let interfere: ((request: RecordedRequest) => Answer | undefined) | undefined;
beforeAll(async () => {
  vault = await startKvServer({
    mounts: {
      secret: "kv2",
      größe: "kv2",
      kv: "kv1",
      database: "other",
      "team/secret": "kv2",
      "team/sub/secret": "kv2",
    },
    interfere: (request) => interfere?.(request),
  });
  env = { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken };
  vault.put("secret", "app", { a: "1" });
  vault.put("secret", "app", { a: "2" });
  vault.put("secret", "gone", { a: "1" });
  vault.put("secret", "gone", { a: "2" });
  vault.remove("secret", "gone", 2);
  vault.put("secret", "destroyed", { a: "1" });
  vault.destroy("secret", "destroyed", 1);
  vault.put("secret", "ends", { a: "1" }, { deletionTime: "2030-01-02T03:04:05.678901234Z" });
  vault.put("secret", "a b/ü \u{1f511}/100%", { ü: "\u{1f511}" });
  vault.put("größe", "app", { a: "umlaut" });
  vault.put("secret", "large", { text: "x".repeat(1024 * 1024) });
  vault.put(
    "secret",
    "go",
    String.raw`{ "z": 1.10, "big": 12345678901234567890, "e": 1E+2, "neg": -0, "a\u0062": "<a> & 'b'\u2028\u2029\u0000\/", "B": null, "nested": {"y": [true, 0.0], "x": {}}, "\ud83d\ude00": "😀" }`,
  );
  vault.put("kv", "old", '{"n": 1.0, "data": {"metadata": "mine"}}');
  vault.put("team/secret", "app", { a: "team" });
  vault.put("team/sub/secret", "app", { a: "sub" });
});
afterAll(() => vault.close());

async function ask(path: string, metadata: Record<string, string> = {}, more = {}): Promise<TestAnswer> {
  const [answer] = await askVault({ ...env, ...more }, { path, metadata });
  return answer!;
}

describe("the contract of a store", () => {
  let checks: ReturnType<typeof contractChecks> = [];
  beforeAll(async () => {
    const executable = (await buildTestPlugins()).file("vault");
    const reader = vault.addToken(["secret/data/*", "größe/*", "sys/*", "slow"]);
    interfere = ({ path }) => (path === "/v1/slow" ? stall() : undefined);
    checks = contractChecks(
      { executable, env: vaultEnv({ ...env, VAULT_TOKEN: reader }), cwd: emptyHome },
      contractCases,
    );
  });
  afterAll(() => (interfere = undefined));
  const contractCases = {
    found: { path: "secret___/app", value: '{"a":"2"}' },
    missing: { path: "secret___/none" },
    denied: { path: "team/secret___/app" },
    bad: { path: "secret/app" },
    version: { path: "secret___/app", metadata: { version: "1" }, value: '{"a":"1"}' },
    empty: { path: "secret___/gone" },
    large: { path: "secret___/large", value: `{"text":"${"x".repeat(1024 * 1024)}"}` },
    unicode: { path: "secret___/a b/ü \u{1f511}/100%", value: '{"ü":"\u{1f511}"}' },
    cancelled: { path: "slow", metadata: { engine: "raw" } },
  };
  // The names are needed before the plugin is built and the server runs.
  const names = contractChecks({ executable: "", env: {}, cwd: "" }, contractCases).map(({ name }) => name);
  it.each(names.map((name, index) => ({ name, index })))("$name", ({ index }) => checks[index]!.run());
});

describe("a secret of KV version 2", () => {
  it("comes as Go's encoder prints it, its numbers as they were written", async () => {
    expect(textOf(await ask("secret___/go"))).toBe(
      String.raw`{"B":null,"ab":"\u003ca\u003e \u0026 'b'\u2028\u2029\u0000/","big":12345678901234567890,"e":1E+2,"neg":-0,"nested":{"x":{},"y":[true,0.0]},"z":1.10,"😀":"😀"}`,
    );
  });

  it("has its version, and its end when it has one", async () => {
    expect(await ask("secret___/app")).toMatchObject({ version: "2", expiresAt: undefined });
    expect(await ask("secret___/app", { version: "1" })).toMatchObject({ version: "1" });
    expect(await ask("secret___/ends")).toMatchObject({ expiresAt: new Date("2030-01-02T03:04:05.678Z") });
  });

  it("is empty when its version is deleted or destroyed, and has older ones", async () => {
    expect(await ask("secret___/gone")).toMatchObject({ ok: true, data: new Uint8Array(), version: "2" });
    expect(await ask("secret___/destroyed")).toMatchObject({ ok: true, data: new Uint8Array(), expiresAt: undefined });
    expect(textOf(await ask("secret___/gone", { version: "1" }))).toBe('{"a":"1"}');
  });

  it.each([
    { version: "3", expected: "NOT_FOUND: no secret found at secret/data/app for version 3" },
    { version: "0", expected: '{"a":"2"}' },
  ])("has no version $version of its own", async ({ version, expected }) => {
    expect(textOf(await ask("secret___/app", { version }))).toBe(expected);
  });

  it("takes metadata keys in any case, and refuses those that it does not know", async () => {
    expect(textOf(await ask("secret___/app", { VERSION: "1" }))).toBe('{"a":"1"}');
    expect(await ask("secret___/app", { verison: "1" })).toMatchObject({
      code: "INVALID_ARGUMENT",
      hint: 'did you mean "version"?',
    });
  });

  it("is asked for by one request, with Vault's headers", async () => {
    const from = vault.requests.length;
    await ask("/secret//___//app/", {}, { VAULT_HEADERS: '{"X-Mine":"yes"}' });
    const requests = vault.requests.slice(from);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(["GET /v1/secret/data/app"]);
    expect(requests[0]!.headers).toMatchObject({ "x-vault-request": "true", "x-mine": "yes" });
    expect(requests[0]!.headers["x-vault-namespace"]).toBeUndefined();
  });

  it("is found at a mount that is not ASCII", async () => {
    expect(textOf(await ask("größe___app"))).toBe('{"a":"umlaut"}');
  });
});

describe("namespaces", () => {
  it.each([
    { name: "of the environment", namespace: "team", path: "secret___/app", expected: '{"a":"team"}' },
    { name: "with slashes around", namespace: "/team/", path: "secret___/app", expected: '{"a":"team"}' },
    { name: "of several parts", namespace: "team/sub", path: "secret___/app", expected: '{"a":"sub"}' },
    { name: "that the token adds to", namespace: "team", path: "sub/secret___/app", expected: '{"a":"sub"}' },
    { name: "of the token alone", namespace: "", path: "team/secret___/app", expected: '{"a":"team"}' },
  ])("$name", async ({ namespace, path, expected }) => {
    expect(textOf(await ask(path, {}, { VAULT_NAMESPACE: namespace }))).toBe(expected);
  });

  it("that are not there are not found", async () => {
    expect(await ask("secret___/app", {}, { VAULT_NAMESPACE: "other" })).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("other engines", () => {
  it("KV version 1 is read by engine=kv1", async () => {
    const answer = await ask("kv___/old", { engine: "kv1" });
    expect(textOf(answer)).toBe('{"data":{"metadata":"mine"},"n":1.0}');
    expect(answer).toMatchObject({ version: "", expiresAt: undefined });
    expect(textOf(await ask("kv/old", { engine: "kv1" }))).toBe('{"data":{"metadata":"mine"},"n":1.0}');
  });

  it("KV version 1 that is read as version 2 is recognized, by one question for each mount", async () => {
    const from = vault.requests.length;
    const answers = await askVault(env, "kv___/old", "kv___/other");
    expect(answers).toMatchObject([
      { code: "INVALID_ARGUMENT", message: '"kv" is a mount of KV version 1', hint: "add [engine=kv1] to the token" },
      { code: "INVALID_ARGUMENT" },
    ]);
    expect(
      vault
        .log()
        .slice(from)
        .filter((line) => line.includes("sys/")),
    ).toEqual(["GET sys/internal/ui/mounts/kv"]);
  });

  it("a secret of KV version 1 that lies where version 2 has its data is recognized too", async () => {
    vault.put("kv", "data/old", { a: "b" });
    expect(await ask("kv___/old")).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"kv/data/old" holds no secret of KV version 2',
      hint: expect.stringContaining("engine=kv1") as string,
    });
  });

  it("KV version 2 that is read as version 1 is recognized", async () => {
    expect(await ask("secret___/app", { engine: "kv1" })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"secret" is a mount of KV version 2',
      hint: "leave engine=kv1 out of the token",
    });
  });

  it("another engine that is read as KV is recognized", async () => {
    expect(await ask("database___/creds/none")).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"database" is a mount of the engine "database"',
      hint: expect.stringContaining("[engine=raw]") as string,
    });
  });

  it("a mount that is not there is not found", async () => {
    expect(await ask("secrets___/app")).toMatchObject({
      code: "NOT_FOUND",
      hint: 'check that a secrets engine is mounted at "secrets"',
    });
  });

  it.each([
    { name: "does not say", answer: json({ errors: ["permission denied"] }, 403) },
    { name: "has no time to say", answer: json({ errors: ["internal error"] }, 500) },
    { name: "says something odd about", answer: json({ data: { type: 1 } }) },
    { name: "says nothing sensible about", answer: json("<html>") },
    { name: "hangs up when asked", answer: reset() },
  ])("a secret that is not there stays not found when Vault $name what the mount is", async ({ answer }) => {
    interfere = ({ path }) => (path.startsWith("/v1/sys/") ? answer : undefined);
    expect(await ask("secret___/none")).toMatchObject({ code: "NOT_FOUND" });
    interfere = undefined;
  });

  it("any path that answers with data is read by engine=raw, with the end of its lease", async () => {
    vault.answer("database/creds/app", () => ({
      lease_id: `database/creds/app/${randomUUID()}`,
      lease_duration: 3600,
      data: { username: "made-up", password: "<made up>" },
    }));
    const before = Date.now();
    const answer = await ask("database/creds/app", { engine: "raw" });
    expect(textOf(answer)).toBe(String.raw`{"password":"\u003cmade up\u003e","username":"made-up"}`);
    const end = answer.ok ? answer.expiresAt!.getTime() : 0;
    expect(end).toBeGreaterThanOrEqual(before + 3_600_000);
  });

  it("a raw path is asked once for a run, whatever else the tokens say", async () => {
    let made = 0;
    vault.answer("database/creds/once", () => ({
      lease_id: randomUUID(),
      lease_duration: 3600,
      data: { n: String(++made) },
    }));
    const store = await openVault(env);
    const metadata = { engine: "raw" };
    const first = await store.ask([
      { path: "database/creds/once", metadata },
      { path: "database___/creds/once", metadata },
      { path: "/database/creds/once", metadata: { engine: "raw", role: "" } },
    ]);
    const second = await store.ask([{ path: "database/creds/once", metadata }]);
    await store.close();
    expect([...first, ...second].map(textOf)).toEqual(Array(4).fill('{"n":"1"}'));
    expect(made).toBe(1);
  });

  it("a raw path that failed, or whose lease is over, is asked again", async () => {
    let made = 0;
    vault.answer("database/creds/short", () => ({
      lease_id: randomUUID(),
      // A thousandth of a second: over before the next request.
      lease_duration: 0.001,
      data: { n: String(++made) },
    }));
    const store = await openVault(env);
    const short = { path: "database/creds/short", metadata: { engine: "raw" } };
    const late = { path: "database/creds/late", metadata: { engine: "raw" } };
    const answers = [await store.ask([short, late])];
    vault.answer("database/creds/late", () => ({ data: { a: "b" } }));
    answers.push(await store.ask([late]), await store.ask([short]));
    await store.close();
    expect(answers.map((each) => each.map(textOf))).toEqual([
      ['{"n":"1"}', expect.stringMatching(/^NOT_FOUND/)],
      ['{"a":"b"}'],
      ['{"n":"2"}'],
    ]);
  });

  it("a raw path goes on for the others when the first who asked leaves", async () => {
    let made = 0;
    let release: (() => void) | undefined;
    interfere = ({ path }) =>
      path === "/v1/database/creds/shared"
        ? async (response, request) => {
            made++;
            await new Promise<void>((resolve) => (release = resolve));
            await json({ data: { a: "b" } })(response, request);
          }
        : undefined;
    const store = await openVault(env);
    const request = { path: "database/creds/shared", metadata: { engine: "raw" } };
    const leaving = new AbortController();
    const from = vault.requests.length;
    const left = store.ask([request], leaving.signal).catch((error: Error) => error.message);
    await vault.received(from + 1);
    const stayed = store.ask([request]);
    leaving.abort(new Error("left"));
    expect(await left).toBe("left");
    release?.();
    expect((await stayed).map(textOf)).toEqual(['{"a":"b"}']);
    expect(made).toBe(1);
    interfere = undefined;
    await store.close();
  });

  it.each([
    { name: "null", body: { data: null } },
    { name: "none", body: { auth: null } },
  ])("a raw path whose data is $name is an error", async ({ body }) => {
    interfere = ({ path }) => (path === "/v1/odd" ? json(body) : undefined);
    expect(await ask("odd", { engine: "raw" })).toMatchObject({ ok: false, message: '"odd" answers without data' });
    interfere = undefined;
  });
});

describe("the token", () => {
  it("that Vault does not know is an error of its own", async () => {
    expect(await ask("secret___/app", {}, { VAULT_TOKEN: "nobody's" })).toMatchObject({
      code: "UNAUTHENTICATED",
      hint: expect.stringContaining("VAULT_TOKEN") as string,
    });
  });

  it("that cannot be sent is refused, and not shown", async () => {
    const answer = await ask("secret___/app", {}, { VAULT_TOKEN: "made-up\n" });
    expect(textOf(answer)).toContain("configured Vault token contains non-printable characters and cannot be used");
    expect(JSON.stringify(answer)).not.toContain("made-up");
  });

  it("is taken along under no other name", async () => {
    const from = vault.requests.length;
    await ask("secret___/app");
    const { url, headers, text } = vault.requests[from]!;
    expect(headers["x-vault-token"]).toBe(vault.rootToken);
    const { "x-vault-token": _token, ...others } = headers;
    expect(JSON.stringify([url, others, text])).not.toContain(vault.rootToken);
  });
});

describe("two clusters", () => {
  it("are two processes with an environment each", async () => {
    const other = await startKvServer();
    other.put("secret", "app", { a: "other" });
    const stores = await Promise.all([
      openVault(env),
      openVault({ VAULT_ADDR: other.url, VAULT_TOKEN: other.rootToken }),
    ]);
    const answers = await Promise.all(stores.map((store) => store.ask([{ path: "secret___/app" }])));
    await Promise.all(stores.map((store) => store.close()));
    await other.close();
    expect(answers.flat().map(textOf)).toEqual(['{"a":"2"}', '{"a":"other"}']);
  });

  it("are two stores within one process too", async () => {
    const other = await startKvServer();
    other.put("secret", "app", { a: "other" });
    const open = (address: string, token: string): ReturnType<typeof openTestStore> =>
      openTestStore({
        store: createVaultStore(),
        env: { VAULT_ADDR: address, VAULT_TOKEN: token, HOME: emptyHome },
        cwd: emptyHome,
      });
    const stores = await Promise.all([open(vault.url, vault.rootToken), open(other.url, other.rootToken)]);
    const answers = await Promise.all(stores.map((store) => store.ask([{ path: "secret___/app" }])));
    await Promise.all(stores.map((store) => store.close()));
    await other.close();
    expect(answers.flat().map(textOf)).toEqual(['{"a":"2"}', '{"a":"other"}']);
  });
});

it("asks for many secrets at once, over sixteen connections at most", async () => {
  const many = await startKvServer();
  for (let index = 0; index < 200; index++) many.put("secret", `many/${index}`, { index });
  const requests = Array.from({ length: 200 }, (_, index) => ({ path: `secret___/many/${index}` }));
  const answers = await askVault({ VAULT_ADDR: many.url, VAULT_TOKEN: many.rootToken }, ...requests);
  expect(answers.map(textOf)).toEqual(requests.map((_, index) => `{"index":${index}}`));
  expect(many.requests).toHaveLength(200);
  expect(many.connections()).toBeLessThanOrEqual(16);
  await many.close();
});
