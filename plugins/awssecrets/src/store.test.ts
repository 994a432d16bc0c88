import { tmpdir } from "node:os";
import process from "node:process";
import { contractChecks, type TestAnswer } from "configmanager/plugin/testing";
import { afterAll, describe, expect, it } from "vitest";
import { parseToken } from "../../../internal/token/scanner.ts";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import {
  type Answer,
  inTurn,
  json,
  malformed,
  type RecordedRequest,
  stall,
  startScriptedServer,
} from "../../../test/servers/scripted-server.ts";
import {
  askedBy,
  bareEnv,
  inputOf,
  keysOf,
  open,
  operationOf,
  refusal,
  regionOf,
  serve,
  serverEnv,
  textOf,
} from "../../../test/servers/ask-aws.ts";

const plugins = await buildTestPlugins();

/** What the host asks of the store for a token. */
function requestOf(token: string): { path: string; metadata: Record<string, string> } {
  const prefixes = new Set(["AWSSECRETS"]);
  const { path, metadata } = parseToken(token, { tokenSeparator: "://", keySeparator: "|", prefixes });
  return { path, metadata: Object.fromEntries(metadata) };
}

const uuid = "0f1e2d3c-4b5a-4978-8069-5a4b3c2d1e0f";
const arnPrefix = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:";

/** Secrets Manager with a secret for every name but those with "missing". */
function secretsManager(request: RecordedRequest): Answer {
  const { SecretId, SecretIdList, VersionStage, VersionId } = inputOf(request) as {
    SecretId?: string;
    SecretIdList?: string[];
    VersionStage?: string;
    VersionId?: string;
  };
  if (SecretIdList === undefined) {
    if (SecretId?.includes("missing") === true) return notFound;
    const version = VersionId ?? (VersionStage === "AWSCURRENT" ? undefined : VersionStage);
    return json(toSecret(SecretId ?? "", version));
  }
  const found = SecretIdList.filter((id) => !id.includes("missing"));
  const missing = SecretIdList.filter((id) => id.includes("missing"));
  return json({
    SecretValues: found.map((id) => toSecret(id)).toReversed(),
    Errors: missing.map((id) => ({ SecretId: id, ErrorCode: "ResourceNotFoundException", Message: "can't find it" })),
  });
}

const notFound = refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

function toSecret(id: string, version?: string): object {
  const name = id.replace(arnPrefix, "").replace(/-AbCdEf$/, "");
  return {
    ARN: `${arnPrefix}${name}-AbCdEf`,
    Name: name,
    SecretString: `value of ${name}${version === undefined ? "" : ` in ${version}`}`,
    VersionId: uuid,
    VersionStages: ["AWSCURRENT"],
  };
}

function failureOf(answer: TestAnswer | undefined): { code: string; message: string; hint: string } {
  if (answer === undefined || answer.ok) throw new Error("the store answered with a value");
  return answer;
}

const contractServer = await startScriptedServer((request) => {
  if (request.text.includes("slow")) return stall();
  if (request.text.includes("denied")) return refusal("AccessDeniedException", "not authorized");
  if (request.text.includes("large")) return json({ Name: "large", SecretString: "x".repeat(65_536) });
  if (request.text.includes("unicode")) return json({ Name: "unicode", SecretString: "größe \u{1f511}" });
  if (request.text.includes("empty")) return json({ Name: "empty", SecretString: "" });
  return secretsManager(request);
});
afterAll(() => contractServer.close());

describe("the reference vectors", () => {
  it("S1: asks for the current version and gives the text", async () => {
    const server = await serve(() => json({ Name: "/token/1", SecretString: "dsgkbdsf" }));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(textOf((await store.ask([requestOf("AWSSECRETS:///token/1")]))[0])).toBe("dsgkbdsf");
    expect(inputOf(server.requests[0])).toEqual({ SecretId: "/token/1", VersionStage: "AWSCURRENT" });
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": "secretsmanager.GetSecretValue", "content-type": "application/x-amz-json-1.1" },
    });
    expect(server.requests[0]?.headers.authorization).toContain("/eu-west-1/secretsmanager/aws4_request");
  });

  it("S2: sends the version as a stage", async () => {
    const server = await serve(() => json({ Name: "/token/1", SecretString: "dsgkbdsf" }));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(textOf((await store.ask([requestOf("AWSSECRETS:///token/1[version=123]")]))[0])).toBe("dsgkbdsf");
    expect(inputOf(server.requests[0])).toEqual({ SecretId: "/token/1", VersionStage: "123" });
  });

  it("S3: gives bytes as they are", async () => {
    const SecretBinary = Buffer.from("dsgkbdsf").toString("base64");
    const server = await serve(() => json({ Name: "/token/1", SecretBinary }));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(textOf((await store.ask([requestOf("AWSSECRETS:///token/1")]))[0])).toBe("dsgkbdsf");
    expect(inputOf(server.requests[0])).toEqual({ SecretId: "/token/1", VersionStage: "AWSCURRENT" });
  });

  it.each([1, 2] as const)("S4: gives the error text, and an empty value for none (protocol %i)", async (protocol) => {
    const server = await serve(
      inTurn(
        refusal("SomeException", "unable to retrieve secret"),
        json({ Name: "/token/1" }),
        json({ Name: "/token/1", SecretString: null, SecretBinary: null }),
      ),
    );
    const store = await open("awssecrets", serverEnv(server.url), protocol);
    const request = requestOf("AWSSECRETS:///token/1[version=123]");
    expect(failureOf((await store.ask([request]))[0]).message).toContain("unable to retrieve secret");
    expect(textOf((await store.ask([request]))[0])).toBe("");
    expect(textOf((await store.ask([request]))[0])).toBe("");
    expect(inputOf(server.requests[0])).toEqual({ SecretId: "/token/1", VersionStage: "123" });
  });
});

describe("a value", () => {
  it("is the text even when that is empty, the bytes when there is no text, with its version id", async () => {
    const SecretBinary = Buffer.from([1, 2, 0xff]).toString("base64");
    const server = await serve(
      inTurn(
        json({ Name: "a", SecretString: "", SecretBinary, VersionId: uuid }),
        json({ Name: "a", SecretBinary, VersionId: uuid }),
      ),
    );
    const store = await open("awssecrets", serverEnv(server.url));
    const ask = async (): Promise<unknown> =>
      (await store.ask([{ path: "a" }])).map((answer) => answer.ok && [[...answer.data], answer.version]);
    expect(await ask()).toEqual([[[], uuid]]);
    expect(await ask()).toEqual([[[1, 2, 0xff], uuid]]);
  });

  it("that is not text is an error on protocol 1", async () => {
    const server = await serve(() => json({ Name: "a", SecretBinary: Buffer.from([0xff]).toString("base64") }));
    const store = await open("awssecrets", serverEnv(server.url), 1);
    expect(failureOf((await store.ask([{ path: "a" }]))[0]).message).toContain("not valid UTF-8");
  });

  it.each([
    { metadata: { version: uuid }, expected: { SecretId: "a", VersionId: uuid } },
    { metadata: { id: "an-id" }, expected: { SecretId: "a", VersionId: "an-id" } },
    { metadata: { stage: uuid }, expected: { SecretId: "a", VersionStage: uuid } },
    { metadata: { version: "AWSPREVIOUS" }, expected: { SecretId: "a", VersionStage: "AWSPREVIOUS" } },
  ])("of $metadata is asked for by $expected", async ({ metadata, expected }) => {
    const server = await serve(secretsManager);
    const store = await open("awssecrets", serverEnv(server.url));
    await store.ask([{ path: "a", metadata }]);
    expect(server.requests.map(inputOf)).toEqual([expected]);
  });
});

describe("a batch", () => {
  const paths = Array.from({ length: 100 }, (_, index) => ({ path: `s/${index}` }));

  it("has twenty secrets", async () => {
    const server = await serve(secretsManager);
    const store = await open("awssecrets", serverEnv(server.url));
    expect((await store.ask(paths)).map(textOf)).toEqual(paths.map(({ path }) => `value of ${path}`));
    expect(server.requests.map(operationOf)).toEqual(Array.from({ length: 5 }, () => "BatchGetSecretValue"));
    expect(inputOf(server.requests[0])["SecretIdList"]).toHaveLength(20);
  });

  it("has no secret of which a version is asked for", async () => {
    const server = await serve(secretsManager);
    const store = await open("awssecrets", serverEnv(server.url));
    const answers = await store.ask([
      { path: "a" },
      { path: "b" },
      { path: "a", metadata: { stage: "AWSCURRENT" } },
      { path: "a", metadata: { version: "AWSPREVIOUS" } },
      { path: "a", metadata: { id: uuid } },
    ]);
    expect(answers.map(textOf)).toEqual([
      "value of a",
      "value of b",
      "value of a",
      "value of a in AWSPREVIOUS",
      `value of a in ${uuid}`,
    ]);
    const batches = server.requests.filter((request) => operationOf(request) === "BatchGetSecretValue");
    expect(batches.map(inputOf)).toEqual([{ SecretIdList: ["a", "b"] }]);
    expect(server.requests).toHaveLength(3);
  });

  it("leads values back to names, ARNs and ARNs without their random end", async () => {
    const server = await serve(secretsManager);
    const store = await open("awssecrets", serverEnv(server.url));
    const answers = await store.ask([
      { path: "a" },
      { path: `${arnPrefix}b-AbCdEf` },
      { path: `${arnPrefix}c` },
      { path: "d" },
    ]);
    expect(answers.map(textOf)).toEqual(["value of a", "value of b", "value of c", "value of d"]);
    expect(server.requests).toHaveLength(1);
  });

  it("takes the whole ARN of one secret for no other's without its random end", async () => {
    const secrets = [
      { Name: "a-AbCdEf", ARN: `${arnPrefix}a-AbCdEf-GhIjKl`, SecretString: "the longer" },
      { Name: "a", ARN: `${arnPrefix}a-AbCdEf`, SecretString: "the shorter" },
    ];
    for (const SecretValues of [secrets, secrets.toReversed()]) {
      const server = await serve(() => json({ SecretValues }));
      const store = await open("awssecrets", serverEnv(server.url));
      const answers = await store.ask([{ path: `${arnPrefix}a-AbCdEf` }, { path: "a-AbCdEf" }]);
      expect(answers.map(textOf)).toEqual(["the shorter", "the longer"]);
    }
  });

  it("is read to its last page", async () => {
    const server = await serve((request) =>
      inputOf(request)["NextToken"] === undefined
        ? json({ SecretValues: [toSecret("a")], NextToken: "made-up-page" })
        : json({ SecretValues: [toSecret("b")] }),
    );
    const store = await open("awssecrets", serverEnv(server.url));
    expect((await store.ask([{ path: "a" }, { path: "b" }])).map(textOf)).toEqual(["value of a", "value of b"]);
    expect(server.requests.map(inputOf)).toMatchObject([
      { SecretIdList: ["a", "b"] },
      { SecretIdList: ["a", "b"], NextToken: "made-up-page" },
    ]);
  });

  it("has an error for each secret", async () => {
    const server = await serve((request) =>
      operationOf(request) === "BatchGetSecretValue"
        ? json({
            SecretValues: [toSecret("a")],
            Errors: [
              { SecretId: "missing", ErrorCode: "ResourceNotFoundException", Message: "can't find it" },
              { SecretId: "denied", ErrorCode: "AccessDeniedException", Message: "not for you" },
              { SecretId: "key", ErrorCode: "DecryptionFailure", Message: "the key is disabled" },
              { SecretId: "later", ErrorCode: "InternalServiceError", Message: "try again" },
            ],
          })
        : secretsManager(request),
    );
    const store = await open("awssecrets", serverEnv(server.url));
    const [found, missing, denied, key, later, forgotten] = await store.ask(
      ["a", "missing", "denied", "key", "later", "forgotten"].map((path) => ({ path })),
    );
    expect([found, later, forgotten].map(textOf)).toEqual(["value of a", "value of later", "value of forgotten"]);
    expect(failureOf(missing)).toMatchObject({
      code: "NOT_FOUND",
      message: '"missing" was not found: ResourceNotFoundException: can\'t find it',
    });
    expect(failureOf(denied)).toMatchObject({
      code: "PERMISSION_DENIED",
      hint: `grant "secretsmanager:GetSecretValue" on "arn:aws:secretsmanager:eu-west-1:*:secret:denied-*"`,
    });
    expect(failureOf(key)).toMatchObject({ code: "UNKNOWN", hint: "check that its KMS key is there and enabled" });
    expect(server.requests.map(operationOf)).toEqual(["BatchGetSecretValue", "GetSecretValue", "GetSecretValue"]);
  });

  it("that is denied is asked for one by one, and none is tried again in that region", async () => {
    const server = await serve((request) =>
      operationOf(request) === "BatchGetSecretValue"
        ? refusal("AccessDeniedException", "not authorized to perform: secretsmanager:BatchGetSecretValue")
        : secretsManager(request),
    );
    const store = await open("awssecrets", serverEnv(server.url));
    expect((await store.ask(paths.slice(0, 20))).every(({ ok }) => ok)).toBe(true);
    expect(server.requests).toHaveLength(21);
    expect((await store.ask(paths.slice(0, 20))).every(({ ok }) => ok)).toBe(true);
    expect(server.requests).toHaveLength(41);
  });

  it.each([
    { name: "refused", answer: refusal("InvalidParameterException", "one of them is wrong") },
    { name: "unknown to the service", answer: refusal("UnknownOperationException") },
  ])("that is $name is asked for one by one", async ({ answer }) => {
    const server = await serve((request) =>
      operationOf(request) === "BatchGetSecretValue" ? answer : secretsManager(request),
    );
    const store = await open("awssecrets", serverEnv(server.url));
    const answers = await store.ask([{ path: "a" }, { path: "missing" }]);
    expect(textOf(answers[0])).toBe("value of a");
    expect(failureOf(answers[1]).code).toBe("NOT_FOUND");
    expect(server.requests).toHaveLength(3);
  });

  it("is asked of each region by itself", async () => {
    const server = await serve(secretsManager);
    const store = await open("awssecrets", serverEnv(server.url));
    await store.ask(["a", "b"].flatMap((path) => [{ path }, { path, metadata: { region: "us-east-1" } }]));
    expect(new Set(server.requests.map(regionOf))).toEqual(new Set(["eu-west-1", "us-east-1"]));
    expect(server.requests).toHaveLength(2);
  });
});

describe("an error", () => {
  it.each([
    {
      name: "not found names the version",
      answer: refusal("ResourceNotFoundException", "can't find the specified secret value for staging label: x"),
      code: "NOT_FOUND",
      message:
        '"a (version x)" was not found: ResourceNotFoundException: can\'t find the specified secret value for staging label: x (request id made-up-request-id)',
      hint: 'check its name and version, and that it is in region "eu-west-1"',
    },
    {
      name: "a secret that is marked for deletion",
      answer: refusal(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
      ),
      code: "UNKNOWN",
      message: expect.stringMatching(/^"a \(version x\)" is marked for deletion: InvalidRequestException/),
      hint: "restore it, or take the token out",
    },
    {
      name: "a denied key",
      answer: refusal("AccessDeniedException", "Access to KMS is not allowed"),
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("Access to KMS is not allowed"),
      hint: 'grant "kms:Decrypt" on the KMS key that encrypts it, as well as "secretsmanager:GetSecretValue"',
    },
    {
      name: "a denied secret of another account",
      answer: refusal(
        "AccessDeniedException",
        "User: x is not authorized to perform: secretsmanager:GetSecretValue on resource: y because no resource-based policy allows it",
      ),
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("no resource-based policy"),
      hint: 'grant "secretsmanager:GetSecretValue" on "y"',
    },
  ])("is $name", async ({ answer, code, message, hint }) => {
    const server = await serve(() => answer);
    const store = await open("awssecrets", serverEnv(server.url));
    const [failure] = await store.ask([{ path: "a", metadata: { version: "x" } }]);
    expect(failure).toMatchObject({ code, message, hint });
  });

  it("quotes nothing of an answer that cannot be read", async () => {
    const server = await serve(() => malformed('{"SecretString":"made-up-secret'));
    const store = await open("awssecrets", serverEnv(server.url));
    const answers = await store.ask([{ path: "a" }, { path: "b" }]);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
    expect(JSON.stringify(answers)).not.toContain("made-up-secret");
  });

  it("is bad metadata", async () => {
    const store = await open("awssecrets", serverEnv("http://127.0.0.1:9"));
    const [failure] = await store.ask([{ path: "a", metadata: { version: "x", stage: "y" } }]);
    expect(failureOf(failure)).toMatchObject({ code: "INVALID_ARGUMENT", hint: "give one of version, stage and id" });
  });

  it("is the want of credentials", async () => {
    const store = await open("awssecrets", { ...bareEnv(), AWS_REGION: "eu-west-1" });
    const answers = await store.ask([{ path: "a" }, { path: "b" }]);
    expect(answers.map((answer) => failureOf(answer).code)).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
    expect(failureOf(answers[0]).message).toMatch(/^no AWS credentials were found, tried /);
  });
});

it("two accounts are two processes, each with its own keys", async () => {
  const server = await serve((request) => json({ Name: "a", SecretString: `of ${askedBy(request)}` }));
  const one = await open("awssecrets", serverEnv(server.url));
  const other = await open("awssecrets", { ...serverEnv(server.url), ...keysOf("other") });
  const answers = await Promise.all([one.ask([{ path: "a" }]), other.ask([{ path: "a" }])]);
  expect(answers.flat().map(textOf)).toEqual(["of key-of-one", "of key-of-other"]);
});

describe("the contract", () => {
  const env = {
    ...keysOf("one"),
    PATH: process.env["PATH"],
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: contractServer.url,
  };
  const checks = contractChecks(
    { executable: plugins.file("awssecrets"), env, cwd: tmpdir() },
    {
      found: { path: "found", value: "value of found" },
      missing: { path: "missing" },
      denied: { path: "denied" },
      bad: { path: "a", metadata: { stage: "x", id: "y" } },
      version: { path: "a", metadata: { version: "x" }, value: "value of a in x" },
      empty: { path: "empty" },
      large: { path: "large", value: "x".repeat(65_536) },
      unicode: { path: "unicode", value: "größe \u{1f511}" },
      cancelled: { path: "slow" },
    },
  );
  for (const { name, run } of checks) it(name, run);
});
