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

/** A Parameter Store that knows what it says of parameters, and takes whatever is put. */
function parameterStore(known: readonly object[] = [], put: (request: RecordedRequest) => Answer = written) {
  return (request: RecordedRequest): Answer =>
    operationOf(request) === "DescribeParameters" ? json({ Parameters: known }) : put(request);
}

const written = (): Answer => json({ Version: 4, Tier: "Standard" });

describe("a parameter that is written", () => {
  it.each([
    { name: "is a SecureString when it is new", known: [], metadata: {}, sent: { Type: "SecureString" } },
    {
      name: "keeps its type",
      known: [{ Name: "/app/other" }, { Name: "/app/db", Type: "StringList" }],
      metadata: {},
      sent: { Type: "StringList" },
    },
    {
      name: "keeps its key",
      known: [{ Name: "/app/db", Type: "SecureString", KeyId: "alias/shop" }],
      metadata: {},
      sent: { Type: "SecureString", KeyId: "alias/shop" },
    },
    {
      name: "keeps its key when its type is said",
      known: [{ Name: "/app/db", Type: "SecureString", KeyId: "alias/shop" }],
      metadata: { type: "SecureString" },
      sent: { Type: "SecureString", KeyId: "alias/shop" },
    },
  ])("$name", async ({ known, metadata, sent }) => {
    const server = await serve(parameterStore(known));
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(await store.put({ path: "/app/db", metadata, data: value })).toEqual({ ok: true, version: "4" });
    expect(server.requests.map(operationOf)).toEqual(["DescribeParameters", "PutParameter"]);
    expect(inputOf(server.requests[1])).toEqual({ Name: "/app/db", Value: value, Overwrite: true, ...sent });
  });

  it.each([
    { metadata: { type: "String" }, createOnly: false, sent: { Type: "String", Overwrite: true } },
    {
      metadata: { kmsKeyId: "alias/shop" },
      createOnly: false,
      sent: { Type: "SecureString", KeyId: "alias/shop", Overwrite: true },
    },
    { metadata: {}, createOnly: true, sent: { Type: "SecureString", Overwrite: false } },
  ])(
    "is not looked at before when $metadata, createOnly $createOnly say all",
    async ({ metadata, createOnly, sent }) => {
      const server = await serve(parameterStore());
      const store = await open("awsparamstr", serverEnv(server.url));
      expect(await store.put({ path: "/app/db", metadata, data: value, createOnly })).toMatchObject({ ok: true });
      expect(server.requests.map(inputOf)).toEqual([{ Name: "/app/db", Value: value, ...sent }]);
    },
  );

  it("is looked for on every page", async () => {
    const server = await serve((request) => {
      if (operationOf(request) === "PutParameter") return written();
      const { NextToken } = inputOf(request);
      if (NextToken === undefined) return json({ Parameters: [], NextToken: "more" });
      return json({ Parameters: [{ Name: "/app/db", Type: "String" }] });
    });
    const store = await open("awsparamstr", serverEnv(server.url));
    await store.put({ path: "/app/db", data: value });
    expect(inputOf(server.requests[2])).toMatchObject({ Type: "String" });
  });

  it.each([
    { path: "", message: "the name of the parameter is empty" },
    { path: "/app/db:3", message: '"/app/db:3" cannot be written' },
    { metadata: { version: "3" }, message: 'metadata key "version" means nothing when writing' },
    { metadata: { label: "prod" }, message: 'metadata key "label" means nothing when writing' },
    { metadata: { type: "Text" }, message: '"Text" is no type of a parameter' },
    { metadata: { type: "String", kmsKeyId: "x" }, message: 'a parameter of the type "String" has no KMS key' },
    { data: Uint8Array.of(0xff), message: 'the value for "/app/db" is no UTF-8 text, and a parameter is nothing else' },
    { data: "", message: 'the value for "/app/db" is empty, and a parameter cannot be' },
  ])("is refused: $message", async ({ path = "/app/db", metadata = {}, data = value, message }) => {
    const server = await serve(parameterStore());
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(await store.put({ path, metadata, data })).toMatchObject({ code: "INVALID_ARGUMENT", message });
    expect(server.requests).toEqual([]);
  });

  it.each(["type", "kmsKeyId"])("says %s, which means nothing for one that is read", async (key) => {
    const store = await open("awsparamstr", serverEnv("http://127.0.0.1:1"));
    expect(await store.ask([{ path: "/app/db", metadata: { [key]: "String" } }])).toMatchObject([
      { code: "INVALID_ARGUMENT", message: `metadata key "${key}" means nothing when reading` },
    ]);
  });
});

describe("an error of a parameter that is written", () => {
  it.each([
    {
      name: "quotes the service but for the value",
      answer: refusal("ValidationException", `Value '${value}' at 'value' failed to satisfy constraint`),
      code: "INVALID_ARGUMENT",
      message: /^"\/app\/db" is not accepted: ValidationException \(request id made-up-request-id\)$/,
    },
    {
      name: "is of the value",
      answer: refusal("ParameterPatternMismatchException", "the value does not match ^\\d+$"),
      code: "INVALID_ARGUMENT",
      message: /^"\/app\/db" is not accepted: ParameterPatternMismatchException: the value does not match/,
    },
    {
      name: "is of the key",
      answer: refusal("InvalidKeyId", "the key is disabled"),
      code: "UNKNOWN",
      message: /^"\/app\/db" cannot be encrypted: InvalidKeyId: the key is disabled/,
    },
  ])("$name", async ({ answer, code, message }) => {
    const server = await serve(parameterStore([], () => answer));
    const store = await open("awsparamstr", serverEnv(server.url));
    const failure = await store.put({ path: "/app/db", data: value });
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(failure)).not.toContain(value);
  });

  it("is overcome where trying again helps: throttling, somebody else's writing, a lost answer", async () => {
    const failures = [refusal("ThrottlingException"), refusal("TooManyUpdates"), reset()];
    const server = await serve(parameterStore([], () => failures.shift() ?? written()));
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(await store.put({ path: "/app/db", data: value })).toEqual({ ok: true, version: "4" });
    expect(server.requests).toHaveLength(5);
  });

  it("says that the value may have been written when no answer has come", async () => {
    const server = await serve(parameterStore([], reset));
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(await store.put({ path: "/app/db", data: value })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/was reset \(ECONNRESET\); the value may have been written$/) as unknown,
    });
  });

  it("says nothing of the kind when nothing was sent", async () => {
    const server = await serve(written);
    await server.close();
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(await store.put({ path: "/app/db", data: value, createOnly: true })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/was refused \(ECONNREFUSED\)$/) as unknown,
    });
  });

  it("does not take what the first try has created for somebody else's", async () => {
    const answers = [reset(), refusal("ParameterAlreadyExists", "The parameter already exists.")];
    const server = await serve(() => answers.shift()!);
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(await store.put({ path: "/app/db", data: value, createOnly: true })).toMatchObject({
      code: "UNKNOWN",
      message: '"/app/db" already exists, perhaps by a try of this write that got no answer',
    });
  });
});

describeWith("moto", "Parameter Store that checks signatures and permissions, written to", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
  });
  afterAll(() => moto?.close());

  async function envOf(...allowed: readonly string[]): Promise<Env> {
    const user = await moto.createUser(allowed);
    return { ...bareEnv(), ...moto.env, ...user.env };
  }

  it("has afterwards what was written, and its version", async () => {
    const env = await envOf("ssm:PutParameter", "ssm:DescribeParameters", "ssm:GetParameter");
    const store = await open("awsparamstr", env);
    for (const [index, data] of ["größe \u{1f511}\n", "second"].entries()) {
      expect(await store.put({ path: "/new/db", data })).toEqual({ ok: true, version: String(index + 1) });
      expect(textOf((await store.ask([{ path: "/new/db" }]))[0])).toBe(data);
    }
    const region = { region: "us-east-1" };
    expect(await store.put({ path: "/new/db", metadata: region, data: "there" })).toMatchObject({ version: "1" });
    expect(textOf((await store.ask([{ path: "/new/db", metadata: region }]))[0])).toBe("there");
  });

  it("keeps type and key", async () => {
    const store = await open("awsparamstr", await envOf("ssm:PutParameter", "ssm:DescribeParameters"));
    await moto.call("ssm", "PutParameter", {
      Name: "/kept/key",
      Value: "a",
      Type: "SecureString",
      KeyId: "alias/shop",
    });
    await moto.putParameter("/kept/list", "a,b", { type: "StringList" });
    for (const path of ["/kept/key", "/kept/list"]) {
      expect(await store.put({ path, data: "c,d" })).toEqual({ ok: true, version: "2" });
    }
    const described = (await moto.call("ssm", "DescribeParameters", {
      ParameterFilters: [{ Key: "Path", Values: ["/kept"] }],
    })) as { Parameters: { Name: string; Type: string; KeyId?: string }[] };
    const kinds = Object.fromEntries(described.Parameters.map(({ Name, Type, KeyId }) => [Name, [Type, KeyId]]));
    expect(kinds).toEqual({ "/kept/key": ["SecureString", "alias/shop"], "/kept/list": ["StringList", undefined] });
  });

  it("creates with one permission, and only what is not there", async () => {
    const store = await open("awsparamstr", await envOf("ssm:PutParameter"));
    const request = { path: "/once/db", data: value, createOnly: true };
    expect(await store.put(request)).toEqual({ ok: true, version: "1" });
    expect(await store.put(request)).toMatchObject({ code: "ALREADY_EXISTS", message: '"/once/db" already exists' });
  });

  it.each([
    { allowed: "ssm:GetParameter", denied: "ssm:DescribeParameters" },
    { allowed: "ssm:DescribeParameters", denied: "ssm:PutParameter" },
  ])("is denied who may only $allowed, and told of $denied", async ({ allowed, denied }) => {
    const store = await open("awsparamstr", await envOf(allowed));
    expect(await store.put({ path: "/app/db", data: value })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(`^"/app/db" may not be written: AccessDeniedException.*${denied}`) as unknown,
    });
  });
});
