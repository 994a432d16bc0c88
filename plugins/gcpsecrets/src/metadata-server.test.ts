import type { TestAnswer, TestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { startMetadataServer } from "../../../test/servers/gcp-accounts.ts";
import {
  type GoogleCloud,
  type GoogleCloudOptions,
  noSuchHost,
  startGoogleCloud,
} from "../../../test/servers/gcp-cloud.ts";
import { reply, startScriptedServer } from "../../../test/servers/scripted-server.ts";

const secrets = { "projects/p/secrets/s": [{ data: "value" }], "projects/p/secrets/t": [{ data: "other" }] };

async function open(options: Partial<GoogleCloudOptions> = {}): Promise<GoogleCloud> {
  const google = await startGoogleCloud({ secrets, ...options });
  onTestFinished(() => google.close());
  return google;
}

async function ask(store: TestStore): Promise<TestAnswer> {
  const [answer] = await store.ask([{ path: "p/s" }]);
  return answer!;
}

describe("the metadata server", () => {
  const without = { GOOGLE_APPLICATION_CREDENTIALS: undefined };

  it.each([
    { detection: undefined, requests: 2 },
    { detection: "ping-only", requests: 2 },
    { detection: "assume-present", requests: 1 },
  ])("gives a token when the detection is $detection", async ({ detection, requests }) => {
    const google = await open({ cloud: { plainHttp: true } });
    const metadata = await startMetadataServer(google.accounts, "machine@p.iam.gserviceaccount.com");
    onTestFinished(() => metadata.close());
    const store = await google.open({ ...without, ...metadata.env, METADATA_SERVER_DETECTION: detection });
    const answers = await store.ask([{ path: "p/s" }, { path: "p/t" }]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(google.rest.accesses).toMatchObject([{ email: "machine@p.iam.gserviceaccount.com" }, {}]);
    expect(metadata.requests.length).toBe(requests);
    expect(google.cloud.plainRequests).toEqual([]);
    expect(new Set(google.cloud.connects)).toEqual(new Set(["secretmanager.googleapis.com:443"]));
  });

  it.each([
    { detection: "ping-only", code: "UNAUTHENTICATED", message: "there is no metadata server" },
    { detection: "assume-present", code: "UNAVAILABLE", message: 'cannot reach "metadata.invalid"' },
  ])("is never asked through a proxy when the detection is $detection", async ({ detection, code, message }) => {
    const google = await open({ cloud: { plainHttp: true } });
    const store = await google.open({
      ...without,
      ...noSuchHost,
      GCE_METADATA_HOST: "metadata.invalid",
      METADATA_SERVER_DETECTION: detection,
    });
    expect(await ask(store)).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect([...google.cloud.plainRequests, ...google.cloud.connects]).toEqual([]);
  });

  it("without a service account says so", async () => {
    const google = await open();
    const metadata = await startScriptedServer(() => reply(404, "", { "metadata-flavor": "Google" }));
    onTestFinished(() => metadata.close());
    const host = metadata.url.replace("http://", "");
    const store = await google.open({
      ...without,
      GCE_METADATA_HOST: host,
      METADATA_SERVER_DETECTION: "assume-present",
    });
    expect(await ask(store)).toEqual({
      ok: false,
      code: "UNAUTHENTICATED",
      message: `"${host}" gave no token for the metadata server (404)`,
      hint: "give the machine or workload a service account",
    });
  });

  it("is not taken for one that answers without Google's header", async () => {
    const google = await open();
    const router = await startScriptedServer(() => reply(200, "<html>"));
    onTestFinished(() => router.close());
    const store = await google.open({
      ...without,
      GCE_METADATA_HOST: `127.0.0.1:${router.port}`,
      METADATA_SERVER_DETECTION: "ping-only",
    });
    expect(await ask(store)).toMatchObject({
      ok: false,
      code: "UNAUTHENTICATED",
      message: expect.stringContaining("there is no metadata server") as string,
    });
  });

  it("refuses a detection that means nothing", async () => {
    const google = await open();
    expect(await ask(await google.open({ ...without, METADATA_SERVER_DETECTION: "maybe" }))).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'METADATA_SERVER_DETECTION is "maybe", which means nothing',
    });
  });
});
