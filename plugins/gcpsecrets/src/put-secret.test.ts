import type { TestPutRequest } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GoogleCloudOptions, startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { googleError } from "../../../test/servers/gcp-rest.ts";
import { type Answer, json, malformed, type RecordedRequest, reset } from "../../../test/servers/scripted-server.ts";

const value = "made-up-password";
const path = "p/db";
const secret = "projects/p/secrets/db";
const there = { [secret]: [{ data: "old" }] };

/** Google, its plugin, and what the service has been asked. */
async function openGoogle(options: Partial<GoogleCloudOptions> = {}) {
  const google = await startGoogleCloud({ secrets: {}, ...options });
  onTestFinished(() => google.close());
  const store = await google.open();
  return {
    put: (request: Partial<TestPutRequest> = {}) => store.put({ path, data: value, ...request }),
    read: async (of: string) => {
      const [answer] = await store.ask([{ path: of }]);
      return answer?.ok === true ? [Buffer.from(answer.data).toString(), answer.version] : answer?.message;
    },
    asked: () => google.rest.requests.map(({ method, host, url }) => `${method} ${host}${url}`),
  };
}

/** Interferes with requests whose URL ends so, one after the other. */
function atEndOf(end: string, ...answers: Answer[]): (request: RecordedRequest) => Answer | undefined {
  return ({ url }) => (url.endsWith(end) ? answers.shift() : undefined);
}

describe("a secret that is written", () => {
  it("gets a version more, whose number is said", async () => {
    const { put, read, asked } = await openGoogle({ secrets: there });
    expect(await put({ data: "größe \u{1f511}\n" })).toEqual({ ok: true, version: "2" });
    expect(asked()).toEqual([`POST secretmanager.googleapis.com/v1/${secret}:addVersion`]);
    expect(await read(path)).toEqual(["größe \u{1f511}\n", "2"]);
    expect(await read(`${secret}/versions/1`)).toEqual(["old", "1"]);
  });

  it("may be bytes that are no text", async () => {
    const data = Uint8Array.from({ length: 256 }, (_unset, index) => index);
    const google = await startGoogleCloud({ secrets: there });
    onTestFinished(() => google.close());
    const store = await google.open();
    expect(await store.put({ path, data })).toMatchObject({ ok: true });
    const [answer] = await store.ask([{ path }]);
    expect(answer?.ok === true && [...answer.data]).toEqual([...data]);
  });

  it.each([
    { name: "global", of: path, host: "secretmanager.googleapis.com", parent: "projects/p" },
    {
      name: "regional",
      of: "projects/p/locations/europe-west3/secrets/db",
      host: "secretmanager.europe-west3.rep.googleapis.com",
      parent: "projects/p/locations/europe-west3",
    },
  ])("is created when there is none: a $name one", async ({ of, host, parent }) => {
    const { put, read, asked } = await openGoogle();
    expect(await put({ path: of })).toEqual({ ok: true, version: "1" });
    expect(asked()).toEqual([
      `POST ${host}/v1/${parent}/secrets/db:addVersion`,
      `POST ${host}/v1/${parent}/secrets?secretId=db`,
      `POST ${host}/v1/${parent}/secrets/db:addVersion`,
    ]);
    expect(await read(of)).toEqual([value, "1"]);
  });

  it("is only created when that is wanted", async () => {
    const { put, read, asked } = await openGoogle();
    expect(await put({ createOnly: true })).toEqual({ ok: true, version: "1" });
    expect(asked()[0]).toContain("?secretId=db");
    expect(await put({ createOnly: true, data: "another" })).toMatchObject({
      code: "ALREADY_EXISTS",
      message: '"p/db" already exists',
    });
    expect(await read(path)).toEqual([value, "1"]);
  });

  it.each([
    { request: { path: `${secret}/versions/3` }, message: /cannot name one$/ },
    { request: { metadata: { version: "latest" } }, message: /cannot name one$/ },
    { request: { path: "/p/db" }, message: /^"\/p\/db" names no secret$/ },
    { request: { path: "db" }, message: /^"db" names no secret$/ },
  ])("is refused: $request", async ({ request, message }) => {
    const { put, asked } = await openGoogle();
    expect(await put(request)).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(message) as unknown,
    });
    expect(asked()).toEqual([]);
  });
});

describe("an error of a secret that is written", () => {
  it.each([
    { may: "create", permission: "secretmanager.versions.add", secrets: there },
    { may: "add", permission: "secretmanager.secrets.create", secrets: {} },
  ])("says which permission is missing: $permission", async ({ may, permission, secrets }) => {
    const { put } = await openGoogle({ secrets, mayWrite: (action) => action === may });
    expect(await put()).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining(`lacks "${permission}" on "${secret}"`) as unknown,
    });
  });

  it("says that the secret was created, when its value could not be added", async () => {
    const { put } = await openGoogle({ mayWrite: (action) => action === "create" });
    expect(await put({ createOnly: true })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/; the secret itself has been created$/) as unknown,
    });
  });

  it("does not show the value, when the service quotes it", async () => {
    const quoting = googleError("INVALID_ARGUMENT", `Invalid payload ${Buffer.from(value).toString("base64")}`);
    const { put } = await openGoogle({ interfere: atEndOf(":addVersion", quoting) });
    expect(await put()).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"secretmanager.googleapis.com" refused the request (400 INVALID_ARGUMENT)',
    });
  });

  it("is overcome where nothing can have been written", async () => {
    const busy = googleError("RESOURCE_EXHAUSTED", "Quota exceeded", [], { "retry-after": "0" });
    const { put, read } = await openGoogle({ secrets: there, interfere: atEndOf(":addVersion", busy) });
    expect(await put()).toEqual({ ok: true, version: "2" });
    expect(await read(path)).toEqual([value, "2"]);
  });

  it.each([
    { name: "a lost answer", answer: reset(), code: "UNAVAILABLE", message: /was reset \(ECONNRESET\)/ },
    {
      name: "an error of the service",
      answer: googleError("UNAVAILABLE", "The service is unavailable."),
      code: "UNAVAILABLE",
      message: /could not serve the request \(503 UNAVAILABLE\)/,
    },
    { name: "an answer that is none", answer: malformed(), code: "UNKNOWN", message: /what is no version of a secret/ },
  ])("is final after $name, for a version may have been added", async ({ answer, code, message }) => {
    const { put, asked } = await openGoogle({ secrets: there, interfere: atEndOf(":addVersion", answer) });
    const failure = await put();
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    expect(failure).toMatchObject({ message: expect.stringMatching(/; the value may have been written$/) as unknown });
    expect(asked()).toHaveLength(1);
  });

  it("does not keep a secret from being created, which is tried again", async () => {
    const { put, read } = await openGoogle({ interfere: atEndOf("?secretId=db", reset(), json({}, 503)) });
    expect(await put({ createOnly: true })).toEqual({ ok: true, version: "1" });
    expect(await read(path)).toEqual([value, "1"]);
  });

  it("does not take what the first try has created for somebody else's", async () => {
    const exists = googleError("ALREADY_EXISTS", "Secret already exists.");
    const { put } = await openGoogle({ interfere: atEndOf("?secretId=db", reset(), exists) });
    expect(await put({ createOnly: true })).toMatchObject({
      code: "UNKNOWN",
      message: '"p/db" already exists, perhaps by a try of this write that got no answer',
    });
  });
});
