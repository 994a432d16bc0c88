import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { contractChecks } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyVaultEnv, keyVaultPlugin, openKeyVault, textOf } from "../../../test/servers/ask-key-vault.ts";
import { createKeyVaultService, currentVersion, failure } from "../../../test/servers/azure-key-vault.ts";
import { type Cloud, startCloud } from "../../../test/servers/cloud.ts";
import { createEntra } from "../../../test/servers/entra.ts";
import { stall } from "../../../test/servers/scripted-server.ts";
import { parseWireMetadata } from "../../sdk/metadata.ts";

const wirePath = (name: string, version = ""): string => `/secrets/${name}/${version}?api%2Dversion=7.6`;

describe("the reference vectors", () => {
  const stored = { value: "dssdfdweiuyh" };
  it.each([
    {
      name: "K1 a doubled slash belongs to the name",
      path: "/test-vault//token/1",
      sent: "%2Ftoken%2F1",
      secrets: { "test-vault//token/1": stored },
      expected: "dssdfdweiuyh",
    },
    {
      name: "K3 a name with a slash",
      path: "/test-vault/token/1",
      sent: "token%2F1",
      secrets: { "test-vault/token/1": stored },
      expected: "dssdfdweiuyh",
    },
    {
      name: "K4 a secret without a value is empty",
      path: "/test-vault/token/1",
      sent: "token%2F1",
      secrets: { "test-vault/token/1": { value: null } },
      expected: "",
    },
  ])("$name", async ({ path, sent, secrets, expected }) => {
    const { ask, service } = await openKeyVault({ secrets });
    const [answer] = await ask(path);
    expect(textOf(answer)).toBe(expected);
    expect(service.requests.at(-1)).toMatchObject({ host: "test-vault.vault.azure.net", url: wirePath(sent) });
  });

  it("K2 metadata in the form of a colon means nothing", async () => {
    const { ask, service } = await openKeyVault({ secrets: { "test-vault//token/1": stored } });
    const metadata = Object.fromEntries(parseWireMetadata(Buffer.from("version:123")));
    expect(textOf((await ask({ path: "/test-vault//token/1", metadata }))[0])).toBe("dssdfdweiuyh");
    expect(service.requests.at(-1)?.url).toBe(wirePath("%2Ftoken%2F1"));
  });

  it("K4 an error comes with the service's own words", async () => {
    const { ask } = await openKeyVault({
      refuse: () => failure(400, "BadParameter", "unable to retrieve secret"),
    });
    expect(textOf((await ask("/test-vault/token/1"))[0])).toBe(
      'INVALID_ARGUMENT: secret "token/1" of vault "test-vault" cannot be read (400 BadParameter, request request-1): unable to retrieve secret',
    );
  });
});

describe("a secret", () => {
  it("comes with its version and its end", async () => {
    const expires = 2_000_000_000;
    const { ask } = await openKeyVault({ secrets: { "shop/db": { value: "current", expires } } });
    const [answer] = await ask("shop/db");
    expect(answer).toMatchObject({ ok: true, version: currentVersion, expiresAt: new Date(expires * 1000) });
  });

  it("is asked for by version when the metadata has one", async () => {
    const old = { value: "old", version: "fedcba9876543210fedcba9876543210" };
    const { ask, service } = await openKeyVault({ secrets: { "shop/db": [{ value: "current" }, old] } });
    const answers = await ask("shop/db", { path: "shop/db", metadata: { Version: old.version } });
    expect(answers.map(textOf)).toEqual(["current", "old"]);
    expect(service.requests.map(({ url }) => url)).toContain(wirePath("db", old.version));
    const [none] = await ask({ path: "shop/db", metadata: { version: "0" } });
    expect(none).toMatchObject({ ok: false, code: "NOT_FOUND" });
  });

  it("may be of any characters", async () => {
    const name = "größe \u{1f511}?#%2F";
    const { ask, service } = await openKeyVault({ secrets: { [`shop/${name}`]: { value: "ü\0\u{1f511}\n" } } });
    expect(textOf((await ask(`shop/${name}`))[0])).toBe("ü\0\u{1f511}\n");
    expect(service.requests.at(-1)?.url).toBe(wirePath(encodeURIComponent(name)));
  });

  it.each([
    { name: "no name", path: "shop", message: '"shop" is not of the form <vault>/<secret name>' },
    { name: "an empty name", path: "shop/", message: '"shop/" is not of the form <vault>/<secret name>' },
    { name: "a step up", path: "shop/..", message: '".." is no name of a secret or of a version' },
    {
      name: "a step up as the version",
      path: "shop/a",
      version: "..",
      message: '".." is no name of a secret or of a version',
    },
    {
      name: "a host that is not Azure's",
      path: "shop.example.com/a",
      message: 'failed to initialize the client: "shop.example.com" is no host of a known Azure cloud',
    },
  ])("is not asked for with $name", async ({ path, version, message }) => {
    const { ask, cloud } = await openKeyVault();
    const [answer] = await ask({ path, ...(version === undefined ? {} : { metadata: { version } }) });
    expect(answer).toMatchObject({ ok: false, code: "INVALID_ARGUMENT", message });
    expect(cloud.connects).toEqual([]);
  });

  it("is not asked for with metadata that nobody knows", async () => {
    const { ask } = await openKeyVault();
    const [answer] = await ask({ path: "shop/a", metadata: { versoin: "1" } });
    expect(answer).toMatchObject({ ok: false, code: "INVALID_ARGUMENT", hint: 'did you mean "version"?' });
  });
});

describe("many secrets", () => {
  it("cost one challenge for each vault and one token in all", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `${index % 2 === 0 ? "shop" : "bank"}/secret-${index}`);
    const secrets = Object.fromEntries(names.map((name) => [name, { value: name }]));
    const { ask, service, entra, cloud } = await openKeyVault({ secrets });
    expect((await ask(...names)).map(textOf)).toEqual(names);
    const challenged = service.requests.filter(({ headers }) => headers.authorization === undefined);
    expect(challenged.map(({ host }) => host).toSorted()).toEqual(["bank.vault.azure.net", "shop.vault.azure.net"]);
    expect(service.requests).toHaveLength(42);
    expect(entra.tokens).toHaveLength(1);
    expect(cloud.connects.length).toBeLessThanOrEqual(1 + 2 * 16);
    // A second time nothing is new.
    await ask(...names);
    expect(service.requests).toHaveLength(82);
    expect(entra.tokens).toHaveLength(1);
  });

  it("do not disturb each other", async () => {
    const { ask } = await openKeyVault({
      secrets: { "shop/a": { value: "a" }, "shop/off": { value: "x", enabled: false } },
    });
    const answers = await ask("shop/none", "shop/a", "nodot..vault.azure.net/a", "shop/off", "shop/a");
    expect(answers.map((answer) => (answer.ok ? textOf(answer) : answer.code))).toEqual([
      "NOT_FOUND",
      "a",
      "INVALID_ARGUMENT",
      "PERMISSION_DENIED",
      "a",
    ]);
  });
});

describe("the contract of a store", async () => {
  let cloud: Cloud;
  const large = "x".repeat(1_000_000);
  const service = createKeyVaultService({
    secrets: {
      "shop/found": { value: "found" },
      "shop/old": [{ value: "new" }, { value: "old", version: "1" }],
      "shop/empty": { value: "" },
      "shop/large": { value: large },
      "shop/unicode": { value: "grün \u{1f511}" },
      "shop/off": { value: "x", enabled: false },
    },
    tenant: randomUUID(),
    interfere: ({ path }) => (path.includes("stalls") ? stall() : undefined),
  });
  const entra = createEntra();
  const env: Record<string, string | undefined> = {};
  const subject = { executable: await keyVaultPlugin(), env, cwd: tmpdir() };
  beforeAll(async () => {
    cloud = await startCloud({
      "*.vault.azure.net": { handler: service.handler },
      "login.microsoftonline.com": { handler: entra.handler },
    });
    const credentials = { ...entra.env, AZURE_ADDITIONALLY_ALLOWED_TENANTS: "*" };
    Object.assign(env, keyVaultEnv(cloud, credentials));
  });
  afterAll(() => cloud.close());

  for (const { name, run } of contractChecks(subject, {
    found: { path: "shop/found", value: "found" },
    missing: { path: "shop/missing" },
    denied: { path: "shop/off" },
    bad: { path: "shop" },
    version: { path: "shop/old", metadata: { version: "1" }, value: "old" },
    empty: { path: "shop/empty" },
    large: { path: "shop/large", value: large },
    unicode: { path: "shop/unicode", value: "grün \u{1f511}" },
    cancelled: { path: "shop/stalls" },
  })) {
    it(name, run);
  }
});
