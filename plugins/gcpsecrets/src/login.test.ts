import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestAnswer, TestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GoogleCloud, type GoogleCloudOptions, startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { reply } from "../../../test/servers/scripted-server.ts";

const secrets = { "projects/p/secrets/s": [{ data: "value" }], "projects/p/secrets/t": [{ data: "other" }] };
const user = "somebody@example.com";

async function open(options: Partial<GoogleCloudOptions> = {}): Promise<GoogleCloud> {
  const google = await startGoogleCloud({ secrets, ...options });
  onTestFinished(() => google.close());
  return google;
}

async function ask(store: TestStore, path = "p/s"): Promise<TestAnswer> {
  const [answer] = await store.ask([{ path }]);
  return answer!;
}

function login(google: GoogleCloud, text: string, folder = ".config/gcloud"): Record<string, string | undefined> {
  const file = join(folder, "application_default_credentials.json");
  mkdirSync(dirname(join(google.env["HOME"] ?? "", file)), { recursive: true });
  google.write(file, text);
  return { GOOGLE_APPLICATION_CREDENTIALS: undefined };
}

describe("the login of gcloud", () => {
  it.each([
    { name: "in the home", folder: ".config/gcloud", more: {} },
    { name: "where CLOUDSDK_CONFIG says", folder: "elsewhere", more: { CLOUDSDK_CONFIG: "elsewhere" } },
  ])("is found $name", async ({ folder, more }) => {
    const google = await open();
    const file = google.accounts.loginFile(user);
    const config = Object.fromEntries(Object.keys(more).map((name) => [name, join(google.env["HOME"] ?? "", folder)]));
    const store = await google.open({ ...login(google, file, folder), ...config });
    expect(await ask(store)).toMatchObject({ ok: true });
    expect(google.rest.accesses).toMatchObject([{ email: user }]);
  });

  it("gets one token for all that is asked at once", async () => {
    const google = await open();
    const store = await google.open(login(google, google.accounts.loginFile(user)));
    const answers = await store.ask(Array.from({ length: 40 }, () => ({ path: "p/s" })));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(google.accounts.requests.length).toBe(1);
  });

  it("gets another token, once, when the service refuses the one it has", async () => {
    const google = await open();
    const store = await google.open(login(google, google.accounts.loginFile(user)));
    await ask(store);
    google.accounts.revokeTokens();
    const answers = await store.ask([{ path: "p/s" }, { path: "p/t" }]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(google.accounts.requests.length).toBe(2);
  });

  it("that was revoked says what to do, and is not tried for each value", async () => {
    const google = await open();
    const file = JSON.stringify({ ...JSON.parse(google.accounts.loginFile(user)), refresh_token: "SECRET" });
    const store = await google.open(login(google, file));
    const path = join(google.env["HOME"] ?? "", ".config/gcloud/application_default_credentials.json");
    for (const secret of ["p/s", "p/t"]) {
      expect(await ask(store, secret)).toEqual({
        ok: false,
        code: "UNAUTHENTICATED",
        message: `"oauth2.googleapis.com" gave no token for the file "${path}" (400 invalid_grant)`,
        hint: "run gcloud auth application-default login again",
      });
    }
    expect(google.accounts.requests.length).toBe(1);
  });

  it.each([
    { name: "a server that fails", answer: reply(503, "") },
    { name: "a server that throttles", answer: reply(429, "", { "retry-after": "0" }) },
  ])("tries $name again", async ({ answer }) => {
    const google = await open({ interfereWithTokens: ({ index }) => (index === 0 ? answer : undefined) });
    expect(await ask(await google.open(login(google, google.accounts.loginFile(user))))).toMatchObject({ ok: true });
    expect(google.accounts.requests.length).toBe(2);
  });

  it("asks a server that fails three times in all, and not with the library's own tries on top", async () => {
    const google = await open({ interfereWithTokens: () => reply(503, "SECRET") });
    const store = await google.open(login(google, google.accounts.loginFile(user)));
    const path = join(google.env["HOME"] ?? "", ".config/gcloud/application_default_credentials.json");
    expect(await ask(store)).toEqual({
      ok: false,
      code: "UNAVAILABLE",
      message: `"oauth2.googleapis.com" gave no token for the file "${path}" (503)`,
      hint: "try again later",
    });
    expect(google.accounts.requests.length).toBe(3);
  });

  it("names the project that pays", async () => {
    const google = await open();
    const files = { quota_project_id: "of-the-file" };
    const variables = login(google, google.accounts.loginFile(user, files));
    await ask(await google.open(variables));
    await ask(await google.open({ ...variables, GOOGLE_CLOUD_QUOTA_PROJECT: "of-the-environment" }));
    expect(google.rest.requests.map(({ headers }) => headers["x-goog-user-project"])).toEqual([
      "of-the-file",
      "of-the-environment",
    ]);
  });
});
