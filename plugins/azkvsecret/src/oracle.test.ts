/** The official client, which we do not configure here, gets the same from the same servers as the plugin. */
import { type KeyVaultSecret, SecretClient } from "@azure/keyvault-secrets";
import { openTestStore, type TestRequest, type TestStore } from "configmanager/plugin/testing";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { keyVaultEnv, keyVaultPlugin, textOf } from "../../../test/servers/ask-key-vault.ts";
import { createKeyVaultService } from "../../../test/servers/azure-key-vault.ts";
import { createTestCa, type TestCa } from "../../../test/servers/certificates.ts";
import { type Cloud, startCloud } from "../../../test/servers/cloud.ts";
import { createEntra, unsignedToken } from "../../../test/servers/entra.ts";
import { describeWith } from "../../../test/servers/installed.ts";
import { type LowkeyVault, startLowkeyVault } from "../../../test/servers/lowkey-vault.ts";
import { toSecretAddress } from "./address.ts";

async function askOfficial(cloud: Cloud, { path, metadata = {} }: TestRequest): Promise<KeyVaultSecret> {
  const { url, name, version } = toSecretAddress({ path, metadata });
  const credential = {
    getToken: async () => ({
      token: unsignedToken("https://vault.azure.net"),
      expiresOnTimestamp: Date.now() + 3_600_000,
    }),
  };
  const client = new SecretClient(url, credential, {
    serviceVersion: "7.6",
    proxyOptions: { host: "http://127.0.0.1", port: cloud.port },
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      {
        position: "perCall",
        policy: {
          name: "trust the test's authority",
          sendRequest: (request, next) => next(Object.assign(request, { requestOverrides: { ca: cloud.ca.caPem } })),
        },
      },
    ],
  });
  return client.getSecret(name, { version });
}

async function openPlugin(cloud: Cloud, credentials: Readonly<Record<string, string>>): Promise<TestStore> {
  const store = await openTestStore({
    executable: await keyVaultPlugin(),
    env: keyVaultEnv(cloud, credentials),
    cwd: tmpdir(),
  });
  onTestFinished(() => store.close());
  return store;
}

async function expectTheSame(store: TestStore, cloud: Cloud, requests: readonly TestRequest[]): Promise<void> {
  const answers = await store.ask(requests);
  for (const [index, request] of requests.entries()) {
    const official = await askOfficial(cloud, request);
    expect(textOf(answers[index])).toBe(official.value);
    expect(answers[index]).toMatchObject({
      version: official.properties.version,
      expiresAt: official.properties.expiresOn,
    });
  }
}

describe("the official client and the played vault", () => {
  const entra = createEntra();
  const service = createKeyVaultService({
    tenant: entra.env["AZURE_TENANT_ID"],
    secrets: {
      "shop/db": [
        { value: "current", expires: 2_000_000_000 },
        { value: "old", version: "1f" },
      ],
      "shop//token/1": { value: "slashes" },
      "bank/größe \u{1f511}": { value: "ü\u{1f511}\r\n\u2028" },
      "bank/empty": { value: "" },
    },
  });
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({
      "*.vault.azure.net": { handler: service.handler },
      "login.microsoftonline.com": { handler: entra.handler },
    });
  });
  afterAll(() => cloud.close());

  it("agree with the plugin on every value, version and end", async () => {
    await expectTheSame(await openPlugin(cloud, entra.env), cloud, [
      { path: "shop/db" },
      { path: "shop/db", metadata: { version: "1f" } },
      { path: "shop//token/1" },
      { path: "bank/größe \u{1f511}" },
      { path: "bank/empty" },
    ]);
  });

  it("sends the same requests as the plugin", async () => {
    const sentBy = async (ask: () => Promise<unknown>): Promise<readonly (readonly string[])[]> => {
      const before = service.requests.length;
      await ask();
      return service.requests.slice(before).map(({ method, host, url }) => [method, host, url]);
    };
    const store = await openPlugin(cloud, entra.env);
    for (const path of ["shop//token/1", "bank/größe \u{1f511}"]) {
      const official = await sentBy(() => askOfficial(cloud, { path }));
      expect(await sentBy(() => store.ask([{ path }]))).toEqual(official);
    }
  });

  it("learns of errors as of the real service", async () => {
    await expect(askOfficial(cloud, { path: "shop/none" })).rejects.toMatchObject({
      statusCode: 404,
      code: "SecretNotFound",
    });
  });
});

describeWith("lowkey-vault", "the plugin and Lowkey Vault", () => {
  let ca: TestCa;
  let lowkey: LowkeyVault;
  let cloud: Cloud;
  const entra = createEntra();
  // Lowkey names no tenant but a path of its own.
  const credentials = { ...entra.env, AZURE_ADDITIONALLY_ALLOWED_TENANTS: "*" };
  beforeAll(async () => {
    ca = await createTestCa();
    lowkey = await startLowkeyVault(ca, ["one-vault", "another"]);
    cloud = await startCloud(
      { "*.vault.azure.net": lowkey.backend, "login.microsoftonline.com": { handler: entra.handler } },
      { ca },
    );
  }, 130_000);
  afterAll(async () => {
    await cloud?.close();
    await lowkey?.close();
    ca?.remove();
  });

  it("gives what the official client gets, of two vaults, with versions and beyond ASCII", async () => {
    const version = await lowkey.putSecret("one-vault", "db", "first");
    await lowkey.putSecret("one-vault", "db", "second");
    await lowkey.putSecret("another", "db", "größe \u{1f511}\n");
    const store = await openPlugin(cloud, credentials);
    const requests = [
      { path: "one-vault/db" },
      { path: "one-vault/db", metadata: { version } },
      { path: "another/db" },
    ];
    expect((await store.ask(requests)).map(textOf)).toEqual(["second", "first", "größe \u{1f511}\n"]);
    await expectTheSame(store, cloud, requests);
  });

  it("says what is not there, deleted or disabled", async () => {
    await lowkey.putSecret("one-vault", "gone", "x");
    await lowkey.deleteSecret("one-vault", "gone");
    await lowkey.disableVersion("one-vault", "off", await lowkey.putSecret("one-vault", "off", "x"));
    const store = await openPlugin(cloud, credentials);
    // A disabled secret is 403 at the real service, 404 here.
    const requests = ["none", "gone", "off"].map((name) => ({ path: `one-vault/${name}` }));
    for (const [index, answer] of (await store.ask(requests)).entries()) {
      await expect(askOfficial(cloud, requests[index]!)).rejects.toMatchObject({ statusCode: 404 });
      expect(answer).toMatchObject({ code: "NOT_FOUND" });
    }
  });
});
