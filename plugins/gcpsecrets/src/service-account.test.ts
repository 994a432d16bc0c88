import type { TestAnswer, TestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createServiceAccount } from "../../../test/servers/gcp-accounts.ts";
import {
  type GoogleCloud,
  type GoogleCloudOptions,
  otherUniverse,
  startGoogleCloud,
} from "../../../test/servers/gcp-cloud.ts";
import { googleError } from "../../../test/servers/gcp-rest.ts";

const secrets = { "projects/p/secrets/s": [{ data: "value" }], "projects/p/secrets/t": [{ data: "other" }] };

async function open(options: Partial<GoogleCloudOptions> = {}): Promise<GoogleCloud> {
  const google = await startGoogleCloud({ secrets, ...options });
  onTestFinished(() => google.close());
  return google;
}

async function ask(store: TestStore, path = "p/s"): Promise<TestAnswer> {
  const [answer] = await store.ask([{ path }]);
  return answer!;
}

describe("a service account's key file", () => {
  it("signs its own token, which asks no other server and is the same for all requests", async () => {
    const google = await open();
    const store = await google.open();
    const answers = await store.ask([{ path: "p/s" }, { path: "p/t" }, { path: "p/s", metadata: { version: "1" } }]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    const [{ claims }] = google.rest.accesses as [(typeof google.rest.accesses)[0]];
    expect(claims).toMatchObject({
      iss: google.account.email,
      sub: google.account.email,
      scope: "https://www.googleapis.com/auth/cloud-platform",
    });
    expect(new Set(google.rest.requests.map(({ headers }) => headers.authorization)).size).toBe(1);
    expect(new Set(google.cloud.connects)).toEqual(new Set(["secretmanager.googleapis.com:443"]));
  });

  it("may be named from the working directory", async () => {
    const google = await open();
    expect(await ask(await google.open({ GOOGLE_APPLICATION_CREDENTIALS: "key.json" }))).toMatchObject({ ok: true });
  });

  it("makes two accounts of two processes", async () => {
    const [one, two] = ["one", "two"].map((name) => createServiceAccount(`${name}@p.iam.gserviceaccount.com`));
    const google = await open({
      serviceAccounts: [one!, two!],
      mayRead: (email, secret) => secret.endsWith(email === one!.email ? "/s" : "/t"),
    });
    const stores = [one!, two!].map((account, index) =>
      google.open({ GOOGLE_APPLICATION_CREDENTIALS: google.write(`${index}.json`, account.keyFile) }),
    );
    const answers = await Promise.all(
      stores.map(async (store) => (await store).ask([{ path: "p/s" }, { path: "p/t" }])),
    );
    expect(answers.map((pair) => pair.map(({ ok }) => ok))).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it("of a key that was deleted is refused, after it was read once more", async () => {
    const google = await open();
    const stale = createServiceAccount(google.account.email);
    const store = await google.open({ GOOGLE_APPLICATION_CREDENTIALS: google.write("stale.json", stale.keyFile) });
    expect(await ask(store)).toEqual({
      ok: false,
      code: "UNAUTHENTICATED",
      message:
        '"secretmanager.googleapis.com" refused the request (401 UNAUTHENTICATED): ' +
        "Request had invalid authentication credentials.",
      hint: "check that the key or the login was not revoked, or run gcloud auth application-default login",
    });
    expect(google.rest.requests.length).toBe(2);
    await ask(store);
    // It is known by now that reading it again does not help.
    expect(google.rest.requests.length).toBe(3);
  });

  it("that is replaced while the plugin runs is read again", async () => {
    const next = createServiceAccount("next@p.iam.gserviceaccount.com");
    let isReplaced = false;
    const google = await open({
      serviceAccounts: [next],
      interfere: ({ headers }) =>
        isReplaced && headers.authorization === google.rest.requests[0]?.headers.authorization
          ? googleError("UNAUTHENTICATED", "Request had invalid authentication credentials.")
          : undefined,
    });
    const store = await google.open();
    await ask(store);
    google.write("key.json", next.keyFile);
    isReplaced = true;
    expect(await ask(store)).toMatchObject({ ok: true });
    expect(google.rest.accesses.map(({ email }) => email)).toEqual([google.account.email, next.email]);
  });

  it("is told how wrong the clock is", async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const google = await open({ interfere: () => googleError("UNAUTHENTICATED", "No.", [], { date }) });
    expect(await ask(await google.open())).toMatchObject({
      code: "UNAUTHENTICATED",
      hint: "set the clock of this machine, which is 60 minutes fast",
    });
  });
});

describe("another universe", () => {
  const universe = otherUniverse;

  it.each([
    { name: "the credentials say", more: {} },
    { name: "the credentials and the environment say", more: { GOOGLE_CLOUD_UNIVERSE_DOMAIN: universe } },
  ])("is the one that $name", async ({ more }) => {
    const account = createServiceAccount("far@p.iam.gserviceaccount.com", { universe_domain: universe });
    const google = await open({
      serviceAccounts: [account],
      secrets: { ...secrets, "projects/p/locations/far-north1/secrets/s": [{ data: "regional" }] },
    });
    const path = google.write("far.json", account.keyFile);
    const store = await google.open({ GOOGLE_APPLICATION_CREDENTIALS: path, ...more });
    expect(await ask(store)).toMatchObject({ ok: true });
    expect(await ask(store, "projects/p/locations/far-north1/secrets/s")).toMatchObject({ ok: true });
    expect(google.rest.accesses).toMatchObject([
      { host: `secretmanager.${universe}`, email: account.email },
      { host: `secretmanager.far-north1.rep.${universe}`, email: account.email },
    ]);
    expect(google.cloud.unknownHosts).toEqual([]);
  });

  it("of the credentials is not that of the environment", async () => {
    const google = await open();
    const store = await google.open({ GOOGLE_CLOUD_UNIVERSE_DOMAIN: universe });
    const path = google.env["GOOGLE_APPLICATION_CREDENTIALS"] ?? "";
    expect(await ask(store)).toEqual({
      ok: false,
      code: "UNKNOWN",
      message: `the file "${path}" is for "googleapis.com", and GOOGLE_CLOUD_UNIVERSE_DOMAIN is "${universe}"`,
      hint: "use credentials of that universe, or correct GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    });
    expect(google.cloud.connects).toEqual([]);
  });

  it("is a domain", async () => {
    const google = await open();
    expect(await ask(await google.open({ GOOGLE_CLOUD_UNIVERSE_DOMAIN: "a/b" }))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});
