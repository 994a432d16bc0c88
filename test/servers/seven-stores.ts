/** All seven services behind one proxy, with a value in each: for tests of whole runs. The real servers test each store by itself. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAppConfiguration } from "./app-configuration.ts";
import { createAws } from "./aws.ts";
import { createKeyVaultService } from "./azure-key-vault.ts";
import { startCloud } from "./cloud.ts";
import { createEntra } from "./entra.ts";
import { createGoogleAccounts, createServiceAccount } from "./gcp-accounts.ts";
import { createGcpRest } from "./gcp-rest.ts";
import { createKvState } from "./kv-v2.ts";
import { type Answer, createScript, type RecordedRequest } from "./scripted-server.ts";
import { createTables } from "./tables.ts";

/** The services, running; to be closed. */
export interface SevenStores {
  /** What a run needs to reach all of them, credentials included. */
  readonly env: Readonly<Record<string, string>>;
  /** What may appear in no message: credentials, and what the services hold. */
  readonly secrets: readonly string[];
  /** Set to answer in place of Vault. */
  readonly interfere: { vault?: (request: RecordedRequest) => Answer | undefined };
  readonly close: () => Promise<void>;
}

/** What the services hold, by the token that asks for it. */
const storedValues = {
  "AWSPARAMSTR:///app/db/host": "db.parameters.example",
  "AWSSECRETS://app/db": '{"password":"from \\"secrets manager\\""}',
  "AZKVSECRET://app-vault/db-password": "from key vault",
  "AZTABLESTORE://appaccount/settings/db/port": "54321",
  "AZAPPCONF://app-config/db/name[label=prod]": "from app configuration",
  "GCPSECRETS://projects/app/secrets/db": "from google",
  "VAULT://secret___/app/db": '{"password":"from vault"}',
} as const;

/** Starts them. A host that belongs to none of them cannot be reached. */
export async function startSevenStores(): Promise<SevenStores> {
  const folder = mkdtempSync(join(tmpdir(), "seven-stores-"));
  const interfere: SevenStores["interfere"] = {};
  const accessKey = `AKIA${randomUUID().replaceAll("-", "").slice(0, 16).toUpperCase()}`;
  const aws = createAws({
    [accessKey]: {
      parameters: { "/app/db/host": storedValues["AWSPARAMSTR:///app/db/host"] },
      secrets: { "app/db": storedValues["AWSSECRETS://app/db"] },
    },
  });
  const entra = createEntra();
  const keyVault = createKeyVaultService({
    tenant: entra.env["AZURE_TENANT_ID"],
    secrets: { "app-vault/db-password": { value: storedValues["AZKVSECRET://app-vault/db-password"] } },
  });
  const tables = createTables({
    "appaccount/settings/db/port": storedValues["AZTABLESTORE://appaccount/settings/db/port"],
  });
  const settings = createAppConfiguration([
    { key: "db/name", label: "prod", value: storedValues["AZAPPCONF://app-config/db/name[label=prod]"] },
  ]);
  const serviceAccount = createServiceAccount("app@app.iam.gserviceaccount.com");
  const accounts = createGoogleAccounts([serviceAccount]);
  const google = createGcpRest({
    accounts,
    secrets: { "projects/app/secrets/db": [{ data: storedValues["GCPSECRETS://projects/app/secrets/db"] }] },
  });
  const keyFile = join(folder, "google.json");
  writeFileSync(keyFile, serviceAccount.keyFile, { mode: 0o600 });
  const vault = createKvState({ interfere: (request) => interfere.vault?.(request) });
  vault.put("secret", "app/db", storedValues["VAULT://secret___/app/db"]);

  const cloud = await startCloud({
    "*.amazonaws.com": { handler: aws.handler },
    "login.microsoftonline.com": { handler: entra.handler },
    "app-vault.vault.azure.net": { handler: keyVault.handler },
    "appaccount.table.core.windows.net": { handler: tables.handler },
    "app-config.azconfig.io": { handler: settings.handler },
    "oauth2.googleapis.com": { handler: accounts.handler },
    "secretmanager.googleapis.com": { handler: google.handler },
    "vault.example": { handler: createScript(vault.script).listener },
  });
  const awsSecretKey = randomUUID();
  return {
    env: {
      ...cloud.env,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: awsSecretKey,
      AWS_REGION: "eu-west-1",
      ...entra.env,
      GOOGLE_APPLICATION_CREDENTIALS: keyFile,
      VAULT_ADDR: "https://vault.example",
      VAULT_TOKEN: vault.rootToken,
    },
    secrets: [...Object.values(storedValues), awsSecretKey, entra.env["AZURE_CLIENT_SECRET"] ?? "", vault.rootToken],
    interfere,
    async close() {
      await cloud.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
