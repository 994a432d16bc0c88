import type { TestAnswer } from "configmanager/plugin/testing";
import { afterAll, describe, expect, it } from "vitest";
import { startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { accessAnswer, errorInfo, googleError } from "../../../test/servers/gcp-rest.ts";
import {
  type Answer,
  json,
  malformed,
  type RecordedRequest,
  reply,
  reset,
  resetInBody,
  stallInBody,
  throttle,
} from "../../../test/servers/scripted-server.ts";

const name = "projects/1/secrets/s/versions/5";
const good = json(accessAnswer(name, "value"));
const harmed = json({ name, payload: { data: Buffer.from("harmed").toString("base64"), dataCrc32c: "1" } });
const page = (status: number): Answer => reply(status, "<html>SECRET</html>", { "content-type": "text/html" });
const unavailable = googleError("UNAVAILABLE", "The service is currently unavailable.");

/** What the secrets of this test answer, one after the other; the last one for good. */
const scripts = new Map<string, readonly Answer[]>();
const asked = new Map<string, number>();
const google = await startGoogleCloud({
  secrets: {},
  interfere({ path }: RecordedRequest) {
    const secret = /secrets\/([^/]+)/.exec(path)?.[1] ?? "";
    const answers = scripts.get(secret) ?? [];
    const index = asked.get(secret) ?? 0;
    asked.set(secret, index + 1);
    return answers[Math.min(index, answers.length - 1)];
  },
});
const store = await google.open();
afterAll(() => google.close());

let count = 0;
async function askFor(answers: readonly Answer[]): Promise<{ readonly answer: TestAnswer; readonly requests: number }> {
  const secret = `s${count++}`;
  scripts.set(secret, answers);
  const [answer] = await store.ask([{ path: `p/${secret}` }]);
  return { answer: answer!, requests: asked.get(secret) ?? 0 };
}

describe("what passes by itself is tried again", () => {
  it.each([
    { name: "a throttled request, when the service says when", first: [throttle({ "retry-after": "0" })] },
    {
      name: "a throttled request, with Google's own kind of delay",
      first: [
        googleError("RESOURCE_EXHAUSTED", "Quota exceeded", [
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.01s" },
        ]),
      ],
    },
    { name: "a throttled request, without a delay", first: [googleError("RESOURCE_EXHAUSTED", "Quota exceeded")] },
    { name: "UNAVAILABLE, twice", first: [unavailable, unavailable] },
    { name: "INTERNAL", first: [googleError("INTERNAL", "Internal error encountered.")] },
    { name: "a page of a proxy that fails", first: [page(502)] },
    { name: "a reset", first: [reset()] },
    { name: "a reset in the middle of the answer", first: [resetInBody(JSON.stringify(accessAnswer(name, "value")))] },
    { name: "an answer that is cut short", first: [malformed()] },
    { name: "a page instead of an answer", first: [page(200)] },
    { name: "a payload that does not fit its checksum", first: [harmed] },
    { name: "a payload that is no base64", first: [json({ name, payload: { data: "***" } })] },
    { name: "a payload that is no text", first: [json({ name, payload: { data: 3 } })] },
    { name: "an answer that is no object", first: [json(null)] },
  ])("$name", async ({ first }) => {
    const { answer, requests } = await askFor([...first, good]);
    expect(answer).toMatchObject({ ok: true, version: "5" });
    expect(answer.ok && Buffer.from(answer.data).toString()).toBe("value");
    expect(requests).toBe(first.length + 1);
  });

  it("takes a payload without a checksum", async () => {
    const data = Buffer.from("value").toString("base64");
    expect(await askFor([json({ name, payload: { data } })])).toMatchObject({ answer: { ok: true }, requests: 1 });
  });
});

describe("what stays wrong is told", () => {
  it.each([
    {
      name: "UNAVAILABLE, after three tries",
      answers: [unavailable],
      requests: 3,
      code: "UNAVAILABLE",
      message:
        '"secretmanager.googleapis.com" could not serve the request (503 UNAVAILABLE): The service is currently unavailable.',
      hint: "try again later",
    },
    {
      name: "an error that is not Google's",
      answers: [json({ error: "SECRET" }, 500)],
      requests: 3,
      code: "UNAVAILABLE",
      message: '"secretmanager.googleapis.com" could not serve the request (500)',
      hint: "try again later",
    },
    {
      name: "a reset, after three tries",
      answers: [reset()],
      requests: 3,
      code: "UNAVAILABLE",
      message: 'cannot reach "secretmanager.googleapis.com": the connection was reset (ECONNRESET)',
      hint: "check the network, the firewall and HTTPS_PROXY, then try again",
    },
    {
      name: "a payload that does not fit its checksum, after two tries",
      answers: [harmed],
      requests: 2,
      code: "UNKNOWN",
      message: '"secretmanager.googleapis.com" answered with a payload that does not fit its checksum',
      hint: "look at what stands between this machine and Google",
    },
    {
      name: "an answer that is no JSON, after two tries",
      answers: [malformed()],
      requests: 2,
      code: "UNKNOWN",
      message: '"secretmanager.googleapis.com" answered with what is no JSON',
      hint: "look at what stands between this machine and Google",
    },
    {
      name: "a proxy's page that forbids",
      answers: [page(403)],
      requests: 1,
      code: "UNKNOWN",
      message: '"secretmanager.googleapis.com" answered 403 without an error of Google\'s (text/html)',
      hint: "look at what stands between this machine and Google, a proxy perhaps",
    },
    {
      name: "a redirect",
      answers: [reply(302, "", { location: "https://login.example.com/" })],
      requests: 1,
      code: "UNKNOWN",
      message: '"secretmanager.googleapis.com" answered 302 without an error of Google\'s (no content type)',
      hint: "look at what stands between this machine and Google, a proxy perhaps",
    },
    {
      name: "an argument that Google refuses",
      answers: [googleError("INVALID_ARGUMENT", "Invalid resource field value in the request.")],
      requests: 1,
      code: "INVALID_ARGUMENT",
      message:
        '"secretmanager.googleapis.com" refused the request (400 INVALID_ARGUMENT): ' +
        "Invalid resource field value in the request.",
      hint: "write <project>/<secret>, or projects/<project>/secrets/<secret>",
    },
  ])("$name", async ({ answers, requests, code, message, hint }) => {
    expect(await askFor(answers)).toEqual({ answer: { ok: false, code, message, hint }, requests });
  });

  const consumer = { consumer: "projects/42", service: "secretmanager.googleapis.com" };
  it.each([
    {
      reason: "SERVICE_DISABLED",
      metadata: consumer,
      hint: "run gcloud services enable secretmanager.googleapis.com --project=42",
    },
    {
      reason: "USER_PROJECT_DENIED",
      metadata: consumer,
      hint: "grant roles/serviceusage.serviceUsageConsumer on project 42, or correct GOOGLE_CLOUD_QUOTA_PROJECT",
    },
    {
      reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
      metadata: {},
      hint: "give the machine the access scope cloud-platform",
    },
    { reason: "BILLING_DISABLED", metadata: consumer, hint: "enable billing for project 42" },
    { reason: "CONSUMER_INVALID", metadata: consumer, hint: 'check the spelling of the project "42"' },
  ])("what to do about $reason", async ({ reason, metadata, hint }) => {
    const { answer } = await askFor([googleError("PERMISSION_DENIED", "No.", [errorInfo(reason, metadata)])]);
    expect(answer).toEqual({
      ok: false,
      code: "PERMISSION_DENIED",
      message: '"secretmanager.googleapis.com" refused the request (403 PERMISSION_DENIED): No.',
      hint,
    });
  });
});

describe("the time that a value may take", () => {
  it("ends with the host's patience, also in the middle of an answer", async () => {
    scripts.set("stalls", [stallInBody(JSON.stringify(accessAnswer(name, "value")))]);
    const abort = new AbortController();
    const answers = store.ask([{ path: "p/stalls" }], abort.signal);
    await google.rest.received(google.rest.requests.length + 1);
    abort.abort(new Error("nobody waits"));
    await expect(answers).rejects.toThrow("nobody waits");
    expect(await askFor([good])).toMatchObject({ answer: { ok: true } });
  });
});

describe("what is asked at once", () => {
  it("shares connections, sixteen at most, and throttling slows all of it down", async () => {
    const secrets = Array.from({ length: 40 }, (_unset, index) => `many${index}`);
    for (const [index, secret] of secrets.entries()) {
      scripts.set(secret, index % 10 === 0 ? [throttle({ "retry-after": "0" }), good] : [good]);
    }
    const connects = google.cloud.connects.length;
    const answers = await store.ask(secrets.map((secret) => ({ path: `p/${secret}` })));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(google.cloud.connects.length - connects).toBeLessThanOrEqual(16);
    expect(secrets.map((secret) => asked.get(secret))).toEqual(
      secrets.map((_unset, index) => (index % 10 === 0 ? 2 : 1)),
    );
  });
});
