import { contractChecks, type TestAnswer, type TestRequest } from "configmanager/plugin/testing";
import { afterAll, describe, expect, it } from "vitest";
import { startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { googleError } from "../../../test/servers/gcp-rest.ts";
import { json, stall } from "../../../test/servers/scripted-server.ts";

const bytes = Uint8Array.from({ length: 512 }, (_unset, index) => index % 256);
const secrets = {
  "/token/1": [...Array.from({ length: 122 }, () => ({ data: "old" })), { data: "someValue" }],
  "projects/p/secrets/s": [
    { data: "first" },
    { data: "second", alias: "prod" },
    { data: "third", state: "DISABLED" },
    { data: "fourth" },
  ],
  "projects/p/secrets/disabled": [{ data: "shown" }, { data: "hidden", state: "DISABLED" }],
  "projects/p/secrets/destroyed": [{ data: "", state: "DESTROYED" }],
  "projects/p/secrets/bytes": [{ data: bytes }],
  "projects/p/secrets/largest": [{ data: "x".repeat(64 * 1024) }],
  "projects/p/secrets/unicode": [{ data: 'größe 🔑 "quoted"\u0000\r\n' }],
  "projects/p/secrets/empty": [{ data: "" }],
  "projects/p/secrets/ünïcode": [{ data: "named" }],
  "projects/p/secrets/not-mine": [{ data: "theirs" }],
  "projects/p/locations/europe-west3/secrets/s": [{ data: "regional" }],
} as const;

const google = await startGoogleCloud({
  secrets,
  mayRead: (_email, secret) => !secret.endsWith("not-mine"),
  interfere: ({ path }) => {
    if (path.includes("/slow/")) return stall();
    if (path.includes("/no-payload/")) return json({ name: "projects/1/secrets/no-payload/versions/3" });
    if (path.includes("/null-payload/")) return json({ name: "x", payload: null });
    if (path === "/v1//token/error/versions/latest:access") return googleError("UNKNOWN", "unable to retrieve secret");
    if (path === "/v1//token/nothing/versions/latest:access") return json({});
    return undefined;
  },
});
const store = await google.open();
afterAll(() => google.close());

async function ask(request: TestRequest): Promise<TestAnswer> {
  const [answer] = await store.ask([request]);
  return answer!;
}

function textOf(answer: TestAnswer): string {
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code}: ${answer.message}`;
}

/** The names that the service was asked for, by requests that asked for this. */
function namesLike(part: string): readonly string[] {
  return google.rest.accesses.filter(({ name }) => name.includes(part)).map(({ name }) => name);
}

describe("the reference vectors", () => {
  it("G1: the path is the name of the secret as it stands, and latest its version", async () => {
    expect(textOf(await ask({ path: "/token/1" }))).toBe("someValue");
    expect(namesLike("/token/1").at(-1)).toBe("/token/1/versions/latest");
  });

  it("G2: the metadata names the version", async () => {
    expect(textOf(await ask({ path: "/token/1", metadata: { version: "123" } }))).toBe("someValue");
    expect(namesLike("/token/1").at(-1)).toBe("/token/1/versions/123");
  });

  it("G3: the service's error is passed on, and an answer without a payload is an empty value", async () => {
    expect(await ask({ path: "/token/error" })).toMatchObject({
      ok: false,
      message: expect.stringContaining("unable to retrieve secret") as string,
    });
    expect(textOf(await ask({ path: "/token/nothing" }))).toBe("");
  });
});

describe("the store GCPSECRETS", () => {
  it.each([
    { path: "p/s", name: "projects/p/secrets/s/versions/latest", host: undefined, value: "fourth" },
    { path: "projects/p/secrets/s", name: "projects/p/secrets/s/versions/latest", host: undefined, value: "fourth" },
    { path: "/projects/p/secrets/s", name: "projects/p/secrets/s/versions/latest", host: undefined, value: "fourth" },
    {
      path: "projects/p/secrets/s/versions/1",
      name: "projects/p/secrets/s/versions/1",
      host: undefined,
      value: "first",
    },
    { path: "p/s", version: "2", name: "projects/p/secrets/s/versions/2", host: undefined, value: "second" },
    { path: "p/s", version: "prod", name: "projects/p/secrets/s/versions/prod", host: undefined, value: "second" },
    {
      path: "projects/p/locations/europe-west3/secrets/s",
      name: "projects/p/locations/europe-west3/secrets/s/versions/latest",
      host: "secretmanager.europe-west3.rep.googleapis.com",
      value: "regional",
    },
    { path: "p/ünïcode", name: "projects/p/secrets/ünïcode/versions/latest", host: undefined, value: "named" },
  ])("asks for $name when the token says $path", async ({ path, version, name, host, value }) => {
    const before = google.rest.accesses.length;
    expect(textOf(await ask({ path, metadata: version === undefined ? undefined : { version } }))).toBe(value);
    expect(google.rest.accesses.slice(before)).toMatchObject([
      { name, host: host ?? "secretmanager.googleapis.com", email: google.account.email },
    ]);
  });

  it.each([
    { path: "p/s", version: "4" },
    { path: "projects/p/secrets/s/versions/1", version: "1" },
    { path: "p/unicode", version: "1" },
  ])("says which version of $path it is", async ({ path, version }) => {
    expect(await ask({ path })).toMatchObject({ ok: true, version });
  });

  it("hands over bytes as they are", async () => {
    expect(await ask({ path: "p/bytes" })).toMatchObject({ ok: true, data: Buffer.from(bytes) });
  });

  it("says on protocol 1 that bytes are no text", async () => {
    const old = await google.open({}, 1);
    const [text, binary] = await old.ask([{ path: "p/unicode" }, { path: "p/bytes" }]);
    expect(textOf(text!)).toBe(secrets["projects/p/secrets/unicode"][0].data);
    expect(binary).toMatchObject({ ok: false, message: expect.stringContaining("UTF-8") as string });
  });

  it.each(["p/no-payload", "p/null-payload", "p/empty"])("takes %s for an empty value", async (path) => {
    expect(textOf(await ask({ path }))).toBe("");
  });

  it.each([
    {
      name: "a secret that is not there",
      path: "p/none",
      code: "NOT_FOUND",
      message: '"projects/p/secrets/none/versions/latest" was not found',
      hint: "check the names, for instance by gcloud secrets versions list none --project=p",
    },
    {
      name: "a version that is not there",
      path: "projects/p/secrets/s/versions/99",
      code: "NOT_FOUND",
      message: '"projects/p/secrets/s/versions/99" was not found',
      hint: "check the names, for instance by gcloud secrets versions list s --project=p",
    },
    {
      name: "a regional secret that is not there",
      path: "projects/p/locations/europe-west3/secrets/none",
      code: "NOT_FOUND",
      message: '"projects/p/locations/europe-west3/secrets/none/versions/latest" was not found',
      hint: "check the names, for instance by gcloud secrets versions list none --project=p --location=europe-west3",
    },
    {
      name: "one that the account may not read",
      path: "p/not-mine",
      code: "PERMISSION_DENIED",
      message:
        '"reader@my-project.iam.gserviceaccount.com" lacks "secretmanager.versions.access" on ' +
        '"projects/p/secrets/not-mine/versions/latest": "secretmanager.googleapis.com" refused the request ' +
        "(403 PERMISSION_DENIED): Permission 'secretmanager.versions.access' denied for resource " +
        "'projects/p/secrets/not-mine/versions/latest' (or it may not exist).",
      hint: "grant roles/secretmanager.secretAccessor on the secret, and check the names of project and secret",
    },
    {
      name: "a disabled version",
      path: "p/disabled",
      code: "UNKNOWN",
      message:
        '"secretmanager.googleapis.com" refused the request (400 FAILED_PRECONDITION): ' +
        "Secret Version [projects/p/secrets/disabled/versions/2] is in DISABLED state.",
      hint: "enable the version again, or name another by [version=…]",
    },
    {
      name: "a destroyed version",
      path: "p/destroyed",
      code: "UNKNOWN",
      message:
        '"secretmanager.googleapis.com" refused the request (400 FAILED_PRECONDITION): ' +
        "Secret Version [projects/p/secrets/destroyed/versions/1] is in DESTROYED state.",
      hint: "enable the version again, or name another by [version=…]",
    },
    {
      name: "a path that begins with a slash and is no name",
      path: "/p/s",
      code: "INVALID_ARGUMENT",
      message:
        '"/p/s" names no secret: "secretmanager.googleapis.com" answered 404 without an error of Google\'s (text/html)',
      hint: "write <project>/<secret> without a leading slash, or projects/<project>/secrets/<secret>",
    },
    {
      name: "a path without a project, and asks nobody",
      path: "s",
      code: "INVALID_ARGUMENT",
      message: '"s" names no secret',
      hint: "write <project>/<secret>, or projects/<project>/secrets/<secret>",
    },
  ])("refuses $name", async ({ path, code, message, hint }) => {
    expect(await ask({ path })).toEqual({ ok: false, code, message, hint });
  });

  it("refuses metadata that it does not know", async () => {
    expect(await ask({ path: "p/s", metadata: { stage: "x" } })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'metadata key "stage" is not known',
    });
  });
});

describe("the contract", async () => {
  const cases = {
    found: { path: "p/s", value: "fourth" },
    missing: { path: "p/none" },
    denied: { path: "p/not-mine" },
    bad: { path: "p/s/too/long" },
    version: { path: "p/s", metadata: { version: "1" }, value: "first" },
    empty: { path: "p/empty" },
    large: { path: "p/largest", value: "x".repeat(64 * 1024) },
    unicode: { path: "p/unicode", value: secrets["projects/p/secrets/unicode"][0].data },
    cancelled: { path: "p/slow" },
  };
  for (const { name, run } of contractChecks(await google.subject(), cases)) it(name, run);
});
