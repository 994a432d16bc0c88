import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { contractChecks, openTestStore, type TestAnswer, type TestRequest } from "configmanager/plugin/testing";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { startCloud } from "../../../test/servers/cloud.ts";
import { createEntra } from "../../../test/servers/entra.ts";
import {
  type Answer,
  createScript,
  json,
  malformed,
  type RecordedRequest,
  reply,
  reset,
  resetInBody,
  stall,
  throttle,
} from "../../../test/servers/scripted-server.ts";

const entityType = { "content-type": "application/json;odata=minimalmetadata" };
const table = "shop/settings";

const executable = (await buildTestPlugins()).file("aztablestore");
const entra = createEntra();
let script: (request: RecordedRequest) => Answer;
const service = createScript((request) => script(request));
const cloud = await startCloud({
  "login.microsoftonline.com": { handler: entra.handler },
  "login.microsoftonline.us": { handler: entra.handler },
  "*.table.core.windows.net": { handler: service.listener },
  "*.table.core.usgovcloudapi.net": { handler: service.listener },
});
let asked = 0;

afterAll(() => cloud.close());
beforeEach(() => {
  asked = service.requests.length;
});

/** Asks a store that is started for it. */
async function ask(
  requests: readonly TestRequest[],
  more: Record<string, string> = {},
): Promise<readonly TestAnswer[]> {
  const store = await openTestStore({ executable, cwd: tmpdir(), env: environment(more) });
  const answers = await store.ask(requests);
  await store.close();
  return answers;
}

async function askOne(path: string, metadata?: Record<string, string>): Promise<TestAnswer> {
  const [answer] = await ask([{ path, metadata }]);
  return answer!;
}

function environment(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", ...entra.env, ...cloud.env, ...more };
}

function textOf(answer: TestAnswer): string {
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code}: ${answer.message}`;
}

/** What the service has been asked in this test. */
function requests(): readonly RecordedRequest[] {
  return service.requests.slice(asked);
}

function failure(status: number, code: string, headers: Record<string, string> = {}): Answer {
  const body = { "odata.error": { code, message: { lang: "en-US", value: `${code} in words.\nRequestId:1\nTime:2` } } };
  return json(body, status, { "x-ms-request-id": "11112222-0000-0000-0000-333344445555", ...headers });
}

describe("the reference vectors of AZTABLESTORE", () => {
  const anyKeys = { path: "/test-account/table/partitionkey/rowKey", keys: ["partitionkey", "rowKey"] };
  const rows = [
    {
      title: "B1: a body that is no JSON is the value",
      path: "/test-account/table//token/1",
      keys: ["token", "1"],
      body: "tsuccessParam",
      expected: "tsuccessParam",
    },
    {
      title: "B2: an empty body is an empty value",
      path: "/test-account/table/token/1",
      keys: ["token", "1"],
      body: "",
      expected: "",
    },
    {
      title: "B3: an object is the value as JSON text, not in Go's map syntax",
      ...anyKeys,
      body: '{"value":{"host":"foo","port":1234,"bool":true}}',
      expected: '{"bool":true,"host":"foo","port":1234}',
    },
    { title: "B4: a text is the value", ...anyKeys, body: '{"value":"foo.bar.com"}', expected: "foo.bar.com" },
    { title: "B5: a number is the value as text", ...anyKeys, body: '{"value":1234}', expected: "1234" },
    { title: "B6: a Boolean is the value as text", ...anyKeys, body: '{"value":false}', expected: "false" },
  ];
  for (const { title, path, keys, body, expected } of rows) {
    it(title, async () => {
      script = () => reply(200, body, entityType);
      expect(textOf(await askOne(path))).toBe(expected);
      expect(requests()).toMatchObject([
        {
          method: "GET",
          host: "test-account.table.core.windows.net",
          url: `/table(PartitionKey='${keys[0]}',RowKey='${keys[1]}')`,
          headers: {
            accept: "application/json;odata=minimalmetadata",
            dataserviceversion: "3.0",
            "x-ms-version": "2019-02-02",
          },
        },
      ]);
    });
  }

  it("B7: a token without two keys is refused, and nothing is asked", async () => {
    const answer = await askOne("/test-vault/token/1");
    expect(answer).toMatchObject({ ok: false, code: "INVALID_ARGUMENT" });
    expect(textOf(answer)).toMatch(/could not be correctly destructured.*incorrectly structured token/);
    expect(requests()).toEqual([]);
  });

  it("B8: an error of the service is a config item that could not be retrieved", async () => {
    script = () => failure(400, "InvalidInput");
    const answer = await askOne("/test-account/table/token/ok");
    expect(textOf(answer)).toMatch(/^INVALID_ARGUMENT: failed to retrieve config item: .*400 InvalidInput/);
    expect(requests()).toMatchObject([{ path: "/table(PartitionKey='token',RowKey='ok')" }]);
  });

  for (const [number, path] of [
    ["A4", "/test-account/tablename/some/json"],
    ["A5", "test-account/tablename/some/json"],
    ["A6", "test-account/tablename//some/json"],
  ]) {
    it(`${number}: ${path} is in the table of the account`, async () => {
      script = () => reply(200, "found");
      expect(textOf(await askOne(path!))).toBe("found");
      expect(requests()).toMatchObject([
        { host: "test-account.table.core.windows.net", url: "/tablename(PartitionKey='some',RowKey='json')" },
      ]);
    });
  }

  it("A7: what cannot be a host is a client that cannot be made", async () => {
    expect(textOf(await askOne("/%25%65%6e%301-._~/</partitionKey/rowKey"))).toMatch(
      /^INVALID_ARGUMENT: .*failed to initialize the client/,
    );
  });
});

describe("the store AZTABLESTORE", () => {
  it("gives the etag as the version, and the whole entity when it has no value", async () => {
    const body = '{"odata.etag":"W/\\"1\\"","PartitionKey":"p","RowKey":"r","n":1E6}';
    script = () => reply(200, body, { ...entityType, etag: 'W/"1"' });
    const answer = await askOne("shop/settings/p/r", { Format: "json" });
    expect(answer).toMatchObject({ ok: true, version: 'W/"1"' });
    expect(textOf(answer)).toBe('{"PartitionKey":"p","RowKey":"r","n":1000000,"odata.etag":"W/\\"1\\""}');
  });

  it.each([
    { name: "a quote is doubled", keys: "it's/'", url: "/settings(PartitionKey='it''s',RowKey='''')" },
    {
      name: "what means something in a URL is encoded",
      keys: "a b%2F&+=#/(x,y);:@$",
      url: "/settings(PartitionKey='a%20b%252F%26%2B%3D%23',RowKey='(x%2Cy)%3B%3A%40%24')",
    },
    {
      name: "and what is not ASCII",
      keys: "größe/\u{1f511}",
      url: "/settings(PartitionKey='gr%C3%B6%C3%9Fe',RowKey='%F0%9F%94%91')",
    },
    { name: "dots stay", keys: "../.", url: "/settings(PartitionKey='..',RowKey='.')" },
    { name: "a key may be empty", keys: "p/", url: "/settings(PartitionKey='p',RowKey='')" },
    {
      name: "a key may look like a part of the address",
      keys: "{rowKey}/https:",
      url: "/settings(PartitionKey='%7BrowKey%7D',RowKey='https%3A')",
    },
  ])("sends the keys of an entity: $name", async ({ keys, url }) => {
    script = () => reply(200, "found");
    expect(textOf(await askOne(`shop/settings/${keys}`))).toBe("found");
    expect(requests()).toMatchObject([{ url }]);
  });

  it.each([
    { name: "no keys", path: "shop/settings" },
    { name: "one key", path: "shop/settings/p" },
    { name: "three keys", path: "shop/settings/p/r/x" },
    { name: "no table", path: "shop//p/r" },
    { name: "no account", path: "//settings/p/r" },
    { name: "a host that is none of Azure's", path: "tables.example/settings/p/r" },
    { name: "metadata that it does not know", path: "shop/settings/p/r", metadata: { version: "1" } },
  ])("refuses $name without asking", async ({ path, metadata }) => {
    expect(await askOne(path, metadata)).toMatchObject({ ok: false, code: "INVALID_ARGUMENT" });
    expect(requests()).toEqual([]);
  });

  it("logs in once, and asks over few connections", async () => {
    script = () => reply(200, "found");
    const logins = entra.tokens.length;
    const connects = cloud.connects.length;
    const paths = Array.from({ length: 100 }, (_, index) => ({ path: `shop/table${index % 5}/p/${index}` }));
    const answers = await ask(paths);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(requests()).toHaveLength(100);
    expect(entra.tokens.slice(logins)).toMatchObject([{ resource: "https://storage.azure.com", proof: "secret" }]);
    expect(cloud.connects.slice(connects).filter((host) => host.startsWith("shop")).length).toBeLessThanOrEqual(16);
  });
});

describe("what the service refuses", () => {
  it.each([
    {
      name: "an entity that is not there",
      answer: failure(404, "ResourceNotFound"),
      code: "NOT_FOUND",
      says: ['entity "p/r" of table "settings" of storage account "shop"', "404 ResourceNotFound", "11112222"],
    },
    {
      name: "a table that is not there",
      answer: failure(404, "TableNotFound"),
      code: "NOT_FOUND",
      says: [': table "settings" of storage account "shop" was not found', "404 TableNotFound"],
    },
    {
      name: "a role that is missing",
      answer: failure(403, "AuthorizationPermissionMismatch"),
      code: "PERMISSION_DENIED",
      says: ["403 AuthorizationPermissionMismatch"],
      hints: ['grant the role "Storage Table Data Reader" on storage account "shop"'],
    },
    {
      name: "a firewall",
      answer: failure(403, "AuthorizationFailure"),
      code: "PERMISSION_DENIED",
      says: ["403 AuthorizationFailure"],
      hints: ["firewall", "shop.table.core.windows.net"],
    },
    {
      name: "an error page of XML",
      answer: reply(403, '<?xml version="1.0"?><error><code>AuthorizationFailure</code></error>', {
        "content-type": "application/xml",
      }),
      code: "PERMISSION_DENIED",
      says: ["403"],
    },
    {
      name: "tokens of every kind",
      answer: failure(401, "InvalidAuthenticationInfo"),
      code: "UNAUTHENTICATED",
      says: ["401 InvalidAuthenticationInfo"],
      hints: ["tenant"],
    },
  ])("is reported: $name", async ({ answer, code, says, hints = [] }) => {
    script = () => answer;
    const given = await askOne(`${table}/p/r`);
    expect(given).toMatchObject({ ok: false, code });
    for (const text of ["failed to retrieve config item", ...says]) expect(textOf(given)).toContain(text);
    for (const text of hints) expect(given).toHaveProperty("hint", expect.stringContaining(text));
  });

  it("is not reported with what cannot be read of an answer", async () => {
    script = () => malformed('{"value":"geheim', entityType);
    const answer = await askOne(`${table}/p/r`);
    expect(textOf(answer)).toMatch(/^UNKNOWN: failed to retrieve config item: the answer of the service is no entity$/);
    expect(JSON.stringify(answer)).not.toContain("geheim");
  });

  it("is a login that Entra ID refuses, without the secret", async () => {
    const strict = createEntra({ clientSecret: "right" });
    const elsewhere = await startCloud({ "login.microsoftonline.com": { handler: strict.handler } });
    const [answer] = await ask([{ path: `${table}/p/r` }], {
      ...strict.env,
      AZURE_CLIENT_SECRET: "wrong-one",
      ...elsewhere.env,
    });
    await elsewhere.close();
    expect(answer).toMatchObject({ ok: false, code: "UNAUTHENTICATED" });
    expect(JSON.stringify(answer)).not.toContain("wrong-one");
  });
});

describe("what passes", () => {
  const found = reply(200, '{"value":"found"}', entityType);

  it.each([
    { name: "a busy service", fault: failure(503, "ServerBusy", { "retry-after": "0" }) },
    { name: "a quota", fault: throttle({ "retry-after-ms": "10" }) },
    { name: "a time-out of the service", fault: failure(500, "OperationTimedOut") },
    { name: "a bad gateway", fault: reply(502) },
    { name: "a reset", fault: reset() },
    { name: "a reset in the body", fault: resetInBody('{"value":"found"}', entityType) },
  ])("is tried again: $name", async ({ fault }) => {
    script = ({ index }) => (index < asked + 2 ? fault : found);
    expect(textOf(await askOne(`${table}/p/r`))).toBe("found");
    expect(requests()).toHaveLength(3);
  });

  it("is given up after three tries", async () => {
    script = () => failure(500, "InternalError");
    const answer = await askOne(`${table}/p/r`);
    expect(textOf(answer)).toMatch(/^UNAVAILABLE: failed to retrieve config item: .*500 InternalError/);
    expect(requests()).toHaveLength(3);
  });

  it("is waited for: a body that comes in drops", async () => {
    const body = JSON.stringify({ value: "ü".repeat(100) });
    script = () => async (response) => {
      response.writeHead(200, entityType);
      for (const byte of Buffer.from(body))
        await new Promise<void>((resolve) => response.write(Buffer.of(byte), () => resolve()));
      response.end();
    };
    expect(textOf(await askOne(`${table}/p/r`))).toBe("ü".repeat(100));
  });

  it("is a token that the service no longer takes, for which a new one is fetched once", async () => {
    const challenge = `Bearer authorization_uri=https://login.microsoftonline.com/${entra.env["AZURE_TENANT_ID"]}/oauth2/authorize resource_id=https://storage.azure.com`;
    const logins = entra.tokens.length;
    script = ({ headers }) =>
      headers.authorization === `Bearer ${entra.tokens[logins]?.token}`
        ? failure(401, "InvalidAuthenticationInfo", { "www-authenticate": challenge })
        : found;
    const answers = await ask([1, 2, 3].map((number) => ({ path: `${table}/p/${number}` })));
    expect(answers.map(textOf)).toEqual(["found", "found", "found"]);
    expect(entra.tokens.slice(logins)).toHaveLength(2);
  });
});

describe("a service that takes no token", () => {
  it("is not asked again and again for each value, nor is the login", async () => {
    const logins = entra.tokens.length;
    script = () => failure(401, "InvalidAuthenticationInfo");
    const answers = await ask(Array.from({ length: 40 }, (_, index) => ({ path: `${table}/p/${index}` })));
    expect(answers.map((answer) => !answer.ok && answer.code)).toEqual(Array(40).fill("UNAUTHENTICATED"));
    expect(entra.tokens.slice(logins)).toHaveLength(2);
    expect(requests().length).toBeLessThanOrEqual(40 + 16);
  });
});

describe("a sovereign cloud", () => {
  it("has a login of its own", async () => {
    script = ({ host }) => json({ value: host });
    const logins = cloud.connects.length;
    expect(textOf(await askOne("shop.table.core.usgovcloudapi.net/settings/p/r"))).toBe(
      "shop.table.core.usgovcloudapi.net",
    );
    expect(cloud.connects.slice(logins)).toEqual([
      "login.microsoftonline.us:443",
      "shop.table.core.usgovcloudapi.net:443",
    ]);
  });
});

describe("two accounts", () => {
  it("are read by two processes, each as the identity that its environment names", async () => {
    const identities = { one: randomUUID(), two: randomUUID() };
    script = ({ host, headers }) => {
      const token = headers.authorization?.replace("Bearer ", "");
      const clientId = entra.tokens.find((known) => known.token === token)?.clientId;
      const owner = host.startsWith("one.") ? identities.one : identities.two;
      return clientId === owner ? json({ value: host }) : failure(403, "AuthorizationPermissionMismatch");
    };
    const paths = [{ path: "one/table/p/r" }, { path: "two/table/p/r" }];
    const [asOne, asTwo] = await Promise.all(
      [identities.one, identities.two].map((clientId) => ask(paths, { AZURE_CLIENT_ID: clientId })),
    );
    expect(asOne!.map(textOf)).toEqual(["one.table.core.windows.net", expect.stringMatching(/^PERMISSION_DENIED: /)]);
    expect(asTwo!.map(textOf)).toEqual([expect.stringMatching(/^PERMISSION_DENIED: /), "two.table.core.windows.net"]);
  });
});

describe("the way to the service", () => {
  it("leads through a proxy that asks for credentials", async () => {
    script = () => reply(200, "found");
    const routes = {
      "login.microsoftonline.com": { handler: entra.handler },
      "*.table.core.windows.net": { handler: service.listener },
    };
    const guarded = await startCloud(routes, { proxyCredentials: { user: "u", password: "p@ss" } });
    const [answer] = await ask([{ path: `${table}/p/r` }], guarded.env);
    await guarded.close();
    expect(textOf(answer!)).toBe("found");
    expect(guarded.connects).toContain("shop.table.core.windows.net:443");
  });

  it("is trusted by SSL_CERT_FILE too", async () => {
    script = () => reply(200, "found");
    const [answer] = await ask([{ path: `${table}/p/r` }], {
      NODE_EXTRA_CA_CERTS: "",
      SSL_CERT_FILE: cloud.ca.caFile,
    });
    expect(textOf(answer!)).toBe("found");
  });

  it("leads past the proxy for what NO_PROXY names", async () => {
    const nobody = `no${randomUUID().slice(-12)}`;
    const [answer] = await ask([{ path: `${nobody}/settings/p/r` }], { NO_PROXY: "table.core.windows.net" });
    // Whether the name server answers or not, the proxy was not asked.
    expect(answer).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect(textOf(answer!)).toContain(`cannot reach "${nobody}.table.core.windows.net": `);
    expect(cloud.connects.filter((host) => host.startsWith(nobody))).toEqual([]);
  });

  it("is not taken when the certificate is not trusted", async () => {
    const [answer] = await ask([{ path: `${table}/p/r` }], { NODE_EXTRA_CA_CERTS: "" });
    expect(answer).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect(textOf(answer!)).toMatch(/"login\.microsoftonline\.com".*certificate is not trusted/);
  });

  it.each([
    { name: "refuses", options: { refuseWith: 403 }, says: /through the proxy "127.*refused the connection \(403\)/ },
    { name: "knows no host", options: {}, says: /through the proxy "127.*refused the connection \(502\)/ },
  ])("is not there when the proxy $name", async ({ options, says }) => {
    const closed = await startCloud({}, options);
    const [answer] = await ask([{ path: `${table}/p/r` }], closed.env);
    await closed.close();
    expect(answer).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect(textOf(answer!)).toMatch(says);
  });

  it("is not there when the proxy is down, or leads to the login only", async () => {
    const gone = await startCloud({});
    await gone.close();
    const [withoutProxy] = await ask([{ path: `${table}/p/r` }], { HTTPS_PROXY: gone.env["HTTPS_PROXY"]! });
    expect(withoutProxy).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect(textOf(withoutProxy!)).toMatch(/through the proxy "127.*the connection was refused/);

    const login = await startCloud({ "login.microsoftonline.com": { handler: entra.handler } });
    const [withoutService] = await ask([{ path: `${table}/p/r` }], login.env);
    await login.close();
    expect(withoutService).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect(textOf(withoutService!)).toContain('cannot reach "shop.table.core.windows.net" through the proxy');
  });
});

describe("the contract of a store, by AZTABLESTORE", () => {
  const values: Readonly<Record<string, string>> = {
    found: "a value",
    empty: "",
    large: "ü".repeat(500_000),
    "größe \u{1f511}": "日本語",
  };
  const subject = { executable, cwd: tmpdir(), env: environment() };

  beforeEach(() => {
    script = ({ host, path }) => {
      const key = /RowKey='(.*)'\)$/.exec(decodeURIComponent(path))?.[1] ?? "";
      if (host.startsWith("other.")) return failure(403, "AuthorizationPermissionMismatch");
      if (key === "slow") return stall();
      return values[key] === undefined ? failure(404, "ResourceNotFound") : json({ value: values[key] });
    };
  });

  const checks = contractChecks(subject, {
    found: { path: `${table}/p/found`, value: "a value" },
    missing: { path: `${table}/p/missing` },
    denied: { path: "other/settings/p/found" },
    bad: { path: "shop/settings" },
    empty: { path: `${table}/p/empty` },
    large: { path: `${table}/p/large`, value: values["large"]! },
    unicode: { path: `${table}/p/größe \u{1f511}`, value: "日本語" },
    cancelled: { path: `${table}/p/slow` },
  });
  for (const { name, run } of checks) it(name, run);
});
