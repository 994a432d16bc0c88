import { openTestStore, type TestListAnswer, type TestListRequest } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyHome, vaultEnv } from "../../../test/servers/ask-vault.ts";
import { type KvServer, startKvServer } from "../../../test/servers/kv-v2.ts";
import { createVaultStore } from "./store.ts";

let vault: KvServer;
beforeAll(async () => {
  vault = await startKvServer({
    mounts: { secret: "kv2", "team/empty": "kv2", many: "kv2", kv: "kv1", other: "other" },
  });
  for (const name of ["app", "app/db", "app/api/v1/key", "app/a b/ü \u{1f511}/100%", "application", "app/a___b"]) {
    vault.put("secret", name, { of: "old" });
    vault.put("secret", name, { of: name });
    vault.put("kv", name, { of: name });
  }
  vault.put("secret", "app/deleted", { of: "deleted" });
  vault.remove("secret", "app/deleted", 1);
  for (let index = 1000; index < 1200; index++) vault.put("many", `folder${index % 7}/${index}`, { n: index });
});
afterAll(() => vault.close());

async function list(request: TestListRequest, token: string = vault.rootToken): Promise<TestListAnswer> {
  const env = vaultEnv({ VAULT_ADDR: vault.url, VAULT_TOKEN: token });
  const store = await openTestStore({ store: createVaultStore(), env, cwd: emptyHome });
  try {
    return await store.list(request);
  } finally {
    await store.close();
  }
}

async function listed(request: TestListRequest): Promise<readonly (readonly [string, unknown, string])[]> {
  const answer = await list(request);
  if (!answer.ok) throw new Error(answer.message);
  return answer.values.map(({ path, data, version }) => {
    const { of } = JSON.parse(Buffer.from(data).toString()) as { of: unknown };
    return [path, of, version];
  });
}

const below = ["app/a b/ü \u{1f511}/100%", "app/a___b", "app/api/v1/key", "app/db"];

describe("a listing of secrets", () => {
  it.each([
    { path: "secret___/app", base: "secret___/" },
    { path: "secret___/app/", base: "secret___/" },
    { path: "secret___app", base: "secret___" },
    { path: "/secret___/app/", base: "/secret___/" },
  ])("has the current versions below $path, under the paths by which they are asked", async ({ path, base }) => {
    expect(await listed({ path })).toEqual(below.map((name) => [`${base}${name}`, name, "2"]));
  });

  it("has one level when it is not recursive", async () => {
    expect((await listed({ path: "secret___/app", recursive: false })).map(([path]) => path)).toEqual([
      "secret___/app/a___b",
      "secret___/app/db",
    ]);
  });

  it.each(["secret___", "secret___/"])("has a whole mount: %s", async (path) => {
    expect((await listed({ path })).map(([at]) => at)).toEqual(
      [...below, "app", "application"].toSorted().map((name) => `secret___/${name}`),
    );
  });

  it.each(["kv___/app", "kv/app", "kv/app/"])("has a mount of KV version 1: %s", async (path) => {
    const base = path.replace(/app\/?$/, "");
    expect(await listed({ path, metadata: { engine: "kv1" } })).toEqual(below.map((name) => [base + name, name, ""]));
  });

  it("is empty for a folder that holds nothing", async () => {
    expect(await listed({ path: "secret___/none" })).toEqual([]);
    expect(await listed({ path: "secret___/app/db" })).toEqual([]);
    expect(await listed({ path: "team/empty___" })).toEqual([]);
  });

  it("has hundreds of them, by one request for each folder and each secret, sixteen at once", async () => {
    const from = vault.requests.length;
    const answer = await list({ path: "many___" });
    expect(answer.ok && new Set(answer.values.map(({ path }) => path)).size).toBe(200);
    expect(vault.requests.length - from).toBe(1 + 7 + 200);
    expect(vault.connections()).toBeLessThan(200);
  });

  it.each([
    { path: "kv___/app", metadata: {}, code: "INVALID_ARGUMENT", message: '"kv" is a mount of KV version 1' },
    {
      path: "secret___/app",
      metadata: { engine: "kv1" },
      code: "INVALID_ARGUMENT",
      message: '"secret" is a mount of KV version 2',
    },
    {
      path: "secret___/app",
      metadata: { engine: "raw" },
      code: "INVALID_ARGUMENT",
      message: "engine=raw cannot be listed",
    },
    {
      path: "secret/app",
      metadata: {},
      code: "INVALID_ARGUMENT",
      message: '"secret/app" does not say which mount holds which secret',
    },
    { path: "", metadata: {}, code: "INVALID_ARGUMENT", message: '"" does not say which mount holds which secret' },
    {
      path: "secret___/app",
      metadata: { version: "1" },
      code: "INVALID_ARGUMENT",
      message: 'metadata key "version" means nothing when listing',
    },
    {
      path: "secret___/app",
      metadata: { key: '["a"]' },
      code: "INVALID_ARGUMENT",
      message: 'metadata key "key" is for writing',
    },
    { path: "nowhere___/app", metadata: {}, code: "NOT_FOUND", message: '"nowhere/metadata/app/" was not found' },
  ])("is refused: $message", async ({ path, metadata, code, message }) => {
    expect(await list({ path, metadata })).toMatchObject({ code, message });
  });

  it("is denied, with the path and the capability that a policy must have", async () => {
    expect(await list({ path: "secret___/app" }, vault.addToken(["secret/data/*"]))).toMatchObject({
      code: "PERMISSION_DENIED",
      message: '"secret/metadata/app/" may not be listed: permission denied (403)',
    });
    const half = vault.addToken(["secret/data/app/a*"], { list: ["secret/metadata/*"] });
    expect(await list({ path: "secret___/app" }, half)).toMatchObject({
      code: "PERMISSION_DENIED",
      message: '"secret/data/app/db" may not be read: permission denied (403)',
    });
  });
});
