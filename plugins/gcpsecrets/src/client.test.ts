import type { StoreLogFields } from "configmanager/plugin";
import { afterAll, expect, it, onTestFinished, vi } from "vitest";
import { startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { stallInBody } from "../../../test/servers/scripted-server.ts";
import { toAddress } from "./address.ts";
import { createSecretClient } from "./client.ts";

const google = await startGoogleCloud({
  secrets: { "projects/p/secrets/empty": [{ data: "" }], "projects/p/secrets/s": [{ data: "a value" }] },
  interfere: ({ path }) => (path.includes("/stalls/") ? stallInBody('{"name":"x"}') : undefined),
});
const records: { readonly level: string; readonly message: string; readonly fields: StoreLogFields | undefined }[] = [];
const at =
  (level: string) =>
  (message: string, fields?: StoreLogFields): void =>
    void records.push({ level, message, fields });
const log = { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
const file = google.write("login.json", google.accounts.loginFile("somebody@example.com"));
const client = createSecretClient({
  // Of this process nothing can be set any more, what Node reads at its start least of all.
  env: { ...google.env, SSL_CERT_FILE: google.cloud.ca.caFile, GOOGLE_APPLICATION_CREDENTIALS: file },
  cwd: "/",
  log,
});
afterAll(async () => {
  client.close();
  await google.close();
});

it("logs whose credentials it has, that they were refused, and empty values: no token, no value", async () => {
  const { signal } = new AbortController();
  const access = (path: string): Promise<unknown> => client.access(toAddress({ path, metadata: {} }), signal);
  await access("p/s");
  google.accounts.revokeTokens();
  await access("p/s");
  expect(await access("p/empty")).toEqual({ data: "", version: "1" });
  expect(records).toEqual([
    { level: "debug", message: "credentials found", fields: { source: `the file "${file}"`, account: undefined } },
    { level: "info", message: "the access token was refused, so the credentials are read again", fields: undefined },
    { level: "warn", message: "value retrieved but empty for token", fields: { token: "p/empty" } },
  ]);
});

it("leaves at once with the reason of a signal that was given before", async () => {
  const reason = new Error("nobody waits");
  const address = toAddress({ path: "p/s", metadata: {} });
  await expect(client.access(address, AbortSignal.abort(reason))).rejects.toBe(reason);
});

it("leaves while the credentials are looked for, which fails later and harms nobody", async () => {
  const env = { ...google.env, GOOGLE_APPLICATION_CREDENTIALS: "/none/at/all" };
  const lost = createSecretClient({ env, cwd: "/", log });
  onTestFinished(() => lost.close());
  const abort = new AbortController();
  const address = toAddress({ path: "p/s", metadata: {} });
  const asked = lost.access(address, abort.signal);
  abort.abort(new Error("nobody waits"));
  await expect(asked).rejects.toThrow("nobody waits");
  // An unhandled rejection of the first one would fail the test.
  await expect(lost.access(address, new AbortController().signal)).rejects.toMatchObject({ kind: "unauthenticated" });
});

it("does not wait for ever for an answer that stops in the middle", async () => {
  await client.access(toAddress({ path: "p/s", metadata: {} }), new AbortController().signal);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const before = google.rest.requests.length;
  const asked = client.access(toAddress({ path: "p/stalls", metadata: {} }), new AbortController().signal);
  const failure = asked.catch((error: unknown) => error);
  for (let tries = 1; tries <= 3; tries++) {
    await google.rest.received(before + tries);
    await vi.advanceTimersByTimeAsync(15_000);
  }
  expect(await failure).toMatchObject({
    kind: "timedOut",
    message: 'cannot reach "secretmanager.googleapis.com": no answer within 15000 ms',
  });
});
