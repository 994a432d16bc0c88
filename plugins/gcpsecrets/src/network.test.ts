import type { TestAnswer, TestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createServiceAccount } from "../../../test/servers/gcp-accounts.ts";
import {
  type GoogleCloud,
  type GoogleCloudOptions,
  noSuchHost,
  startGoogleCloud,
} from "../../../test/servers/gcp-cloud.ts";

async function open(options: Partial<GoogleCloudOptions> = {}): Promise<GoogleCloud> {
  const google = await startGoogleCloud({ secrets: { "projects/p/secrets/s": [{ data: "value" }] }, ...options });
  onTestFinished(() => google.close());
  return google;
}

async function ask(store: TestStore): Promise<TestAnswer> {
  const [answer] = await store.ask([{ path: "p/s" }]);
  return answer!;
}

const host = "secretmanager.googleapis.com";

describe("the way to Google", () => {
  it("goes through a proxy that asks who comes, tokens too", async () => {
    const google = await open({ cloud: { proxyCredentials: { user: "me", password: "p@ss/word" } } });
    const file = google.write("login.json", google.accounts.loginFile("somebody@example.com"));
    expect(await ask(await google.open({ GOOGLE_APPLICATION_CREDENTIALS: file }))).toMatchObject({ ok: true });
    expect(new Set(google.cloud.connects)).toEqual(new Set([`${host}:443`, "oauth2.googleapis.com:443"]));
  });

  it("trusts the authorities of SSL_CERT_FILE", async () => {
    const google = await open();
    const store = await google.open({ NODE_EXTRA_CA_CERTS: undefined, SSL_CERT_FILE: google.cloud.ca.caFile });
    expect(await ask(store)).toMatchObject({ ok: true });
  });

  it("is direct where NO_PROXY says so", async () => {
    const account = createServiceAccount("a@p.iam.gserviceaccount.com", { universe_domain: "universe.invalid" });
    const google = await open();
    const store = await google.open({
      GOOGLE_APPLICATION_CREDENTIALS: google.write("far.json", account.keyFile),
      NO_PROXY: "example.com,.universe.invalid",
      ...noSuchHost,
    });
    expect(await ask(store)).toMatchObject({
      code: "UNAVAILABLE",
      message: 'cannot reach "secretmanager.universe.invalid": there is no such host name (ENOTFOUND)',
    });
    expect(google.cloud.connects).toEqual([]);
  });

  it.each([
    {
      name: "the proxy is down",
      options: {},
      env: { HTTPS_PROXY: "http://127.0.0.1:1" },
      message: `cannot reach "${host}" through the proxy "127.0.0.1:1": the connection was refused (ECONNREFUSED)`,
    },
    {
      name: "the proxy says no",
      options: { cloud: { refuseWith: 403 } },
      env: {},
      message: `cannot reach "${host}" through the proxy "PROXY": it refused the connection (403)`,
    },
    {
      name: "the proxy wants credentials",
      options: { cloud: { refuseWith: 407 } },
      env: {},
      message: `cannot reach "${host}" through the proxy "PROXY": it wants credentials (407)`,
    },
    {
      name: "nobody trusts the certificate",
      options: {},
      env: { NODE_EXTRA_CA_CERTS: undefined },
      message: `cannot reach "${host}": its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
    },
  ])("says which host and why when $name", async ({ options, env, message }) => {
    const google = await open(options);
    expect(await ask(await google.open(env))).toMatchObject({
      code: "UNAVAILABLE",
      message: message.replace("PROXY", `127.0.0.1:${google.cloud.port}`),
    });
  });

  it.each([
    {
      name: "nobody trusts the certificate",
      env: { NODE_EXTRA_CA_CERTS: undefined },
      message: "its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
    },
    {
      name: "the proxy is down",
      env: { HTTPS_PROXY: "http://127.0.0.1:1" },
      message: 'through the proxy "127.0.0.1:1": the connection was refused (ECONNREFUSED)',
    },
  ])("says the same of the server that gives tokens when $name", async ({ env, message }) => {
    const google = await open();
    const file = google.write("login.json", google.accounts.loginFile("somebody@example.com"));
    const answer = await ask(await google.open({ ...env, GOOGLE_APPLICATION_CREDENTIALS: file }));
    expect(answer).toMatchObject({ code: "UNAVAILABLE" });
    expect(answer).toMatchObject({ message: expect.stringContaining(message) as string });
    expect(answer).toMatchObject({
      message: expect.stringContaining('cannot reach "oauth2.googleapis.com"') as string,
    });
  });

  it("says which server refused the connection", async () => {
    const google = await open();
    const file = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ci",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://127.0.0.1:1/v1/token",
      credential_source: { file: google.write("subject", "subject-token") },
    };
    const path = google.write("federated.json", JSON.stringify(file));
    expect(await ask(await google.open({ GOOGLE_APPLICATION_CREDENTIALS: path }))).toMatchObject({
      code: "UNAVAILABLE",
      message: 'cannot reach "127.0.0.1:1": the connection was refused (ECONNREFUSED)',
    });
  });

  it("refuses a proxy that is none", async () => {
    const google = await open();
    expect(await ask(await google.open({ HTTPS_PROXY: "socks5://SECRET@host" }))).toMatchObject({
      ok: false,
      message: expect.not.stringContaining("SECRET") as string,
    });
  });
});
