import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bareEnv,
  type Env,
  inputOf,
  open,
  operationOf,
  refusal,
  serve,
  serverEnv,
  textOf,
} from "../../../test/servers/ask-aws.ts";
import { describeWith } from "../../../test/servers/installed.ts";
import { type Moto, startMoto } from "../../../test/servers/moto.ts";
import { type Answer, json, type RecordedRequest, reset } from "../../../test/servers/scripted-server.ts";

const value = "made-up-password";
const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:app/db-AbCdEf";
const notFound = refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
const exists = refusal("ResourceExistsException", "The operation failed because the secret app/db already exists.");

/** Answers by operation, in turn; the last one of each again and again. */
function byOperation(answers: Readonly<Record<string, readonly Answer[]>>) {
  const left = new Map(Object.entries(answers).map(([operation, list]) => [operation, [...list]]));
  return (request: RecordedRequest): Answer => {
    const list = left.get(operationOf(request)) ?? [];
    return (list.length > 1 ? list.shift() : list[0]) ?? refusal("UnknownOperationException");
  };
}

const done = json({ Name: "app/db", VersionId: "the-version" });

describe("a secret that is written", () => {
  it.each([
    { name: "text", data: "größe \u{1f511}", sent: { SecretString: "größe \u{1f511}" } },
    { name: "bytes that are no text", data: Uint8Array.of(0xff, 0), sent: { SecretBinary: "/wA=" } },
  ])("gets a new version: $name", async ({ data, sent }) => {
    const server = await serve(() => done);
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: "app/db", data })).toEqual({ ok: true, version: "the-version" });
    expect(server.requests.map(operationOf)).toEqual(["PutSecretValue"]);
    const { ClientRequestToken, ...rest } = inputOf(server.requests[0]);
    expect(rest).toEqual({ SecretId: "app/db", ...sent });
    expect(ClientRequestToken).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is created when there is none, and written after all when somebody else was faster", async () => {
    const server = await serve(byOperation({ PutSecretValue: [notFound, done], CreateSecret: [exists] }));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: "app/db", data: value })).toMatchObject({ ok: true });
    expect(server.requests.map(operationOf)).toEqual(["PutSecretValue", "CreateSecret", "PutSecretValue"]);
    expect(inputOf(server.requests[1])).toMatchObject({ Name: "app/db", SecretString: value });
  });

  it("is never created by an ARN, whose region is asked", async () => {
    const server = await serve(() => notFound);
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: arn, data: value })).toMatchObject({ code: "NOT_FOUND" });
    expect(server.requests.map(operationOf)).toEqual(["PutSecretValue"]);
    expect(server.requests[0]?.headers.authorization).toContain("/us-east-1/secretsmanager/");
  });

  it.each([
    { path: "", message: "the name of the secret is empty" },
    { data: "", message: 'the value for "app/db" is empty, and a secret cannot be' },
    { path: arn, createOnly: true, message: `"${arn}" cannot be created: it is an ARN` },
    { metadata: { version: "AWSPENDING" }, message: 'metadata key "version" means nothing when writing' },
    { metadata: { stage: "AWSPENDING" }, message: 'metadata key "stage" means nothing when writing' },
    { metadata: { id: "x" }, message: 'metadata key "id" means nothing when writing' },
  ])("is refused: $message", async ({ path = "app/db", data = value, createOnly = false, metadata = {}, message }) => {
    const store = await open("awssecrets", serverEnv("http://127.0.0.1:1"));
    const answer = await store.put({ path, metadata, data, createOnly });
    expect(answer).toMatchObject({ code: "INVALID_ARGUMENT", message });
  });

  it("is tried again under the same token, so that it is written once", async () => {
    const server = await serve(byOperation({ PutSecretValue: [reset(), refusal("ThrottlingException"), done] }));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: "app/db", data: value })).toMatchObject({ ok: true });
    const tokens = server.requests.map((request) => inputOf(request)["ClientRequestToken"]);
    expect(tokens).toHaveLength(3);
    expect(new Set(tokens).size).toBe(1);
  });

  it("may have been created when an answer was lost", async () => {
    const server = await serve(byOperation({ CreateSecret: [reset(), exists] }));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: "app/db", data: value, createOnly: true })).toMatchObject({
      code: "UNKNOWN",
      message: '"app/db" already exists, perhaps by a try of this write that got no answer',
    });
  });

  // moto lets such secrets be written.
  it.each([
    { createOnly: false, text: "You can't perform this operation on the secret because it was marked for deletion." },
    {
      createOnly: true,
      text: "You can't create this secret because a secret with this name is already scheduled for deletion.",
    },
  ])("is told from one that is marked for deletion, createOnly $createOnly", async ({ createOnly, text }) => {
    const server = await serve(() => refusal("InvalidRequestException", text));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: "app/db", data: value, createOnly })).toMatchObject({
      code: "UNKNOWN",
      message: `"app/db" is marked for deletion: InvalidRequestException: ${text} (request id made-up-request-id)`,
      hint: "restore it, or delete it for good",
    });
    expect(server.requests).toHaveLength(1);
  });

  it("is in no error, whatever the service says", async () => {
    const server = await serve(() => refusal("InvalidParameterException", `no such value: ${value}`));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(await store.put({ path: "app/db", data: value })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"app/db" is not accepted: InvalidParameterException (request id made-up-request-id)',
    });
  });
});

describeWith("moto", "Secrets Manager that checks signatures and permissions, written to", () => {
  let moto: Moto;
  const all = ["secretsmanager:PutSecretValue", "secretsmanager:CreateSecret", "secretsmanager:GetSecretValue"];
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    await moto.createSecret("app/text", "first");
  });
  afterAll(() => moto?.close());

  async function envOf(allowed: readonly string[]): Promise<Env> {
    return { ...bareEnv(), ...moto.env, ...(await moto.createUser(allowed)).env };
  }

  it("has afterwards what was written, and its version", async () => {
    const store = await open("awssecrets", await envOf(all));
    for (const data of ["größe \u{1f511}\n", "second"]) {
      const put = await store.put({ path: "new/db", data });
      const [answer] = await store.ask([{ path: "new/db" }]);
      expect(textOf(answer)).toBe(data);
      expect(put).toEqual({ ok: true, version: answer?.ok === true ? answer.version : undefined });
    }
    expect(textOf((await store.ask([{ path: "new/db", metadata: { stage: "AWSPREVIOUS" } }]))[0])).toContain("größe");
  });

  it("has bytes that are no text, and secrets of another region", async () => {
    const store = await open("awssecrets", await envOf(all));
    const data = Uint8Array.of(0, 0xff, 1);
    expect(await store.put({ path: "new/bytes", data })).toMatchObject({ ok: true });
    const [answer] = await store.ask([{ path: "new/bytes" }]);
    expect(answer?.ok === true && [...answer.data]).toEqual([...data]);
    const metadata = { region: "us-east-1" };
    expect(await store.put({ path: "new/bytes", metadata, data: "there" })).toMatchObject({ ok: true });
    expect(textOf((await store.ask([{ path: "new/bytes", metadata }]))[0])).toBe("there");
  });

  it("creates with one permission, and only what is not there", async () => {
    const store = await open("awssecrets", await envOf(["secretsmanager:CreateSecret"]));
    const request = { path: "once/db", data: value, createOnly: true };
    expect(await store.put(request)).toMatchObject({ ok: true });
    expect(await store.put(request)).toMatchObject({ code: "ALREADY_EXISTS", message: '"once/db" already exists' });
  });

  it("writes what is there with one permission", async () => {
    const store = await open("awssecrets", await envOf(["secretsmanager:PutSecretValue"]));
    expect(await store.put({ path: "app/text", data: "second" })).toMatchObject({ ok: true });
    expect(await store.put({ path: "not/there", data: value })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/^"not\/there" may not be written: .*secretsmanager:CreateSecret/) as unknown,
    });
  });

  it("is denied who may only read", async () => {
    const store = await open("awssecrets", await envOf(["secretsmanager:GetSecretValue"]));
    expect(await store.put({ path: "app/text", data: value })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/^"app\/text" may not be written: .*secretsmanager:PutSecretValue/) as unknown,
    });
  });
});
