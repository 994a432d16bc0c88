/** The built plugin AZKVSECRET among a Key Vault and an Entra ID of the test, asked as a host asks it. */
import { tmpdir } from "node:os";
import process from "node:process";
import { openTestStore, type TestAnswer, type TestRequest, type TestStore } from "configmanager/plugin/testing";
import { onTestFinished } from "vitest";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { createKeyVaultService, type KeyVaultOptions, type KeyVaultService } from "./azure-key-vault.ts";
import { type Cloud, type CloudOptions, startCloud } from "./cloud.ts";
import { createEntra, type Entra, type EntraOptions } from "./entra.ts";

/** What a test wants of it. */
export interface KeyVaultSetting extends Omit<KeyVaultOptions, "tenant"> {
  readonly entra?: EntraOptions | undefined;
  readonly cloud?: CloudOptions | undefined;
  /** What the plugin is to log in with; what Entra ID knows unless set. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Beside what leads to the cloud, or in its stead. */
  readonly env?: Readonly<Record<string, string>> | ((cloud: Cloud) => Readonly<Record<string, string>>) | undefined;
  readonly protocol?: 1 | 2 | undefined;
}

/** All of it, running; it ends with the test. */
export interface AskedKeyVault {
  readonly service: KeyVaultService;
  readonly entra: Entra;
  readonly cloud: Cloud;
  readonly store: TestStore;
  /** The answers to paths, or to requests. */
  readonly ask: (...requests: readonly (TestRequest | string)[]) => Promise<readonly TestAnswer[]>;
}

/** Starts vaults of any name, Entra ID, and the plugin with credentials for it. */
export async function openKeyVault(setting: KeyVaultSetting = {}): Promise<AskedKeyVault> {
  const entra = createEntra(setting.entra);
  const service = createKeyVaultService({ ...setting, tenant: entra.env["AZURE_TENANT_ID"] });
  const cloud = await startCloud(
    { "*.vault.azure.net": { handler: service.handler }, "login.microsoftonline.com": { handler: entra.handler } },
    setting.cloud,
  );
  onTestFinished(() => cloud.close());
  const more = typeof setting.env === "function" ? setting.env(cloud) : setting.env;
  const env = { ...keyVaultEnv(cloud, setting.credentials ?? entra.env), ...more };
  const store = await openTestStore({
    executable: await keyVaultPlugin(),
    env,
    cwd: tmpdir(),
    protocol: setting.protocol,
  });
  onTestFinished(() => store.close());
  return {
    service,
    entra,
    cloud,
    store,
    ask: (...requests) =>
      store.ask(requests.map((request) => (typeof request === "string" ? { path: request } : request))),
  };
}

/** The built plugin. */
export async function keyVaultPlugin(): Promise<string> {
  return (await buildTestPlugins()).file("azkvsecret");
}

/** The environment of a plugin that reaches a cloud with some credentials. */
export function keyVaultEnv(
  cloud: Cloud,
  credentials: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  return { PATH: process.env["PATH"], HOME: tmpdir(), ...cloud.env, ...credentials };
}

/** A value as text, or the code and the message of an error. */
export function textOf(answer: TestAnswer | undefined): string {
  if (answer === undefined) return "no answer";
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code}: ${answer.message}`;
}
