import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAppConfiguration } from "../servers/app-configuration.ts";
import { createAws } from "../servers/aws.ts";
import { createKeyVaultService, failure } from "../servers/azure-key-vault.ts";
import { type Cloud, startCloud } from "../servers/cloud.ts";
import { createEntra } from "../servers/entra.ts";
import { createGoogleAccounts, createServiceAccount } from "../servers/gcp-accounts.ts";
import { createGcpRest } from "../servers/gcp-rest.ts";
import { createKvState } from "../servers/kv-v2.ts";
import { createScript, reply } from "../servers/scripted-server.ts";
import { createTables } from "../servers/tables.ts";
import { run, workFolder } from "./program.ts";

/** Two accounts of one cloud: each may read what is its own, and nothing of the other's. */
interface Case {
  readonly name: string;
  /** The plugin of both aliases, what the first and the second is given, and how each asks. */
  readonly plugin: string;
  readonly env: readonly [Record<string, string>, Record<string, string>];
  readonly paths: readonly [string, string];
}

const secret = "made-up-secret";
const keys = ["AKIAFIRST", "AKIASECOND"] as const;
const tenant = randomUUID();
const clients = [randomUUID(), randomUUID()] as const;
const emails = ["one@p.iam.gserviceaccount.com", "two@p.iam.gserviceaccount.com"] as const;

const entra = createEntra({ clientSecret: secret });
const mayRead = (token: string, place: string): boolean => {
  const clientId = entra.tokens.find((issued) => issued.token === token)?.clientId;
  return clientId === clients[place.startsWith("one") ? 0 : 1];
};
const googleAccounts = emails.map((email) => createServiceAccount(email));
const accounts = createGoogleAccounts(googleAccounts);
const vaults = [createKvState(), createKvState()] as const;

let cloud: Cloud;
beforeAll(async () => {
  const settings = createAppConfiguration([{ key: "key", value: "first" }], { interfere: refuseOthers });
  const otherSettings = createAppConfiguration([{ key: "key", value: "second" }], { interfere: refuseOthers });
  const vaultService = createKeyVaultService({
    tenant,
    secrets: { "one/key": { value: "first" }, "two/key": { value: "second" } },
    refuse: (token, vault) => (mayRead(token, vault) ? undefined : failure(403, "Forbidden", "not yours")),
  });
  const google = createGcpRest({
    accounts,
    secrets: { "projects/p/secrets/one": [{ data: "first" }], "projects/p/secrets/two": [{ data: "second" }] },
    mayRead: (email, name) => email.startsWith(name.slice(-3)),
  });
  for (const [index, vault] of vaults.entries()) vault.put("secret", "key", { of: index === 0 ? "first" : "second" });
  cloud = await startCloud({
    "*.amazonaws.com": {
      handler: createAws({
        [keys[0]]: { parameters: { "/key": "first" }, secrets: { key: "first" } },
        [keys[1]]: { parameters: { "/key": "second" }, secrets: { key: "second" } },
      }).handler,
    },
    "login.microsoftonline.com": { handler: entra.handler },
    "*.vault.azure.net": {
      handler: vaultService.handler,
    },
    "*.table.core.windows.net": {
      handler: createTables({ "one/t/p/key": "first", "two/t/p/key": "second" }, mayRead).handler,
    },
    "one.azconfig.io": { handler: settings.handler },
    "two.azconfig.io": { handler: otherSettings.handler },
    "secretmanager.googleapis.com": { handler: google.handler },
    "oauth2.googleapis.com": { handler: accounts.handler },
    "one.vault.example": { handler: createScript(vaults[0].script).listener },
    "two.vault.example": { handler: createScript(vaults[1].script).listener },
  });
});
afterAll(() => cloud.close());

function refuseOthers({ host, headers }: { host: string; headers: { authorization?: string | undefined } }) {
  return mayRead((headers.authorization ?? "").replace("Bearer ", ""), host) ? undefined : reply(403);
}

const aws = keys.map((key) => ({ AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: "eu-west-1" }));
const azure = clients.map((client) => ({
  AZURE_TENANT_ID: tenant,
  AZURE_CLIENT_ID: client,
  AZURE_CLIENT_SECRET: secret,
}));
const vault = vaults.map(({ rootToken }, index) => ({
  VAULT_ADDR: `https://${index === 0 ? "one" : "two"}.vault.example`,
  VAULT_TOKEN: rootToken,
}));

const cases: readonly Case[] = [
  { name: "AWS, parameters", plugin: "awsparamstr", env: [aws[0]!, aws[1]!], paths: ["/key", "/key"] },
  { name: "AWS, secrets", plugin: "awssecrets", env: [aws[0]!, aws[1]!], paths: ["key", "key"] },
  { name: "Azure, Key Vault", plugin: "azkvsecret", env: [azure[0]!, azure[1]!], paths: ["one/key", "two/key"] },
  { name: "Azure, tables", plugin: "aztablestore", env: [azure[0]!, azure[1]!], paths: ["one/t/p/key", "two/t/p/key"] },
  { name: "Azure, App Configuration", plugin: "azappconf", env: [azure[0]!, azure[1]!], paths: ["one/key", "two/key"] },
  {
    name: "Google",
    plugin: "gcpsecrets",
    env: [{ GOOGLE_APPLICATION_CREDENTIALS: "one.json" }, { GOOGLE_APPLICATION_CREDENTIALS: "two.json" }],
    paths: ["projects/p/secrets/one", "projects/p/secrets/two"],
  },
  { name: "Vault", plugin: "vault", env: [vault[0]!, vault[1]!], paths: ["secret___/key|of", "secret___/key|of"] },
];

describe("two accounts in one file, by aliases", () => {
  it.each(cases)("are both read: $name", async ({ plugin, env, paths }) => {
    const cwd = folderWith({ ONE: { plugin, env: env[0] }, TWO: { plugin, env: env[1] } });
    const input = `ONE://${paths[0]} TWO://${paths[1]}\n`;
    const { exitCode, stdout, stderr } = await run(["render", "-"], { cwd, env: cloud.env, stdin: input });
    expect({ exitCode, stdout: stdout.toString(), stderr }).toEqual({
      exitCode: 0,
      stdout: "first second\n",
      stderr: "",
    });
  });

  it.each(cases.filter(({ plugin }) => plugin.startsWith("az") || plugin === "gcpsecrets"))(
    "do not get what is the other's: $name",
    async ({ plugin, env, paths }) => {
      const cwd = folderWith({ ONE: { plugin, env: env[0] }, TWO: { plugin, env: env[1] } });
      const input = `ONE://${paths[1]} TWO://${paths[0]}\n`;
      const { exitCode, stdout, stderr } = await run(["render", "-"], { cwd, env: cloud.env, stdin: input });
      expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 6, stdout: "" });
      expect(stderr.match(/CM_\w+/g)).toEqual(["CM_STORE_DENIED", "CM_STORE_DENIED"]);
      expect(stderr).not.toContain(secret);
    },
  );
});

/** A working directory with a configuration, and with the key files of Google's accounts. */
function folderWith(stores: Record<string, { plugin: string; env: Record<string, string> }>): string {
  const cwd = workFolder();
  mkdirSync(join(cwd, ".configmanager"));
  // YAML takes JSON.
  writeFileSync(join(cwd, ".configmanager", "config.yaml"), JSON.stringify({ stores }));
  for (const [index, { keyFile }] of googleAccounts.entries()) {
    writeFileSync(join(cwd, index === 0 ? "one.json" : "two.json"), keyFile);
  }
  return cwd;
}
