import { describe, expect, it } from "vitest";
import { type AskedKeyVault, type KeyVaultSetting, openKeyVault, textOf } from "../../../test/servers/ask-key-vault.ts";
import { failure } from "../../../test/servers/azure-key-vault.ts";
import {
  type Answer,
  malformed,
  type RecordedRequest,
  reset,
  resetInBody,
  throttle,
} from "../../../test/servers/scripted-server.ts";
import { ownResolver } from "../../../test/servers/own-resolver.ts";

const secrets = { "shop/db": { value: "found" } };

/** Vaults that answer in turn with these to whoever brings a token, then as they should. */
function openFaulty(faults: readonly Answer[], setting: KeyVaultSetting = {}): Promise<AskedKeyVault> {
  const left = [...faults];
  const interfere = ({ headers }: RecordedRequest): Answer | undefined =>
    headers.authorization === undefined ? undefined : left.shift();
  return openKeyVault({ secrets, interfere, ...setting });
}

describe("a fault that passes", () => {
  const half = JSON.stringify({ value: "x".repeat(1000) });
  it.each<{ name: string; faults: readonly Answer[] }>([
    {
      name: "throttling with a delay",
      faults: [throttle({ "retry-after-ms": "5" }), throttle({ "retry-after": "0" })],
    },
    {
      name: "an outage with a delay",
      faults: [failure(503, "ServiceUnavailable", "", undefined, { "retry-after": "0" })],
    },
    {
      name: "an error of the service",
      faults: [failure(500, "InternalServerError", ""), failure(502, "BadGateway", "")],
    },
    { name: "a gateway's own answer", faults: [(response) => void response.writeHead(504).end("<html></html>")] },
    { name: "a reset", faults: [reset(), reset()] },
    { name: "a reset in the body", faults: [resetInBody(half)] },
  ])("is not noticed: $name", async ({ faults }) => {
    const { ask, service } = await openFaulty(faults);
    expect(textOf((await ask("shop/db"))[0])).toBe("found");
    expect(service.requests).toHaveLength(1 + faults.length + 1);
  });

  it("is not noticed before the token either", async () => {
    let fresh = 2;
    const { ask } = await openKeyVault({ secrets, interfere: () => (fresh-- > 0 ? reset() : undefined) });
    expect((await ask("shop/db", "shop/db", "shop/db")).map(textOf)).toEqual(["found", "found", "found"]);
  });

  it("is met with patience when the service throttles", async () => {
    const names = Array.from({ length: 64 }, (_, index) => `shop/secret-${index}`);
    const { ask, service } = await openFaulty(
      Array.from({ length: 16 }, () => throttle({ "retry-after-ms": "20" })),
      { secrets: Object.fromEntries(names.map((name) => [name, { value: name }])) },
    );
    expect((await ask(...names)).map(textOf)).toEqual(names);
    expect(service.requests).toHaveLength(1 + 64 + 16);
  });
});

describe("a fault that stays", () => {
  it.each<{ name: string; fault: Answer; expected: string; tries: number }>([
    {
      name: "an error of the service",
      fault: failure(500, "InternalServerError", "words"),
      expected: 'UNAVAILABLE: "shop.vault.azure.net" is out of order (500 InternalServerError, request request-1)',
      tries: 3,
    },
    {
      name: "a reset",
      fault: reset(),
      expected: 'UNAVAILABLE: cannot reach "shop.vault.azure.net": the connection was reset (ECONNRESET)',
      tries: 3,
    },
    {
      name: "a body that breaks off",
      fault: malformed('{"value": "hunter2'),
      expected:
        'UNKNOWN: secret "db" of vault "shop" could not be read: "shop.vault.azure.net" answered what the client does not understand (RestError)',
      tries: 1,
    },
    {
      name: "no permission",
      fault: failure(403, "Forbidden", "Caller is not authorized.", "ForbiddenByRbac"),
      expected:
        'PERMISSION_DENIED: secret "db" of vault "shop" may not be read (403 Forbidden, ForbiddenByRbac, request request-1): Caller is not authorized.',
      tries: 1,
    },
  ])("is said: $name", async ({ fault, expected, tries }) => {
    const { ask, service } = await openFaulty(Array.from({ length: 20 }, () => fault));
    const [answer] = await ask("shop/db");
    expect(textOf(answer)).toBe(expected);
    expect(JSON.stringify(answer)).not.toContain("hunter2");
    expect(service.requests).toHaveLength(1 + tries);
  });

  it("in one secret leaves the others alone, as a slow one does", async () => {
    const { ask } = await openKeyVault({
      secrets: { "shop/fast": { value: "fast" } },
      interfere: ({ path, headers }) => {
        if (headers.authorization === undefined || !path.includes("slow")) return undefined;
        return async (response) => {
          response.write('{"value":"slow",');
          await fast;
          response.end(`"id":"https://shop.vault.azure.net/secrets/slow/1","attributes":{}}`);
        };
      },
      refuse: () => {
        answered();
        return undefined;
      },
    });
    expect((await ask("shop/slow", "shop/none", "shop/fast")).map((answer) => answer.ok && textOf(answer))).toEqual([
      "slow",
      false,
      "fast",
    ]);
  });
  let answered!: () => void;
  const fast = new Promise<void>((resolve) => {
    answered = resolve;
  });
});

describe("without a way to the vault", () => {
  const resolver = (answer: string): Record<string, string> => ({
    ...ownResolver,
    TEST_RESOLVE_TO: answer,
    HTTPS_PROXY: "",
  });
  it.each<{ name: string; setting: KeyVaultSetting; expected: RegExp; hint: RegExp }>([
    {
      name: "a name that does not exist",
      setting: { env: resolver("ENOTFOUND") },
      expected: /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net": there is no such host name \(ENOTFOUND\)$/,
      hint: /^check the spelling of "shop"/,
    },
    {
      name: "a name server that does not answer",
      setting: { env: resolver("EAI_AGAIN") },
      expected: /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net": the name server does not answer \(EAI_AGAIN\)$/,
      hint: /name server/,
    },
    {
      name: "nobody who listens",
      setting: { env: resolver("127.0.0.1") },
      expected: /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net": the connection was refused \(ECONNREFUSED\)$/,
      hint: /firewall/,
    },
    {
      name: "a certificate that nobody trusts",
      setting: { env: { NODE_EXTRA_CA_CERTS: "" } },
      expected: /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net": its certificate is not trusted \(\w+\)$/,
      hint: /NODE_EXTRA_CA_CERTS/,
    },
    {
      name: "a proxy that is not there",
      setting: { env: { HTTPS_PROXY: "http://127.0.0.1:1" } },
      expected:
        /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net" through the proxy "127\.0\.0\.1:1": the connection was refused/,
      hint: /HTTPS_PROXY/,
    },
    {
      name: "a proxy that says no",
      setting: { cloud: { refuseWith: 403 }, env: {} },
      expected:
        /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net" through the proxy "127\.0\.0\.1:\d+": it refused the connection \(403\)$/,
      hint: /NO_PROXY/,
    },
    {
      name: "a proxy that finds no such vault",
      setting: { cloud: { refuseWith: 502 } },
      expected:
        /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net" through the proxy "127\.0\.0\.1:\d+": it refused the connection \(502\)$/,
      hint: /^check the spelling of "shop", and that the proxy can reach it$/,
    },
    {
      name: "a vault that NO_PROXY exempts from the proxy",
      setting: { env: { ...resolver("ENOTFOUND"), HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: ".vault.azure.net" } },
      expected: /^UNAVAILABLE: cannot reach "shop\.vault\.azure\.net": there is no such host name \(ENOTFOUND\)$/,
      hint: /./,
    },
  ])("a store says why: $name", async ({ setting, expected, hint }) => {
    const { ask } = await openKeyVault({ secrets, ...setting });
    const [answer] = await ask("shop/db");
    expect(textOf(answer)).toMatch(expected);
    expect(answer).toMatchObject({ hint: expect.stringMatching(hint) as string });
  });

  it("a store takes the proxy's credentials, and authorities of SSL_CERT_FILE", async () => {
    const { ask, cloud, entra } = await openKeyVault({
      secrets,
      cloud: { proxyCredentials: { user: "me", password: "p@ss w" } },
      env: ({ env }) => ({ NODE_EXTRA_CA_CERTS: "", SSL_CERT_FILE: env["NODE_EXTRA_CA_CERTS"] ?? "" }),
    });
    expect(textOf((await ask("shop/db"))[0])).toBe("found");
    expect(entra.tokens).toHaveLength(1);
    expect(new Set(cloud.connects)).toEqual(new Set(["shop.vault.azure.net:443", "login.microsoftonline.com:443"]));
  });
});
