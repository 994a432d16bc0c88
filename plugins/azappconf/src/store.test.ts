import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { contractChecks, openTestStore, type TestAnswer, type TestRequest } from "configmanager/plugin/testing";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { createAppConfiguration, forbidden, tooManyRequests } from "../../../test/servers/app-configuration.ts";
import { startCloud } from "../../../test/servers/cloud.ts";
import { createEntra } from "../../../test/servers/entra.ts";
import {
  type Answer,
  malformed,
  type RecordedRequest,
  reply,
  reset,
  resetInBody,
  stall,
} from "../../../test/servers/scripted-server.ts";

const executable = (await buildTestPlugins()).file("azappconf");
const entra = createEntra();
const refusedTokens = new Set<string>();
let interfere: ((request: RecordedRequest) => Answer | undefined) | undefined;
const service = createAppConfiguration(
  [
    { key: "table//token/1", value: "somecvla" },
    { key: "conf_key", label: "dev", value: "of dev" },
    { key: "conf_key", value: "without a label" },
    { key: "try_to_find", value: null },
    { key: "empty", value: "" },
    { key: "a&b#c?d%2F+e", label: "l&#%,*\\", value: "encoded" },
    { key: "größe \u{1f511}", value: "日本語" },
    { key: "aged", value: "old", at: new Date("2024-01-01T00:00:00Z") },
    { key: "aged", value: "new", at: new Date("2024-03-01T00:00:00Z") },
    { key: "large", value: "ü".repeat(500_000) },
    { key: "json", value: '{ "n": 1.10 }', contentType: "application/json" },
    {
      key: "reference",
      value: '{"uri":"https://shop.vault.azure.net/secrets/db"}',
      contentType: "application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8",
    },
    ...["a,b", "a*", "a\\b", "a", ".appconfig.featureflag/beta"].map((key) => ({ key, value: `value of ${key}` })),
    ...Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, value: `value ${index}` })),
  ],
  { refusedTokens, interfere: (request) => interfere?.(request) },
);
const cloud = await startCloud({
  "login.microsoftonline.com": { handler: entra.handler },
  "login.microsoftonline.us": { handler: entra.handler },
  "*.azconfig.io": { handler: service.handler },
  "*.azconfig.azure.us": { handler: service.handler },
});
let asked = 0;

afterAll(() => cloud.close());
beforeEach(() => {
  interfere = undefined;
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

describe("the reference vectors of AZAPPCONF", () => {
  it("F1: a key may hold slashes, and there is no label", async () => {
    expect(textOf(await askOne("/test-app-config-instance/table//token/1"))).toBe("somecvla");
    expect(requests()).toMatchObject([
      { method: "GET", host: "test-app-config-instance.azconfig.io", path: "/kv/table%2F%2Ftoken%2F1" },
    ]);
    expect(requests()[0]!.query.has("label")).toBe(false);
  });

  it("F2: a label is asked for", async () => {
    expect(textOf(await askOne("/test-app-config-instance/conf_key", { label: "dev" }))).toBe("of dev");
    expect(requests()).toMatchObject([{ path: "/kv/conf_key" }]);
    expect(requests()[0]!.query.get("label")).toBe("dev");
  });

  it("F3: an etag is sent, in quotes", async () => {
    const metadata = { label: "dev", etag: "sometifdsssdsfdi_string01209222" };
    expect(textOf(await askOne("/test-app-config-instance/conf_key", metadata))).toBe("of dev");
    expect(requests()).toMatchObject([{ headers: { "if-none-match": '"sometifdsssdsfdi_string01209222"' } }]);
  });

  it("F4: a setting without a value is empty", async () => {
    expect(textOf(await askOne("/test-app-config-instance/try_to_find"))).toBe("");
  });

  it("F5: an error of the service is a config item that could not be retrieved", async () => {
    interfere = () => reply(400);
    expect(textOf(await askOne("/test-app-config-instance/table/token/ok"))).toMatch(
      /^INVALID_ARGUMENT: failed to retrieve config item: .*400/,
    );
    expect(requests()).toMatchObject([{ path: "/kv/table%2Ftoken%2Fok" }]);
  });

  it("A7: what cannot be a host is a client that cannot be made", async () => {
    expect(textOf(await askOne("/%25%65%6e%301-._~/</partitionKey/rowKey"))).toMatch(
      /^INVALID_ARGUMENT: .*failed to initialize the client/,
    );
  });
});

describe("the store AZAPPCONF", () => {
  it("gives the etag as the version, and says so when a setting still has it", async () => {
    const found = await askOne("shop/conf_key");
    if (!found.ok) throw new Error(textOf(found));
    expect(found.version).toMatch(/^[\w-]+$/);
    for (const etag of [found.version, `"${found.version}"`]) {
      const unchanged = await askOne("shop/conf_key", { etag });
      expect(textOf(unchanged)).toMatch(/^UNKNOWN: failed to retrieve config item: setting "conf_key".*is unchanged/);
    }
  });

  it.each([
    { at: "2024-02-01T00:00:00Z", expected: /^old$/ },
    { at: "2024-03-01T02:00:00+02:00", expected: /^new$/ },
    { at: "2023-01-01T00:00:00Z", expected: /^NOT_FOUND: / },
  ])("gives a setting as it was at $at", async ({ at, expected }) => {
    expect(textOf(await askOne("shop/aged", { acceptedDateTime: at }))).toMatch(expected);
  });

  it("gives the setting without a label for a label that is empty", async () => {
    expect(textOf(await askOne("shop/conf_key", { label: "" }))).toBe("without a label");
  });

  it("encodes what means something in a URL", async () => {
    const metadata = { label: "l&#%,*\\" };
    expect(textOf(await askOne("shop/a&b#c?d%2F+e", metadata))).toBe("encoded");
    // Beside another one, so that both are listed.
    const answers = await ask([
      { path: "shop/a&b#c?d%2F+e", metadata },
      { path: "shop/none", metadata },
    ]);
    expect(answers.map(textOf)).toEqual(["encoded", expect.stringMatching(/^NOT_FOUND: /)]);
    expect(requests().map(({ path }) => path)).toEqual(["/kv/a%26b%23c%3Fd%252F%2Be", "/kv"]);
  });

  it("gives text of any content type as it is, and does not follow a reference", async () => {
    const answers = await ask([{ path: "shop/json" }, { path: "shop/reference" }]);
    expect(answers.map(textOf)).toEqual(['{ "n": 1.10 }', '{"uri":"https://shop.vault.azure.net/secrets/db"}']);
  });

  it.each([
    { name: "no key", path: "shop" },
    { name: "an empty key", path: "shop/" },
    { name: "a key that a URL drops", path: "shop/.." },
    { name: "no store", path: "//key" },
    { name: "a host that is none of Azure's", path: "config.example/key" },
    { name: "metadata that it does not know", path: "shop/key", metadata: { version: "1" } },
    { name: "a date that is none", path: "shop/key", metadata: { acceptedDateTime: "yesterday" } },
  ])("refuses $name without asking", async ({ path, metadata }) => {
    expect(await askOne(path, metadata)).toMatchObject({ ok: false, code: "INVALID_ARGUMENT" });
    expect(requests()).toEqual([]);
  });

  it("says of a bad date that no client can be made for it", async () => {
    const answer = await askOne("shop/key", { acceptedDateTime: "yesterday" });
    expect(textOf(answer)).toMatch(/failed to initialize the client: "yesterday" is no date of RFC 3339/);
  });
});

describe("settings that are asked for together", () => {
  it("are listed, five in a request, after one login", async () => {
    const logins = entra.tokens.length;
    const paths = Array.from({ length: 20 }, (_, index) => ({ path: `shop/k${index}` }));
    const answers = await ask(paths);
    expect(answers.map(textOf)).toEqual(paths.map((_, index) => `value ${index}`));
    expect(answers.every((answer) => answer.ok && answer.version !== "")).toBe(true);
    expect(requests().map(({ path }) => path)).toEqual(["/kv", "/kv", "/kv", "/kv"]);
    expect(entra.tokens.slice(logins)).toMatchObject([{ resource: "https://appconfig.azure.com" }]);
  });

  it("are exactly those, whatever characters they have", async () => {
    const keys = ["a", "a,b", "a*", "a\\b", ".appconfig.featureflag/beta", "größe \u{1f511}", "table//token/1"];
    const answers = await ask(keys.map((key) => ({ path: `shop/${key}` })));
    expect(answers.map(textOf)).toEqual([...keys.slice(0, 5).map((key) => `value of ${key}`), "日本語", "somecvla"]);
    expect(requests()).toHaveLength(2);
  });

  it("are told apart by label, and what is not there is not found", async () => {
    const answers = await ask([
      { path: "shop/conf_key" },
      { path: "shop/none" },
      { path: "shop/conf_key", metadata: { label: "dev" } },
      { path: "shop/k1", metadata: { label: "dev" } },
      { path: "shop/try_to_find" },
      { path: "/shop/conf_key" },
    ]);
    expect(answers.map(textOf)).toEqual([
      "without a label",
      expect.stringMatching(
        /^NOT_FOUND: failed to retrieve config item: setting "none" without a label of App Configuration store "shop" was not found$/,
      ),
      "of dev",
      expect.stringMatching(/^NOT_FOUND: .*setting "k1" with the label "dev" of App Configuration store "shop"/),
      "",
      "without a label",
    ]);
    expect(requests()).toHaveLength(2);
  });

  const pair = [{ path: "shop/k1" }, { path: "shop/none" }];
  const outcome = ["value 1", expect.stringMatching(/^NOT_FOUND: /)];

  it.each([
    { name: "a listing that is refused", answer: reply(400) },
    { name: "a service that does not list", answer: reply(404) },
    { name: "a URL that is too long", answer: reply(414) },
    {
      name: "a listing that breaks off",
      answer: malformed('{"items":[{"key":"k1","val', {
        "content-type": "application/vnd.microsoft.appconfig.kvset+json",
      }),
    },
    { name: "a listing that is no listing", answer: malformed("{}") },
    { name: "JSON that is none", answer: malformed('{"items":[') },
  ])("are asked for one by one after $name", async ({ answer }) => {
    interfere = ({ path }) => (path === "/kv" ? answer : undefined);
    expect((await ask(pair)).map(textOf)).toEqual(outcome);
    expect(
      requests()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(["/kv", "/kv/k1", "/kv/none"]);
  });

  it("are not asked for one by one after what would be the same for each", async () => {
    interfere = () => forbidden();
    const answers = await ask(pair);
    expect(answers.map(textOf)).toEqual([
      expect.stringMatching(/^PERMISSION_DENIED: .*setting "k1"/),
      expect.stringMatching(/^PERMISSION_DENIED: .*setting "none"/),
    ]);
    expect(requests()).toHaveLength(1);
  });
});

describe("what the service refuses", () => {
  it.each([
    {
      name: "a setting that is not there, of which the service says nothing",
      answer: reply(404),
      code: "NOT_FOUND",
      says: ['setting "key" without a label of App Configuration store "shop" was not found', "404"],
      hints: ["[label=…]"],
    },
    {
      name: "a role that is missing",
      answer: forbidden(),
      code: "PERMISSION_DENIED",
      says: ["403"],
      hints: ['grant the role "App Configuration Data Reader" on App Configuration store "shop"'],
    },
    {
      name: "tokens of every kind",
      answer: reply(401, "", { "www-authenticate": "HMAC-SHA256, Bearer" }),
      code: "UNAUTHENTICATED",
      says: ["401"],
      hints: ["tenant"],
    },
  ])("is reported: $name", async ({ answer, code, says, hints }) => {
    interfere = () => answer;
    const given = await askOne("shop/key");
    expect(given).toMatchObject({ ok: false, code });
    for (const text of ["failed to retrieve config item", ...says]) expect(textOf(given)).toContain(text);
    for (const text of hints) expect(given).toHaveProperty("hint", expect.stringContaining(text));
  });

  it.each([
    { name: "kv+json", type: "application/vnd.microsoft.appconfig.kv+json" },
    { name: "JSON", type: "application/json" },
    { name: "text", type: "text/plain" },
  ])("is not reported with what cannot be read of an answer in $name", async ({ type }) => {
    interfere = () => malformed('{"key":"key","value":"geheim', { "content-type": type });
    const answer = await askOne("shop/key");
    expect(textOf(answer)).toMatch(/^UNKNOWN: failed to retrieve config item: .*"shop\.azconfig\.io"/);
    expect(JSON.stringify(answer)).not.toContain("geheim");
  });
});

describe("what passes", () => {
  it.each([
    { name: "a quota", fault: tooManyRequests(10) },
    { name: "a busy service", fault: reply(503, "", { "retry-after": "0" }) },
    { name: "a failure of the service", fault: reply(500) },
    { name: "a reset", fault: reset() },
    { name: "a reset in the body", fault: resetInBody('{"key":"k1"}') },
  ])("is tried again: $name", async ({ fault }) => {
    interfere = ({ index }) => (index < asked + 2 ? fault : undefined);
    expect(textOf(await askOne("shop/k1"))).toBe("value 1");
    expect(requests()).toHaveLength(3);
  });

  it("is given up after three tries", async () => {
    interfere = () => reply(500);
    expect(textOf(await askOne("shop/k1"))).toMatch(/^UNAVAILABLE: failed to retrieve config item: .*500/);
    expect(requests()).toHaveLength(3);
  });

  it("is waited for: a body that comes in drops", async () => {
    const body = JSON.stringify({ key: "k1", value: "ü".repeat(100) });
    interfere = () => async (response) => {
      response.writeHead(200, { "content-type": "application/vnd.microsoft.appconfig.kv+json" });
      for (const byte of Buffer.from(body)) {
        await new Promise<void>((resolve) => response.write(Buffer.of(byte), () => resolve()));
      }
      response.end();
    };
    expect(textOf(await askOne("shop/k1"))).toBe("ü".repeat(100));
  });

  it("is a token that the service no longer takes, for which a new one is fetched once", async () => {
    const logins = entra.tokens.length;
    interfere = ({ headers }) => {
      // Looked up here, for it is handed out after the test has begun.
      const [first] = entra.tokens.slice(logins);
      if (first?.token !== undefined) refusedTokens.add(first.token);
      return headers.authorization === undefined ? reply(500) : undefined;
    };
    const answers = await ask([
      { path: "shop/k1" },
      { path: "shop/k2" },
      { path: "shop/conf_key", metadata: { label: "dev" } },
    ]);
    expect(answers.map(textOf)).toEqual(["value 1", "value 2", "of dev"]);
    expect(entra.tokens.slice(logins)).toHaveLength(2);
  });
});

describe("a sovereign cloud", () => {
  it("has a login and tokens of its own, beside the public one", async () => {
    const logins = entra.tokens.length;
    const answers = await ask([{ path: "shop.azconfig.azure.us/k1" }, { path: "shop/k2" }]);
    expect(answers.map(textOf)).toEqual(["value 1", "value 2"]);
    expect(cloud.connects).toContain("login.microsoftonline.us:443");
    expect(
      entra.tokens
        .slice(logins)
        .map(({ resource }) => resource)
        .toSorted(),
    ).toEqual(["https://appconfig.azure.com", "https://appconfig.azure.us"]);
  });
});

describe("two stores", () => {
  it("are read by two processes, each as the identity that its environment names", async () => {
    const identities = { one: randomUUID(), two: randomUUID() };
    interfere = ({ host, headers }) => {
      const token = headers.authorization?.replace("Bearer ", "");
      const clientId = entra.tokens.find((known) => known.token === token)?.clientId;
      return clientId === (host.startsWith("one.") ? identities.one : identities.two) ? undefined : forbidden();
    };
    const paths = [{ path: "one/k1" }, { path: "two/k2" }];
    const [asOne, asTwo] = await Promise.all(
      [identities.one, identities.two].map((clientId) => ask(paths, { AZURE_CLIENT_ID: clientId })),
    );
    expect(asOne!.map(textOf)).toEqual(["value 1", expect.stringMatching(/^PERMISSION_DENIED: /)]);
    expect(asTwo!.map(textOf)).toEqual([expect.stringMatching(/^PERMISSION_DENIED: /), "value 2"]);
  });
});

describe("the way to the service", () => {
  it("leads through a proxy that asks for credentials", async () => {
    const routes = {
      "login.microsoftonline.com": { handler: entra.handler },
      "*.azconfig.io": { handler: service.handler },
    };
    const guarded = await startCloud(routes, { proxyCredentials: { user: "u", password: "p@ss" } });
    const [answer] = await ask([{ path: "shop/k1" }], guarded.env);
    await guarded.close();
    expect(textOf(answer!)).toBe("value 1");
    expect(guarded.connects).toContain("shop.azconfig.io:443");
  });

  it("is not taken when the certificate is not trusted", async () => {
    const [answer] = await ask([{ path: "shop/k1" }], { NODE_EXTRA_CA_CERTS: "" });
    expect(answer).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect(textOf(answer!)).toMatch(/"login\.microsoftonline\.com".*certificate is not trusted/);
  });

  it("is not there when the proxy refuses", async () => {
    const closed = await startCloud({}, { refuseWith: 403 });
    const answers = await ask([{ path: "shop/k1" }, { path: "shop/k2" }], closed.env);
    await closed.close();
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, code: "UNAVAILABLE" });
      expect(textOf(answer)).toMatch(/through the proxy.*refused the connection \(403\)/);
    }
  });
});

describe("the contract of a store, by AZAPPCONF", () => {
  beforeEach(() => {
    interfere = ({ host, path }) =>
      host.startsWith("other.") ? forbidden() : path.endsWith("/slow") ? stall() : undefined;
  });

  const checks = contractChecks(
    { executable, cwd: tmpdir(), env: environment() },
    {
      found: { path: "shop/k1", value: "value 1" },
      missing: { path: "shop/missing" },
      denied: { path: "other/k1" },
      bad: { path: "shop" },
      version: { path: "shop/aged", metadata: { acceptedDateTime: "2024-02-01T00:00:00Z" }, value: "old" },
      empty: { path: "shop/empty" },
      large: { path: "shop/large", value: "ü".repeat(500_000) },
      unicode: { path: "shop/größe \u{1f511}", value: "日本語" },
      cancelled: { path: "shop/slow" },
    },
  );
  for (const { name, run } of checks) it(name, run);
});
