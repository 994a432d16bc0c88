import { join } from "node:path";
import type { TestAnswer, TestStore } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GoogleCloud, type GoogleCloudOptions, startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";

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

describe("no credentials", () => {
  it("tells what was tried, in order, and what to do", async () => {
    const google = await open();
    const store = await google.open({ GOOGLE_APPLICATION_CREDENTIALS: undefined });
    const path = join(google.env["HOME"] ?? "", ".config/gcloud/application_default_credentials.json");
    expect(await store.ask([{ path: "p/s" }, { path: "p/t" }])).toEqual(
      Array.from({ length: 2 }, () => ({
        ok: false,
        code: "UNAUTHENTICATED",
        message:
          "no Google credentials were found: GOOGLE_APPLICATION_CREDENTIALS is not set, " +
          `"${path}" does not exist, and METADATA_SERVER_DETECTION forbids to ask for a metadata server`,
        hint: "run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a credential file",
      })),
    );
    expect(google.cloud.connects).toEqual([]);
  });

  it.each([
    { name: "is no JSON", text: "SECRET", reason: "it is no JSON object" },
    { name: "is no object", text: "[1", reason: "it is no JSON object" },
    { name: "lacks a field", text: '{"type":"service_account"}', reason: 'the field "client_email" is missing' },
    { name: "lacks a key", text: '{"client_email":"a@b"}', reason: 'the field "private_key" is missing' },
  ])("are in a file that $name", async ({ text, reason }) => {
    const google = await open();
    const path = google.write("broken.json", text);
    expect(await ask(await google.open({ GOOGLE_APPLICATION_CREDENTIALS: path }))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: `the file "${path}" holds no credentials: ${reason}`,
    });
  });

  it("are in a file whose key is none", async () => {
    const google = await open();
    const path = google.write("broken.json", '{"client_email":"a@b","private_key":"SECRET"}');
    expect(await ask(await google.open({ GOOGLE_APPLICATION_CREDENTIALS: path }))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: `the credentials of the file "${path}" cannot be used`,
    });
  });

  it.each([
    { name: "does not exist", file: "none.json", reason: "does not exist" },
    { name: "is a folder", file: ".", reason: "cannot be read (EISDIR)" },
  ])("are in a file that $name", async ({ file, reason }) => {
    const google = await open();
    const path = join(google.env["HOME"] ?? "", file);
    expect(await ask(await google.open({ GOOGLE_APPLICATION_CREDENTIALS: path }))).toEqual({
      ok: false,
      code: "UNAUTHENTICATED",
      message: `the credential file "${path}" ${reason}`,
      hint: "correct GOOGLE_APPLICATION_CREDENTIALS",
    });
  });
});
