import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openTestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { keyVaultEnv, keyVaultPlugin, openKeyVault, textOf } from "../../../test/servers/ask-key-vault.ts";
import { challenge, createKeyVaultService, failure } from "../../../test/servers/azure-key-vault.ts";
import { startCloud } from "../../../test/servers/cloud.ts";
import { createEntra, startIdentityEndpoint } from "../../../test/servers/entra.ts";

const secrets = { "shop/db": { value: "found" } };
const allTenants = { AZURE_ADDITIONALLY_ALLOWED_TENANTS: "*" };

/** A folder to be the whole PATH: Node, which the plugin is run with, and these. */
function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-programs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(process.execPath, join(folder, "node"));
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, name), text, { mode: 0o755 });
  return folder;
}

describe("a token", () => {
  it("is had by a client secret", async () => {
    const { ask, entra } = await openKeyVault({ secrets });
    expect(textOf((await ask("shop/db"))[0])).toBe("found");
    expect(entra.tokens).toMatchObject([
      { resource: "https://vault.azure.net", proof: "secret", clientId: entra.env["AZURE_CLIENT_ID"] },
    ]);
  });

  it("is asked for while the vault is asked whose tokens it takes", async () => {
    let asked!: () => void;
    const entraAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { ask, entra } = await openKeyVault({
      secrets,
      entra: {
        interfere: () => {
          asked();
          return undefined;
        },
      },
      interfere: ({ headers }) =>
        headers.authorization === undefined
          ? async (response, request) => {
              await entraAsked;
              await challenge({ tenant: entra.env["AZURE_TENANT_ID"] })(response, request);
            }
          : undefined,
    });
    expect(textOf((await ask("shop/db"))[0])).toBe("found");
    expect(entra.tokens).toHaveLength(1);
  });

  it("is had by a managed identity", async () => {
    const identity = await startIdentityEndpoint();
    onTestFinished(() => identity.close());
    const AZURE_CLIENT_ID = randomUUID();
    const { ask, entra } = await openKeyVault({ secrets, credentials: { ...identity.env, AZURE_CLIENT_ID } });
    expect((await ask("shop/db", "shop/db2")).map(textOf)[0]).toBe("found");
    expect(identity.tokens).toMatchObject([{ resource: "https://vault.azure.net", clientId: AZURE_CLIENT_ID }]);
    expect(entra.tokens).toEqual([]);
  });

  it("is had by the file of a workload identity", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cm-workload-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "token");
    writeFileSync(file, randomUUID());
    const { ask, entra } = await openKeyVault({
      secrets,
      credentials: {
        AZURE_TENANT_ID: randomUUID(),
        AZURE_CLIENT_ID: "workload",
        AZURE_FEDERATED_TOKEN_FILE: file,
        ...allTenants,
      },
    });
    expect(textOf((await ask("shop/db"))[0])).toBe("found");
    expect(entra.tokens.at(-1)).toMatchObject({ proof: "assertion", clientId: "workload" });
  });

  it.skipIf(process.platform === "win32")("is had by the Azure CLI, which is started once", async () => {
    const token = randomUUID();
    const az = `#!/bin/sh
echo "$*" >> "$PATH/calls"
echo '{"accessToken": "${token}", "expires_on": ${Math.floor(Date.now() / 1000) + 3600}}'
`;
    const PATH = programs({ az });
    const { ask, entra, service } = await openKeyVault({
      secrets: { ...secrets, "bank/db": { value: "found" } },
      credentials: { PATH, AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" },
    });
    expect(new Set((await ask("shop/db", "shop/db", "bank/db", "bank/db")).map(textOf))).toEqual(new Set(["found"]));
    expect(service.requests.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    const calls = readFileSync(join(PATH, "calls"), "utf8").trim().split("\n");
    expect(calls).toEqual([
      `account get-access-token --output json --resource https://vault.azure.net --tenant ${entra.env["AZURE_TENANT_ID"]}`,
    ]);
  });

  it("is another one for another account", async () => {
    const owners = new Map([
      ["shop", randomUUID()],
      ["bank", randomUUID()],
    ]);
    const entra = createEntra();
    const service = createKeyVaultService({
      secrets: { "shop/db": { value: "shop's" }, "bank/db": { value: "bank's" } },
      tenant: entra.env["AZURE_TENANT_ID"],
      refuse: (token, vault) => {
        const { clientId } = entra.tokens.find((known) => known.token === token) ?? {};
        return clientId === owners.get(vault) ? undefined : failure(403, "Forbidden", "not yours", "ForbiddenByRbac");
      },
    });
    const cloud = await startCloud({
      "*.vault.azure.net": { handler: service.handler },
      "login.microsoftonline.com": { handler: entra.handler },
    });
    onTestFinished(() => cloud.close());
    for (const [vault, clientId] of owners) {
      const env = keyVaultEnv(cloud, { ...entra.env, AZURE_CLIENT_ID: clientId });
      const store = await openTestStore({ executable: await keyVaultPlugin(), env, cwd: tmpdir() });
      onTestFinished(() => store.close());
      const answers = await store.ask([{ path: "shop/db" }, { path: "bank/db" }]);
      expect(answers.map((answer) => (answer.ok ? textOf(answer) : answer.code))).toEqual(
        vault === "shop" ? ["shop's", "PERMISSION_DENIED"] : ["PERMISSION_DENIED", "bank's"],
      );
    }
  });

  it("of a sovereign cloud comes from its own login", async () => {
    const entra = createEntra();
    const service = createKeyVaultService({
      secrets,
      tenant: entra.env["AZURE_TENANT_ID"],
      resource: "https://vault.usgovcloudapi.net",
    });
    const cloud = await startCloud({
      "*.vault.usgovcloudapi.net": { handler: service.handler },
      "login.microsoftonline.us": { handler: entra.handler },
    });
    onTestFinished(() => cloud.close());
    const env = keyVaultEnv(cloud, entra.env);
    const store = await openTestStore({ executable: await keyVaultPlugin(), env, cwd: tmpdir() });
    onTestFinished(() => store.close());
    const [answer] = await store.ask([{ path: "shop.vault.usgovcloudapi.net/db" }]);
    expect(textOf(answer)).toBe("found");
    expect(entra.tokens).toMatchObject([{ resource: "https://vault.usgovcloudapi.net" }]);
    expect(cloud.unknownHosts).toEqual([]);
  });

  it("is not sent to a vault that wants one for another domain", async () => {
    const { ask, service } = await openKeyVault({ secrets, resource: "https://vault.evil.example" });
    expect(textOf((await ask("shop/db"))[0])).toBe(
      'UNAUTHENTICATED: "shop.vault.azure.net" wants a token for "vault.evil.example", which is not sent to it',
    );
    expect(service.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it("is renewed once when a vault no longer takes it", async () => {
    const used = new Set<string>();
    const { ask, entra } = await openKeyVault({
      secrets,
      refuse: (token) => {
        used.add(token);
        return used.size === 1 ? failure(401, "Unauthorized", "AKV10021: The token has expired.") : undefined;
      },
    });
    const answers = await ask(...Array.from({ length: 20 }, () => "shop/db"), "shop/db");
    expect(new Set(answers.map(textOf))).toEqual(new Set(["found"]));
    expect(entra.tokens).toHaveLength(2);
  });

  it("is renewed again after the vault has taken one, if only to say that there is no such secret", async () => {
    const refused = new Set<string>();
    let latest = "";
    const { ask, entra } = await openKeyVault({
      secrets: { "shop/a": { value: "a" } },
      refuse: (token) => {
        latest = token;
        return refused.has(token) ? failure(401, "Unauthorized", "AKV10001: The token has ended.") : undefined;
      },
    });
    for (const path of ["shop/a", "shop/none", "shop/a"]) {
      const [answer] = await ask(path);
      expect(answer!.ok).toBe(path === "shop/a");
      refused.add(latest);
    }
    expect(entra.tokens).toHaveLength(3);
  });

  it("is not renewed again and again for a vault that takes none", async () => {
    const { ask, entra } = await openKeyVault({
      secrets,
      refuse: () => failure(401, "Unauthorized", "AKV10022: Invalid audience."),
    });
    const answers = await ask(...Array.from({ length: 40 }, (_, index) => `shop/db${index}`));
    expect(new Set(answers.map(textOf))).toEqual(
      new Set([
        'UNAUTHENTICATED: "shop.vault.azure.net" does not accept the token (401 Unauthorized, request request-1): AKV10022: Invalid audience.',
      ]),
    );
    expect(entra.tokens).toHaveLength(2);
  });
});
