import { tmpdir } from "node:os";
import process from "node:process";
import { openTestStore, type TestListRequest, type TestStore } from "configmanager/plugin/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { createAppConfiguration, forbidden, tooManyRequests } from "../../../test/servers/app-configuration.ts";
import { listedOf } from "../../../test/servers/ask-aws.ts";
import { startCloud } from "../../../test/servers/cloud.ts";
import { createEntra } from "../../../test/servers/entra.ts";
import { type Answer, malformed, reset } from "../../../test/servers/scripted-server.ts";

const executable = (await buildTestPlugins()).file("azappconf");
const entra = createEntra();
let failures: Answer[] = [];
const then = "2024-02-01T00:00:00Z";
const service = createAppConfiguration(
  [
    { key: "app/db/host", value: "db.example.com" },
    { key: "app/größe \u{1f511}", value: "日本語" },
    { key: "app/none", value: null },
    { key: "app/db/host", label: "prod", value: "of prod" },
    { key: "application", value: "another" },
    { key: "a,*\\&#?%/x", value: "means nothing" },
    { key: "aged/a", value: "old", at: new Date("2024-01-01T00:00:00Z") },
    { key: "aged/a", value: "new" },
    { key: "aged/b", value: "later" },
    ...Array.from({ length: 20 }, (_unset, index) => ({ key: `many/${index + 10}`, value: `value ${index + 10}` })),
  ],
  { pageSize: 7, interfere: ({ headers }) => (headers.authorization === undefined ? undefined : failures.shift()) },
);
const cloud = await startCloud({
  "login.microsoftonline.com": { handler: entra.handler },
  "*.azconfig.io": { handler: service.handler },
});
let store: TestStore;

beforeAll(async () => {
  const env = { PATH: process.env["PATH"] ?? "", ...entra.env, ...cloud.env };
  store = await openTestStore({ executable, cwd: tmpdir(), env });
});
beforeEach(() => {
  failures = [];
});
afterAll(async () => {
  await store.close();
  await cloud.close();
});

async function textsOf(request: TestListRequest): Promise<Record<string, string>> {
  return Object.fromEntries(listedOf(await store.list(request)).map(([path, text]) => [path, text]));
}

describe("a listing of settings", () => {
  it.each([
    {
      request: { path: "shop/app/" },
      texts: { "shop/app/db/host": "db.example.com", "shop/app/größe \u{1f511}": "日本語", "shop/app/none": "" },
    },
    {
      request: { path: "/shop/app/", recursive: false },
      texts: { "/shop/app/größe \u{1f511}": "日本語", "/shop/app/none": "" },
    },
    { request: { path: "shop/app/", metadata: { label: "prod" } }, texts: { "shop/app/db/host": "of prod" } },
    { request: { path: "shop", metadata: { label: "prod" } }, texts: { "shop/app/db/host": "of prod" } },
    { request: { path: "shop.azconfig.io/appl" }, texts: { "shop.azconfig.io/application": "another" } },
    { request: { path: "shop/a,*\\&#?%/" }, texts: { "shop/a,*\\&#?%/x": "means nothing" } },
    { request: { path: "shop/aged/", metadata: { acceptedDateTime: then } }, texts: { "shop/aged/a": "old" } },
    { request: { path: "shop/nothing/" }, texts: {} },
  ])("of $request has $texts", async ({ request, texts }) => {
    expect(await textsOf(request)).toEqual(texts);
  });

  it("has paths by which the same values are asked for", async () => {
    const listed = listedOf(await store.list({ path: "shop/" }));
    expect(listed).toHaveLength(27);
    const answers = await store.ask(listed.map(([path]) => ({ path })));
    expect(answers.map((answer) => answer.ok && [Buffer.from(answer.data).toString(), answer.version])).toEqual(
      listed.map(([, text, version]) => [text, version]),
    );
  });

  it("goes on where it was after errors that pass", async () => {
    const before = service.requests.length;
    failures = [tooManyRequests(1), reset()];
    expect(Object.keys(await textsOf({ path: "shop/many/" }))).toHaveLength(20);
    expect(service.requests.length - before).toBe(5);
  });
});

describe("a listing that fails", () => {
  it.each([
    { path: "shop/", metadata: { etag: "x" }, message: 'metadata key "etag" means nothing when listing' },
    { path: "", metadata: {}, message: '"" is not of the form <store>/<key>' },
  ])("is refused: $message", async ({ path, metadata, message }) => {
    expect(await store.list({ path, metadata })).toMatchObject({ code: "INVALID_ARGUMENT", message });
  });

  it("says that it was denied", async () => {
    failures = [forbidden()];
    expect(await store.list({ path: "shop/app/", metadata: { label: "prod" } })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(
        /the settings "app\/\*" with the label "prod" of App Configuration store "shop" may not be listed \(403\)$/,
      ) as unknown,
    });
  });

  it("does not take an answer that it cannot read for an empty page", async () => {
    failures = [malformed()];
    expect(await store.list({ path: "shop/app/" })).toMatchObject({ code: "UNKNOWN" });
  });
});
