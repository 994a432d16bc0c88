/** What each store says when its service cannot be reached, and that it says so in time: the built plugins, run as a host does. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openTestStore, type TestAnswer, type TestRequest, type TestStore } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { startCloud } from "../servers/cloud.ts";
import { createEntra, type IdentityEndpoint, startIdentityEndpoint } from "../servers/entra.ts";
import { createGoogleAccounts, createServiceAccount } from "../servers/gcp-accounts.ts";
import { createKeyVaultService } from "../servers/azure-key-vault.ts";
import { ownResolver } from "../servers/own-resolver.ts";
import { createNetworkCuts, type NetworkCut } from "./network-cuts.ts";

/** As long as a host waits for a value. */
const valueLimitMs = 60_000;

type Env = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), "network-cut-"));
/** What no message may show. */
const secrets: string[] = [];
const keep = (text: string): string => {
  secrets.push(text);
  return text;
};
const secret = (): string => keep(`made-up-${randomBytes(12).toString("hex")}`);
const awsEnv: Env = {
  AWS_ACCESS_KEY_ID: secret(),
  AWS_SECRET_ACCESS_KEY: secret(),
  AWS_REGION: "eu-west-1",
  AWS_EC2_METADATA_DISABLED: "true",
};
const vaultEnv: Env = { VAULT_ADDR: "https://vault.example.internal:8200", VAULT_TOKEN: secret() };
const proxyPassword = secret();
keep(Buffer.from(`someone:${proxyPassword}`).toString("base64"));
const serviceAccount = createServiceAccount("reader@project.iam.gserviceaccount.com");
keep((JSON.parse(serviceAccount.keyFile) as { private_key: string }).private_key.split("\n")[1]!);
const googleEnv: Env = {
  GOOGLE_APPLICATION_CREDENTIALS: file("service-account.json", serviceAccount.keyFile),
  METADATA_SERVER_DETECTION: "none",
};

let plugins: TestPlugins;
let identity: IdentityEndpoint;
beforeAll(async () => {
  [plugins, identity] = await Promise.all([buildTestPlugins(), startIdentityEndpoint()]);
  keep(identity.env["IDENTITY_HEADER"]!);
});
afterAll(async () => {
  await identity?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface StoreCase {
  readonly plugin: string;
  readonly request: TestRequest;
  /** What the message has to name. */
  readonly host: string;
  readonly env: () => Env;
}

const stores: readonly StoreCase[] = [
  {
    plugin: "awsparamstr",
    request: { path: "/app/db/password" },
    host: "ssm.eu-west-1.amazonaws.com",
    env: () => awsEnv,
  },
  {
    plugin: "awssecrets",
    request: { path: "app/db" },
    host: "secretsmanager.eu-west-1.amazonaws.com",
    env: () => awsEnv,
  },
  {
    plugin: "azkvsecret",
    request: { path: "some-vault/db-password" },
    host: "some-vault.vault.azure.net",
    env: () => identity.env,
  },
  {
    plugin: "aztablestore",
    request: { path: "someaccount/settings/db/port" },
    host: "someaccount.table.core.windows.net",
    env: () => identity.env,
  },
  {
    plugin: "azappconf",
    request: { path: "some-config/db/name" },
    host: "some-config.azconfig.io",
    env: () => identity.env,
  },
  {
    plugin: "gcpsecrets",
    request: { path: "projects/app/secrets/db" },
    host: "secretmanager.googleapis.com",
    env: () => googleEnv,
  },
  { plugin: "vault", request: { path: "secret___/app/db" }, host: "vault.example.internal", env: () => vaultEnv },
];

const network = createNetworkCuts({
  hosts: stores.map(({ host }) => host),
  proxyCredentials: { user: "someone", password: proxyPassword },
});
afterAll(() => network.close());

type Answers = ReadonlyMap<string, Promise<TestAnswer>>;

/** Cuts the network, and asks all stores at once. */
async function askAll({ make }: NetworkCut): Promise<Answers> {
  const cut = await make();
  return new Map(stores.map((store) => [store.plugin, handled(ask(store, { ...store.env(), ...cut }))]));
}

const begun = new Map<NetworkCut, Promise<Answers>>();
beforeAll(() => {
  for (const cut of network.cuts.filter(({ slow }) => slow === true)) begun.set(cut, askAll(cut));
});

for (const cut of network.cuts) {
  describe(`when ${cut.name}`, () => {
    let answers: Answers;
    beforeAll(async () => {
      answers = await (begun.get(cut) ?? askAll(cut));
    });

    it.each(stores.map(({ plugin, host }) => [plugin, host] as const))(
      "%s says that it cannot reach %s, and why",
      async (plugin, host) => {
        const answer = await answers.get(plugin);
        expectUnreachable(answer, host);
        expect(answer).toMatchObject({
          message: expect.stringMatching(cut.why) as string,
          hint: expect.stringMatching(cut.hint ?? /\S/) as string,
        });
      },
      valueLimitMs + 30_000,
    );
  });
}

describe("when the place of the login is cut off", () => {
  const entra = createEntra({ clientSecret: secret() });
  const loginFile = createGoogleAccounts([]).loginFile("someone@example.com");
  keep((JSON.parse(loginFile) as { refresh_token: string }).refresh_token);
  const webIdentity: Env = {
    AWS_REGION: "eu-west-1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/reader",
    AWS_WEB_IDENTITY_TOKEN_FILE: file("web-identity-token", secret()),
  };
  const login: Env = {
    GOOGLE_APPLICATION_CREDENTIALS: file("login.json", loginFile),
    METADATA_SERVER_DETECTION: "none",
  };
  const entraHost = "login.microsoftonline.com";
  it.each<readonly [plugin: string, host: string, env: Env]>([
    ["awsparamstr", "sts.eu-west-1.amazonaws.com", webIdentity],
    ["awssecrets", "sts.eu-west-1.amazonaws.com", webIdentity],
    ["azkvsecret", entraHost, entra.env],
    ["aztablestore", entraHost, entra.env],
    ["azappconf", entraHost, entra.env],
    ["gcpsecrets", "oauth2.googleapis.com", login],
  ])(
    "%s names %s",
    async (plugin, host, env) => {
      // Key Vault asks who comes before there is a login.
      const { handler } = createKeyVaultService({ tenant: entra.env["AZURE_TENANT_ID"] });
      const cloud = await startCloud({ "*.vault.azure.net": { handler } });
      onTestFinished(() => cloud.close());
      const store = stores.find((store) => store.plugin === plugin)!;
      expectUnreachable(await ask(store, { ...env, ...cloud.env }), host);
    },
    valueLimitMs + 30_000,
  );
});

function expectUnreachable(answer: TestAnswer | undefined, host: string): void {
  expect(answer).toMatchObject({
    ok: false,
    code: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/) as string,
    message: expect.stringContaining(host) as string,
    hint: expect.stringMatching(/\S/) as string,
  });
  const shown = JSON.stringify(answer);
  const tokens = identity.tokens.flatMap(({ token }) => token ?? []);
  expect([...secrets, ...tokens].filter((text) => shown.includes(text))).toEqual([]);
}

/** One after the other: a plugin has to say its handshake in time, also where many are to be started. */
let lastStart: Promise<unknown> = Promise.resolve();

async function ask({ plugin, request }: StoreCase, env: Env): Promise<TestAnswer> {
  const start = lastStart.then(() => open(plugin, env));
  lastStart = handled(start).catch(() => {});
  const store = await start;
  try {
    const [answer] = await store.ask([request], AbortSignal.timeout(valueLimitMs));
    return answer!;
  } finally {
    await store.close();
  }
}

function open(plugin: string, env: Env): Promise<TestStore> {
  return openTestStore({
    executable: plugins.file(plugin),
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      // No files of whoever runs the tests.
      HOME: folder,
      NO_PROXY: "127.0.0.1",
      ...ownResolver,
      ...env,
      // The identity endpoint is not behind the proxy.
      ...("NO_PROXY" in env ? { NO_PROXY: "127.0.0.1" } : {}),
    },
  });
}

/** Keeps a rejection for whoever awaits it later. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
