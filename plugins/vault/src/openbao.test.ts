/** Against a real server, where one has been built: that what `kv-v2.ts` plays is what such a server does. */
import { generateKeyPairSync, sign } from "node:crypto";
import type { TestAnswer, TestPutAnswer, TestPutRequest } from "configmanager/plugin/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askVault, openVault, textOf } from "../../../test/servers/ask-vault.ts";
import { describeWithOpenBao, type OpenBao, startOpenBao } from "../../../test/servers/openbao.ts";

describeWithOpenBao("the store VAULT before a real OpenBao", () => {
  let bao: OpenBao;
  beforeAll(async () => {
    bao = await startOpenBao();
    await write("app", { a: "1" });
    await write("app", { a: "2" });
    await bao.call("PUT", "sys/mounts/kv", { type: "kv", options: { version: "1" } });
    await bao.call("PUT", "kv/old", { n: "1" });
    await bao.call("PUT", "sys/policies/acl/app", {
      policy: 'path "secret/data/app" { capabilities = ["read"] } path "kv/*" { capabilities = ["read"] }',
    });
  });
  afterAll(() => bao.close());

  async function write(path: string, data: object, namespace?: string): Promise<void> {
    await bao.call("PUT", `secret/data/${path}`, { data }, namespace);
  }

  async function ask(
    path: string,
    metadata: Record<string, string> = {},
    env: Record<string, string> = {},
  ): Promise<TestAnswer> {
    const [answer] = await askVault({ VAULT_ADDR: bao.url, VAULT_TOKEN: bao.rootToken, ...env }, { path, metadata });
    return answer!;
  }

  it("reads the current version, and others", async () => {
    const current = await ask("secret___/app");
    expect(textOf(current)).toBe('{"a":"2"}');
    expect(current).toMatchObject({ version: "2", expiresAt: undefined });
    expect(textOf(await ask("secret___/app", { version: "1" }))).toBe('{"a":"1"}');
    expect(textOf(await ask("secret___/app", { version: "9" }))).toBe(
      "NOT_FOUND: no secret found at secret/data/app for version 9",
    );
  });

  it("reads paths and values beyond ASCII", async () => {
    await write(encodeURIComponent("a b/ü\u{1f511}+%"), { ü: "<\u{1f511}>" });
    expect(textOf(await ask("secret___/a b/ü\u{1f511}+%"))).toBe(String.raw`{"ü":"\u003c🔑\u003e"}`);
  });

  it("hands numbers out as the server does, which has taken them for doubles", async () => {
    // Not JSON.stringify, which has no such numbers.
    const response = await fetch(`${bao.url}/v1/secret/data/numbers`, {
      method: "PUT",
      headers: { "x-vault-token": bao.rootToken },
      body: '{"data":{"big":12345678901234567890,"one":1.10,"e":1E+2}}',
    });
    expect(response.status).toBe(200);
    expect(textOf(await ask("secret___/numbers"))).toBe('{"big":12345678901234567000,"e":100,"one":1.1}');
  });

  it("gives an empty value for a version that is deleted or destroyed", async () => {
    await write("gone", { a: "1" });
    await bao.call("DELETE", "secret/data/gone");
    expect(textOf(await ask("secret___/gone"))).toBe("");
    await write("gone", { a: "2" });
    await bao.call("PUT", "secret/destroy/gone", { versions: [2] });
    expect(textOf(await ask("secret___/gone"))).toBe("");
  });

  it("knows the end of a version that will go by itself", async () => {
    await bao.call("PUT", "secret/metadata/ends", { delete_version_after: "1h" });
    const before = Date.now();
    await write("ends", { a: "1" });
    const answer = await ask("secret___/ends");
    const end = answer.ok ? answer.expiresAt!.getTime() : 0;
    expect(end).toBeGreaterThanOrEqual(before + 3_500_000);
    expect(end).toBeLessThanOrEqual(Date.now() + 3_700_000);
  });

  it("does not find what is not there", async () => {
    expect(textOf(await ask("secret___/none"))).toBe("NOT_FOUND: no secret found at secret/data/none");
    expect(await ask("nowhere___/none")).toMatchObject({
      code: "NOT_FOUND",
      hint: 'check that a secrets engine is mounted at "nowhere"',
    });
  });

  it("tells the versions of KV apart", async () => {
    expect(textOf(await ask("kv___/old", { engine: "kv1" }))).toBe('{"n":"1"}');
    expect(await ask("kv___/old")).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"kv" is a mount of KV version 1',
      hint: "add [engine=kv1] to the token",
    });
    expect(await ask("secret___/app", { engine: "kv1" })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"secret" is a mount of KV version 2',
    });
  });

  it("reads any path that answers with data", async () => {
    const answer = textOf(await ask("auth/token/lookup-self", { engine: "raw" }));
    expect(JSON.parse(answer)).toMatchObject({ path: "auth/token/create", policies: ["root"] });
    expect(await ask("secret/none", { engine: "raw" })).toMatchObject({ ok: false });
  });

  it("is denied what the policy does not name, and knows a mount all the same", async () => {
    const { auth } = (await bao.call("PUT", "auth/token/create", { policies: ["app"] })) as {
      auth: { client_token: string };
    };
    const env = { VAULT_TOKEN: auth.client_token };
    expect(textOf(await ask("secret___/app", {}, env))).toBe('{"a":"2"}');
    expect(await ask("secret___/numbers", {}, env)).toMatchObject({
      code: "PERMISSION_DENIED",
      message: '"secret/data/numbers" may not be read: permission denied (403)',
    });
    expect(await ask("kv___/old", {}, env)).toMatchObject({ message: '"kv" is a mount of KV version 1' });
  });

  it("does not know another's token", async () => {
    expect(await ask("secret___/app", {}, { VAULT_TOKEN: "nobody's" })).toMatchObject({ ok: false });
    expect(await ask("secret___/app", {}, { VAULT_TOKEN: "" })).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("writes a secret, a key of one, and only where there is none", async () => {
    const store = await openVault({ VAULT_ADDR: bao.url, VAULT_TOKEN: bao.rootToken });
    const put = (path: string, data: string, more: Partial<TestPutRequest> = {}): Promise<TestPutAnswer> =>
      store.put({ path, data, ...more });
    expect(await put("secret___/written/a", '{"a":"1"}')).toEqual({ ok: true, version: "1" });
    expect(await put("secret___/written/a", "2", { metadata: { key: '["b"]' } })).toEqual({ ok: true, version: "2" });
    expect(textOf(await ask("secret___/written/a"))).toBe('{"a":"1","b":"2"}');
    const existing = { code: "ALREADY_EXISTS" };
    expect(await put("secret___/written/a", '{"a":"3"}', { createOnly: true })).toMatchObject(existing);
    await bao.call("DELETE", "secret/data/written/a");
    expect(await put("secret___/written/a", '{"a":"3"}', { createOnly: true })).toEqual({ ok: true, version: "3" });
    await bao.call("PUT", "secret/metadata/written/checked", { cas_required: true });
    expect(await put("secret___/written/checked", '{"a":"1"}')).toEqual({ ok: true, version: "1" });
    expect(await put("secret___/written/checked", '{"a":"2"}')).toEqual({ ok: true, version: "2" });
    const engine = { engine: "kv1" };
    expect(await put("kv___/written", '{"a":"1"}', { metadata: engine })).toEqual({ ok: true, version: "" });
    expect(await put("kv___/written", "2", { metadata: { ...engine, key: '["b"]' } })).toMatchObject({ ok: true });
    expect(textOf(await ask("kv___/written", engine))).toBe('{"a":"1","b":"2"}');
    expect(await put("kv___/written", '{"a":"1"}')).toMatchObject({ message: '"kv" is a mount of KV version 1' });
    expect(await put("secret___/written/a", '{"a":"1"}', { metadata: engine })).toMatchObject({
      message: '"secret" is a mount of KV version 2',
    });
    expect(await put("nowhere___/a", '{"a":"1"}')).toMatchObject({ code: "NOT_FOUND" });
    await store.close();
  });

  it("loses no key when many are written at once", async () => {
    const store = await openVault({ VAULT_ADDR: bao.url, VAULT_TOKEN: bao.rootToken });
    const keys = ["a", "b", "c", "d", "e"];
    const written = keys.map((key) =>
      store.put({ path: "secret___/written/many", data: key, metadata: { key: JSON.stringify([key]) } }),
    );
    expect((await Promise.all(written)).map(({ ok }) => ok)).toEqual(keys.map(() => true));
    expect(textOf(await ask("secret___/written/many"))).toBe('{"a":"a","b":"b","c":"c","d":"d","e":"e"}');
    await store.close();
  });

  it("lists what is below a path, by a policy that allows it", async () => {
    for (const name of ["one", "two/three", "two"]) await write(`listed/${name}`, { of: name });
    await write("listed/gone", { of: "gone" });
    await bao.call("DELETE", "secret/data/listed/gone");
    await bao.call("PUT", "kv/listed/one", { of: "one" });
    const rules = ['path "secret/metadata/listed/*" { capabilities = ["list"] }'];
    rules.push('path "secret/data/listed/*" { capabilities = ["read"] }');
    await bao.call("PUT", "sys/policies/acl/lister", { policy: rules.join(" ") });
    const { auth } = (await bao.call("PUT", "auth/token/create", { policies: ["lister"] })) as {
      auth: { client_token: string };
    };
    const store = await openVault({ VAULT_ADDR: bao.url, VAULT_TOKEN: auth.client_token });
    const pathsOf = async (path: string, metadata: Record<string, string> = {}): Promise<unknown> => {
      const answer = await store.list({ path, metadata });
      return answer.ok
        ? answer.values.map((value) => `${value.path} ${value.version}`)
        : `${answer.code}: ${answer.message}`;
    };
    expect(await pathsOf("secret___/listed")).toEqual([
      "secret___/listed/one 1",
      "secret___/listed/two 1",
      "secret___/listed/two/three 1",
    ]);
    expect(await pathsOf("secret___/listed/none/")).toEqual([]);
    expect(await pathsOf("secret___")).toBe(
      'PERMISSION_DENIED: "secret/metadata/" may not be listed: permission denied (403)',
    );
    await store.close();
    const root = await openVault({ VAULT_ADDR: bao.url, VAULT_TOKEN: bao.rootToken });
    expect(await root.list({ path: "kv/listed", metadata: { engine: "kv1" } })).toMatchObject({
      ok: true,
      values: [{ path: "kv/listed/one" }],
    });
    expect(await root.list({ path: "kv___/listed" })).toMatchObject({ message: '"kv" is a mount of KV version 1' });
    await root.close();
  });

  it("reads within a namespace", async () => {
    await bao.call("PUT", "sys/namespaces/team");
    await bao.call("PUT", "sys/mounts/secret", { type: "kv", options: { version: "2" } }, "team");
    // A new mount of version 2 is made ready in the background.
    await expect.poll(() => write("app", { a: "team" }, "team").then(() => "written", String)).toBe("written");
    expect(textOf(await ask("secret___/app", {}, { VAULT_NAMESPACE: "team" }))).toBe('{"a":"team"}');
    expect(textOf(await ask("team/secret___/app"))).toBe('{"a":"team"}');
  });

  it("logs in by AppRole", async () => {
    await bao.call("PUT", "sys/auth/approle", { type: "approle" });
    await bao.call("PUT", "auth/approle/role/app", { token_policies: ["app"] });
    const { data: role } = (await bao.call("GET", "auth/approle/role/app/role-id")) as { data: { role_id: string } };
    const { data: secret } = (await bao.call("PUT", "auth/approle/role/app/secret-id")) as {
      data: { secret_id: string };
    };
    const env = { VAULT_TOKEN: "", VAULT_AUTH_METHOD: "approle", VAULT_ROLE_ID: role.role_id };
    expect(textOf(await ask("secret___/app", {}, { ...env, VAULT_SECRET_ID: secret.secret_id }))).toBe('{"a":"2"}');
    const refused = await ask("secret___/app", {}, { ...env, VAULT_SECRET_ID: "another" });
    expect(textOf(refused)).toMatch(/^UNAUTHENTICATED: unable to log in at "auth\/approle\/login": .*\(400\)$/);
  });

  it("logs in by a JWT", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await bao.call("PUT", "sys/auth/jwt", { type: "jwt" });
    const pem = publicKey.export({ type: "spki", format: "pem" });
    await bao.call("PUT", "auth/jwt/config", { jwt_validation_pubkeys: [pem] });
    const role = { role_type: "jwt", user_claim: "sub", bound_audiences: ["vault.test"], token_policies: ["app"] };
    await bao.call("PUT", "auth/jwt/role/ci", role);
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: "ci", aud: "vault.test", iat: now - 60, nbf: now - 60, exp: now + 600 };
    const unsigned = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
    const jwt = `${unsigned}.${sign("sha256", Buffer.from(unsigned), privateKey).toString("base64url")}`;
    const env = { VAULT_TOKEN: "", VAULT_AUTH_METHOD: "jwt", VAULT_ROLE: "ci" };
    expect(textOf(await ask("secret___/app", {}, { ...env, VAULT_JWT: jwt }))).toBe('{"a":"2"}');
    const refused = await ask("secret___/app", {}, { ...env, VAULT_JWT: unsigned.concat(".AAAA") });
    expect(textOf(refused)).toMatch(/^UNAUTHENTICATED: unable to log in at "auth\/jwt\/login": /);
    expect(textOf(refused)).not.toContain(unsigned);
    expect(textOf(await ask("secret___/app", {}, { ...env, VAULT_AUTH_MOUNT: "none", VAULT_JWT: jwt }))).toMatch(
      /^UNAUTHENTICATED: unable to log in at "auth\/none\/login"/,
    );
  });

  // The last one: a server in memory cannot be unsealed without its key.
  it("says that it is sealed", async () => {
    await bao.call("PUT", "sys/seal");
    expect(await ask("secret___/app", {}, { VAULT_MAX_RETRIES: "0" })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/ is sealed \(503\)$/) as string,
    });
  });
});
