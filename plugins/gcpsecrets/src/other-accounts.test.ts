import type { TestAnswer, TestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GoogleCloud, type GoogleCloudOptions, startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { googleError } from "../../../test/servers/gcp-rest.ts";
import { json } from "../../../test/servers/scripted-server.ts";

const secrets = { "projects/p/secrets/s": [{ data: "value" }], "projects/p/secrets/t": [{ data: "other" }] };
const user = "somebody@example.com";

/** The plugin with a credential file, and an authority that only the store's own connections trust: none of the library's may go another way. */
function openWith(google: GoogleCloud, file: string): Promise<TestStore> {
  return google.open({
    GOOGLE_APPLICATION_CREDENTIALS: file,
    NODE_EXTRA_CA_CERTS: undefined,
    SSL_CERT_FILE: google.cloud.ca.caFile,
  });
}

async function open(options: Partial<GoogleCloudOptions> = {}): Promise<GoogleCloud> {
  const google = await startGoogleCloud({ secrets, ...options });
  onTestFinished(() => google.close());
  return google;
}

async function ask(store: TestStore): Promise<TestAnswer> {
  const [answer] = await store.ask([{ path: "p/s" }]);
  return answer!;
}

describe("accounts by way of others", () => {
  const target = "target@p.iam.gserviceaccount.com";
  const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${target}:generateAccessToken`;
  const federated = (google: GoogleCloud, more: object = {}): string =>
    JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ci",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: { file: google.write("subject", "subject-token") },
      ...more,
    });

  it("impersonates a service account with a login", async () => {
    const google = await open();
    const source = JSON.parse(google.accounts.loginFile(user)) as object;
    const file = { type: "impersonated_service_account", service_account_impersonation_url: url };
    const path = google.write("impersonated.json", JSON.stringify({ ...file, source_credentials: source }));
    const store = await openWith(google, path);
    const answers = await store.ask([{ path: "p/s" }, { path: "p/t" }]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(new Set(google.rest.accesses.map(({ email }) => email))).toEqual(new Set([target]));
    expect(google.accounts.requests.map(({ host }) => host)).toEqual([
      "oauth2.googleapis.com",
      "iamcredentials.googleapis.com",
    ]);
  });

  it("says what is lacking to impersonate", async () => {
    const google = await open({
      interfereWithTokens: ({ host }) =>
        host.startsWith("iamcredentials") ? googleError("PERMISSION_DENIED", "SECRET") : undefined,
    });
    const source = JSON.parse(google.accounts.loginFile(user)) as object;
    const file = { type: "impersonated_service_account", service_account_impersonation_url: url };
    const path = google.write("impersonated.json", JSON.stringify({ ...file, source_credentials: source }));
    expect(await ask(await openWith(google, path))).toEqual({
      ok: false,
      code: "PERMISSION_DENIED",
      message: `"iamcredentials.googleapis.com" gave no token for the file "${path}" (403 PERMISSION_DENIED)`,
      hint: "grant roles/iam.serviceAccountTokenCreator on the service account that is impersonated",
    });
  });

  it("exchanges the token of another identity provider", async () => {
    const google = await open();
    const path = google.write("federated.json", federated(google));
    expect(await ask(await openWith(google, path))).toMatchObject({ ok: true });
    expect(google.rest.accesses).toMatchObject([{ email: "federated:subject-token" }]);
  });

  it("impersonates a service account with it", async () => {
    const google = await open();
    const path = google.write("federated.json", federated(google, { service_account_impersonation_url: url }));
    expect(await ask(await openWith(google, path))).toMatchObject({ ok: true });
    expect(google.rest.accesses).toMatchObject([{ email: target }]);
    expect(google.cloud.unknownHosts).toEqual([]);
  });

  it("says when the exchange is refused, without the description", async () => {
    const google = await open({
      interfereWithTokens: () => json({ error: "invalid_target", error_description: "SECRET" }, 400),
    });
    const path = google.write("federated.json", federated(google));
    expect(await ask(await openWith(google, path))).toEqual({
      ok: false,
      code: "UNAUTHENTICATED",
      message: `"sts.googleapis.com" gave no token for the file "${path}" (400 invalid_target)`,
      hint: "check that the credentials are still valid, and their audience",
    });
  });

  it("does not run a program that nobody has allowed", async () => {
    const google = await open();
    const source = { credential_source: { executable: { command: "/bin/false" } } };
    const path = google.write("program.json", federated(google, source));
    expect(await ask(await openWith(google, path))).toEqual({
      ok: false,
      code: "UNAUTHENTICATED",
      message: `the file "${path}" names a program to run, which is not allowed`,
      hint: "set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES to 1 if you trust it",
    });
  });
});
