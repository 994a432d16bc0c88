import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { TableClient } from "@azure/data-tables";
import { HttpsProxyAgent } from "https-proxy-agent";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Azurite, startAzurite } from "./azurite.ts";
import { createTestCa, type TestCa } from "./certificates.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { unsignedToken } from "./entra.ts";
import { describeWith } from "./installed.ts";

describeWith("azurite", "Azurite behind the cloud", () => {
  let ca: TestCa;
  let azurite: Azurite;
  let cloud: Cloud;
  beforeAll(async () => {
    ca = await createTestCa();
    azurite = await startAzurite(ca, ["oneaccount", "another"]);
    cloud = await startCloud({ "*.table.core.windows.net": azurite.backend }, { ca });
    await azurite.createTable("oneaccount", "settings");
    await azurite.createTable("oneaccount", "settings");
    await azurite.putEntity("oneaccount", "settings", { PartitionKey: "it's", RowKey: "a b", value: "made up" });
  });
  afterAll(async () => {
    await cloud?.close();
    await azurite?.close();
    ca?.remove();
  });

  function clientFor(account: string): TableClient {
    const credential = {
      getToken: async () => ({
        token: unsignedToken("https://storage.azure.com"),
        expiresOnTimestamp: Date.now() + 3_600_000,
      }),
    };
    return new TableClient(`https://${account}.table.core.windows.net`, "settings", credential, {
      // Its own proxy policy knows no authority but Node's.
      additionalPolicies: [{ policy: throughTheCloud(cloud), position: "perRetry" }],
      retryOptions: { maxRetries: 0 },
    });
  }

  it("gives the official client an entity of the account in the host's name", async () => {
    const entity = await clientFor("oneaccount").getEntity("it's", "a b");
    expect(entity["value"]).toBe("made up");
    expect(cloud.connects.at(-1)).toBe("oneaccount.table.core.windows.net:443");
  });

  it("has nothing of it in the other account", async () => {
    await expect(clientFor("another").getEntity("it's", "a b")).rejects.toMatchObject({ statusCode: 404 });
  });
});

function throughTheCloud(cloud: Cloud): PipelinePolicy {
  const agent = new HttpsProxyAgent(cloud.env["HTTPS_PROXY"] ?? "");
  return {
    name: "through the cloud",
    sendRequest(request, next) {
      request.agent = agent;
      request.requestOverrides = { ca: cloud.ca.caPem };
      return next(request);
    },
  };
}
