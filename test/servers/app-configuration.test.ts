/** The server is what the official client takes for the service: the client is the judge here, not our plugin. */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { AppConfigurationClient, type ConfigurationSetting } from "@azure/app-configuration";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppConfiguration, createAppConfiguration, forbidden, tooManyRequests } from "./app-configuration.ts";
import { createTestCa, type TestCa } from "./certificates.ts";
import { unsignedToken } from "./entra.ts";
import type { Answer, RecordedRequest } from "./scripted-server.ts";

const audience = "https://appconfig.azure.com";
let ca: TestCa;
let server: Server;
let store: AppConfiguration;
let client: AppConfigurationClient;
let interfere: ((request: RecordedRequest) => Answer | undefined) | undefined;

beforeAll(async () => {
  ca = await createTestCa();
  store = createAppConfiguration(
    [
      { key: "plain", value: "no label" },
      { key: "plain", label: "dev", value: "for dev" },
      { key: "a/b//c", value: "slashes" },
      { key: "größe \u{1f511}", label: "l,*\\", value: "ü" },
      { key: "a,b", value: "comma" },
      { key: "a*", value: "star" },
      { key: "a\\b", value: "backslash" },
      { key: "null", value: null },
      { key: "typed", value: "{}", contentType: "application/json", tags: { t: "1" } },
      { key: "aged", value: "old", at: new Date("2024-01-01T00:00:00Z") },
      { key: "aged", value: "new", at: new Date("2024-03-01T00:00:00Z") },
    ],
    { pageSize: 3, interfere: (request) => interfere?.(request) },
  );
  server = createServer(await ca.certificateFor(["localhost"]), store.handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  client = clientFor(unsignedToken(audience));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  ca.remove();
});

function clientFor(token: string): AppConfigurationClient {
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return new AppConfigurationClient(`https://localhost:${(server.address() as AddressInfo).port}`, credential, {
    tlsOptions: { ca: ca.caPem },
    retryOptions: { maxRetries: 0 },
  });
}

async function listed(options: Parameters<AppConfigurationClient["listConfigurationSettings"]>[0]): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of client.listConfigurationSettings(options)) values.push(String(value));
  return values;
}

describe("the App Configuration server", () => {
  it.each([
    { name: "a setting without a label", id: { key: "plain" }, value: "no label" },
    { name: "a setting with a label", id: { key: "plain", label: "dev" }, value: "for dev" },
    { name: "a key with slashes", id: { key: "a/b//c" }, value: "slashes" },
    { name: "a key and a label beyond ASCII", id: { key: "größe \u{1f511}", label: "l,*\\" }, value: "ü" },
    { name: "a setting without a value", id: { key: "null" }, value: null },
  ])("gives the official client $name", async ({ id, value }) => {
    expect(await client.getConfigurationSetting(id)).toMatchObject({ key: id.key, value, statusCode: 200 });
  });

  it("gives what belongs to a setting", async () => {
    const setting: ConfigurationSetting = await client.getConfigurationSetting({ key: "typed" });
    expect(setting).toMatchObject({ contentType: "application/json", tags: { t: "1" }, isReadOnly: false });
    expect(setting.etag).toMatch(/^[\w-]+$/);
    expect(setting.lastModified).toBeInstanceOf(Date);
  });

  it("answers 404 without a body, also for another label", async () => {
    for (const id of [{ key: "none" }, { key: "plain", label: "prod" }]) {
      await expect(client.getConfigurationSetting(id)).rejects.toMatchObject({ statusCode: 404 });
    }
  });

  it("answers 304 for an etag that is still right, and overlooks one without quotes", async () => {
    const { etag } = await client.getConfigurationSetting({ key: "plain" });
    const unchanged = await client.getConfigurationSetting({ key: "plain", etag: etag! }, { onlyIfChanged: true });
    expect(unchanged).toMatchObject({ statusCode: 304, value: undefined });
    const changed = await client.getConfigurationSetting({ key: "plain", etag: "other" }, { onlyIfChanged: true });
    expect(changed).toMatchObject({ statusCode: 200, value: "no label" });
    const unquoted = await client.getConfigurationSetting({ key: "plain" }, {
      requestOptions: { headers: { "if-none-match": etag! } },
    } as object);
    expect(unquoted.statusCode).toBe(200);
  });

  it.each([
    { at: "2024-02-01T00:00:00Z", value: "old" },
    { at: "2024-03-01T00:00:00Z", value: "new" },
  ])("gives the value as of $at", async ({ at, value }) => {
    const setting = await client.getConfigurationSetting({ key: "aged" }, { acceptDateTime: new Date(at) });
    expect(setting.value).toBe(value);
  });

  it("knows no setting before it was written", async () => {
    const before = client.getConfigurationSetting({ key: "aged" }, { acceptDateTime: new Date(0) });
    await expect(before).rejects.toMatchObject({ statusCode: 404 });
  });

  it.each([
    { name: "all, in pages", filter: {}, count: 10 },
    { name: "some exact keys", filter: { keyFilter: "plain,aged,none" }, inOrder: ["new", "no label", "for dev"] },
    { name: "no label", filter: { keyFilter: "plain", labelFilter: "%00" }, inOrder: ["no label"] },
    { name: "a label", filter: { keyFilter: "plain", labelFilter: "dev" }, inOrder: ["for dev"] },
    { name: "a beginning", filter: { keyFilter: "pla*", labelFilter: "d*" }, inOrder: ["for dev"] },
    { name: "escapes", filter: { keyFilter: "a\\,b,a\\*,a\\\\b" }, inOrder: ["star", "comma", "backslash"] },
  ])("lists $name", async ({ filter, inOrder, count = inOrder?.length }) => {
    const found = await listed(filter);
    expect(found).toHaveLength(count!);
    if (inOrder !== undefined) expect(found).toEqual(inOrder);
  });

  it.each([
    { name: "six keys", filter: "a,b,c,d,e,f" },
    { name: "a star that is not at the end", filter: "a*b" },
    { name: "a backslash with nothing behind it", filter: "a%5C" },
  ])("refuses a filter with $name", async ({ filter }) => {
    await expect(listed({ keyFilter: filter })).rejects.toMatchObject({ statusCode: 400 });
  });

  it.each([
    { name: "for another audience", token: unsignedToken("https://vault.azure.net") },
    { name: "that is too old", token: unsignedToken(audience, { lifetimeSeconds: -1 }) },
    { name: "that is none", token: "none" },
  ])("refuses a token $name", async ({ token }) => {
    const refused = clientFor(token).getConfigurationSetting({ key: "plain" });
    await expect(refused).rejects.toMatchObject({ statusCode: 401 });
  });

  it.each([
    { answer: tooManyRequests(20), statusCode: 429 },
    { answer: forbidden(), statusCode: 403 },
  ])("answers $statusCode when the test says so", async ({ answer, statusCode }) => {
    interfere = () => answer;
    const refused = client.getConfigurationSetting({ key: "plain" });
    await expect(refused).rejects.toMatchObject({ statusCode });
    interfere = undefined;
  });
});
