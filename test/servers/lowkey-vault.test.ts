import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { json } from "node:stream/consumers";
import { HttpsProxyAgent } from "https-proxy-agent";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestCa, type TestCa } from "./certificates.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { describeWith } from "./installed.ts";
import { type LowkeyVault, lowkeyApiVersion, startLowkeyVault } from "./lowkey-vault.ts";

describeWith("lowkey-vault", "Lowkey Vault behind the cloud", () => {
  let ca: TestCa;
  let keyVault: LowkeyVault;
  let cloud: Cloud;
  beforeAll(async () => {
    ca = await createTestCa();
    keyVault = await startLowkeyVault(ca, ["one-vault", "another"]);
    cloud = await startCloud({ "*.vault.azure.net": keyVault.backend }, { ca });
  }, 130_000);
  afterAll(async () => {
    await cloud?.close();
    await keyVault?.close();
    ca?.remove();
  });

  async function get(vault: string, path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const call = request(`https://${vault}.vault.azure.net${path}?api-version=${lowkeyApiVersion}`, {
      agent: new HttpsProxyAgent(cloud.env["HTTPS_PROXY"] ?? ""),
      ca: ca.caPem,
      headers,
    });
    call.end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    return response;
  }
  const authorization = "Bearer made-up";

  it("asks who comes, for a resource that the vault's name belongs to", async () => {
    const response = await get("one-vault", "/secrets/anything");
    response.resume();
    expect(response.statusCode).toBe(401);
    expect(response.headers["www-authenticate"]).toMatch(/Bearer .*resource="https:\/\/vault\.azure\.net"/);
  });

  it("keeps versions, and one vault's secrets from another's", async () => {
    const first = await keyVault.putSecret("one-vault", "db-password", "made up");
    await keyVault.putSecret("one-vault", "db-password", "made up again");
    const current = await get("one-vault", "/secrets/db-password/", { authorization });
    expect(await json(current)).toMatchObject({ value: "made up again" });
    const earlier = await get("one-vault", `/secrets/db-password/${first}`, { authorization });
    expect(await json(earlier)).toMatchObject({ value: "made up" });
    const elsewhere = await get("another", "/secrets/db-password/", { authorization });
    elsewhere.resume();
    expect(elsewhere.statusCode).toBe(404);
  });

  it("gives out no version that was disabled, and no secret that was deleted", async () => {
    const version = await keyVault.putSecret("one-vault", "disabled", "made up");
    await keyVault.disableVersion("one-vault", "disabled", version);
    await keyVault.putSecret("one-vault", "deleted", "made up");
    await keyVault.deleteSecret("one-vault", "deleted");
    for (const name of ["disabled", "deleted"]) {
      const response = await get("one-vault", `/secrets/${name}/`, { authorization });
      response.resume();
      expect([403, 404]).toContain(response.statusCode);
    }
  });
});
