/** The plugin GCPSECRETS with all of Google around it: hosts, accounts, a credential file, and a home of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openTestStore, type TestStore, type TestSurroundings } from "configmanager/plugin/testing";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { type Backend, type Cloud, type CloudOptions, startCloud } from "./cloud.ts";
import {
  createGoogleAccounts,
  createServiceAccount,
  type GoogleAccounts,
  type ServiceAccount,
} from "./gcp-accounts.ts";
import { createGcpRest, type GcpRest, type GcpRestOptions } from "./gcp-rest.ts";
import { ownResolver } from "./own-resolver.ts";
import type { Answer, RecordedRequest } from "./scripted-server.ts";

/** What of Google is played, and how. */
export interface GoogleCloudOptions extends Omit<GcpRestOptions, "accounts"> {
  /** Answers in place of the servers that give out tokens. */
  readonly interfereWithTokens?: ((request: RecordedRequest) => Answer | undefined) | undefined;
  /** Accounts with a key, beside the one that the environment names. */
  readonly serviceAccounts?: readonly ServiceAccount[] | undefined;
  readonly cloud?: CloudOptions | undefined;
  /** Hosts that are played in another way, or beside Google's. */
  readonly routes?: Readonly<Record<string, Backend>> | undefined;
}

/** Google, running; to be closed. */
export interface GoogleCloud {
  /** The plugin's environment: the way to this Google, a home without a login, and the key file of `account`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** May read whatever there is, unless the options say otherwise. */
  readonly account: ServiceAccount;
  readonly accounts: GoogleAccounts;
  readonly rest: GcpRest;
  readonly cloud: Cloud;
  /** Writes a file into the home of the environment; its path. */
  readonly write: (name: string, text: string) => string;
  /** The plugin as a process; `more` changes the environment, where undefined takes a variable away. */
  readonly open: (more?: Readonly<Record<string, string | undefined>>, protocol?: 1 | 2) => Promise<TestStore>;
  /** What `open` opens, for the contract. */
  readonly subject: () => Promise<TestSurroundings & { readonly executable: string }>;
  readonly close: () => Promise<void>;
}

/** Where Secret Manager is too, for credentials of a universe that is not Google's own. */
export const otherUniverse = "example-universe.test";

/** For an environment in which no name is known, and no name server is asked. */
export const noSuchHost: Readonly<Record<string, string>> = {
  ...ownResolver,
  TEST_RESOLVE_TO: "ENOTFOUND",
};

// One key is enough for a test file: making it takes a moment.
let reader: ServiceAccount | undefined;

/** Starts Google. */
export async function startGoogleCloud(options: GoogleCloudOptions): Promise<GoogleCloud> {
  reader ??= createServiceAccount("reader@my-project.iam.gserviceaccount.com");
  const account = reader;
  const accounts = createGoogleAccounts([account, ...(options.serviceAccounts ?? [])], options.interfereWithTokens);
  const rest = createGcpRest({ ...options, accounts });
  const cloud = await startCloud(
    {
      "secretmanager.googleapis.com": { handler: rest.handler },
      "*.rep.googleapis.com": { handler: rest.handler },
      [`*.${otherUniverse}`]: { handler: rest.handler },
      "oauth2.googleapis.com": { handler: accounts.handler },
      "sts.googleapis.com": { handler: accounts.handler },
      "iamcredentials.googleapis.com": { handler: accounts.handler },
      ...options.routes,
    },
    options.cloud,
  );
  const home = mkdtempSync(join(tmpdir(), "gcp-home-"));
  const write = (name: string, text: string): string => {
    const file = join(home, name);
    writeFileSync(file, text);
    return file;
  };
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    APPDATA: home,
    ...cloud.env,
    // No other test machine's, and no waiting for one.
    METADATA_SERVER_DETECTION: "none",
    GOOGLE_APPLICATION_CREDENTIALS: write("key.json", account.keyFile),
  };
  const stores = new Set<TestStore>();
  const executable = async (): Promise<string> => (await buildTestPlugins()).file("gcpsecrets");
  return {
    env,
    account,
    accounts,
    rest,
    cloud,
    write,
    async open(more = {}, protocol = 2) {
      const store = await openTestStore({
        executable: await executable(),
        env: { ...env, ...more },
        cwd: home,
        protocol,
      });
      stores.add(store);
      return store;
    },
    subject: async () => ({ executable: await executable(), env, cwd: home }),
    async close() {
      await Promise.all([...stores].map((store) => store.close()));
      await cloud.close();
      rmSync(home, { recursive: true });
    },
  };
}
