import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { json } from "node:stream/consumers";
import { HttpsProxyAgent } from "https-proxy-agent";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cloud, startCloud } from "./cloud.ts";
import { type GcpEmulator, startGcpEmulator } from "./gcp-emulator.ts";
import { describeWith } from "./installed.ts";

describeWith("gcp-emulator", "the emulator of Secret Manager behind the cloud", () => {
  let emulator: GcpEmulator;
  let cloud: Cloud;
  beforeAll(async () => {
    emulator = await startGcpEmulator();
    cloud = await startCloud({ "secretmanager.googleapis.com": emulator.restBackend });
  });
  afterAll(async () => {
    await cloud?.close();
    await emulator?.close();
  });

  async function access(version: string): Promise<{ status: number | undefined; body: unknown }> {
    const url = `https://secretmanager.googleapis.com/v1/projects/app/secrets/db/versions/${version}:access`;
    const call = request(url, { agent: new HttpsProxyAgent(cloud.env["HTTPS_PROXY"] ?? ""), ca: cloud.ca.caPem });
    call.end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    return { status: response.statusCode, body: await json(response) };
  }

  it("has the versions that were added, and does not give out what was disabled or destroyed", async () => {
    expect(await emulator.addVersion("app", "db", "made up")).toBe("1");
    expect(await emulator.addVersion("app", "db", "made up again")).toBe("2");
    const data = Buffer.from("made up again").toString("base64");
    expect((await access("latest")).body).toMatchObject({ payload: { data } });
    await emulator.disableVersion("app", "db", "1");
    expect((await access("1")).status).not.toBe(200);
    await emulator.destroyVersion("app", "db", "2");
    expect((await access("2")).status).not.toBe(200);
  });
});
