import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { TestAnswer } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestCa } from "../../../../test/servers/certificates.ts";
import { type Backend, type Cloud, type CloudOptions, startCloud } from "../../../../test/servers/cloud.ts";
import {
  type Answer,
  createScript,
  inTurn,
  json,
  malformed,
  type RecordedRequest,
  reply,
  reset,
  resetInBody,
  stall,
  startScriptedServer,
} from "../../../../test/servers/scripted-server.ts";
import {
  bareEnv,
  type Env,
  inputOf,
  keysOf,
  open,
  refusal,
  serve,
  serverEnv,
  temporaryFolder,
} from "../../../../test/servers/ask-aws.ts";

const found = json({ Parameter: { Name: "/a", Value: "found", Version: 1 } });

async function ask(env: Env, path = "/a"): Promise<TestAnswer> {
  const store = await open("awsparamstr", env);
  const [answer] = await store.ask([{ path }]);
  return answer!;
}

function hostOf({ url }: { readonly url: string }): string {
  return new URL(url).host;
}

function textOrError(answer: TestAnswer): string {
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code} ${answer.message}`;
}

describe("trying again", () => {
  it.each<{ readonly name: string; readonly answer: Answer }>([
    { name: "a reset", answer: reset() },
    { name: "a reset in the body", answer: resetInBody('{"Parameter":{"Name":"/a","Value":"cut"}}') },
    { name: "an answer that breaks off", answer: malformed('{"Parameter":{"Name":"/a","Value":"cut') },
    { name: "an error of the service", answer: refusal("InternalServerError", "try again", 500) },
    {
      name: "an error of something in between",
      answer: reply(503, "<html>busy</html>", { "content-type": "text/html" }),
    },
    { name: "throttling", answer: refusal("ThrottlingException", "Rate exceeded", 400, { "x-amz-retry-after": "20" }) },
    { name: "throttling by status", answer: reply(429, "", { "retry-after": "0" }) },
  ])("helps against $name", async ({ answer }) => {
    const server = await serve(inTurn(answer, found));
    expect(textOrError(await ask(serverEnv(server.url)))).toBe("found");
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    { attempts: undefined, expected: 3 },
    { attempts: "1", expected: 1 },
    { attempts: "2", expected: 2 },
    { attempts: "none", expected: 3 },
  ])("ends after $expected attempts when AWS_MAX_ATTEMPTS is $attempts", async ({ attempts, expected }) => {
    const server = await serve(() => refusal("InternalServerError", "broken", 500));
    const answer = await ask({ ...serverEnv(server.url), AWS_MAX_ATTEMPTS: attempts });
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: `"${hostOf(server)}" failed: InternalServerError: broken (request id made-up-request-id)`,
    });
    expect(server.requests).toHaveLength(expected);
  });

  it("hands the host the wait of a service that throttles to the end", async () => {
    const server = await serve(() => refusal("ThrottlingException", "Rate exceeded"));
    const answer = await ask({ ...serverEnv(server.url), AWS_MAX_ATTEMPTS: "2" });
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: `"${hostOf(server)}" has too much to do: ThrottlingException: Rate exceeded (request id made-up-request-id)`,
    });
    expect(server.requests).toHaveLength(2);
  });

  it("is not for what stays as it is", async () => {
    const server = await serve(() => refusal("ValidationException", "no"));
    await ask(serverEnv(server.url));
    expect(server.requests).toHaveLength(1);
  });
});

describe("a clock that is wrong", () => {
  const anHourAhead = (): Record<string, string> => ({ date: new Date(Date.now() + 3_600_000).toUTCString() });

  /** Takes what was signed at its own time, an hour from now. */
  function strict(request: RecordedRequest): Answer {
    const signedAt = Date.parse(
      String(request.headers["x-amz-date"]).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"),
    );
    const isRight = Math.abs(signedAt - (Date.now() + 3_600_000)) < 300_000;
    if (!isRight)
      return refusal("InvalidSignatureException", "Signature expired: it is now another time", 400, anHourAhead());
    const { Names, Name } = inputOf(request) as { Names?: string[]; Name?: string };
    const body =
      Names === undefined
        ? { Parameter: { Name, Value: "found" } }
        : { Parameters: Names.map((each) => ({ Name: each, Value: "found" })) };
    return json(body, 200, anHourAhead());
  }

  it("is put right by the server's Date, once", async () => {
    const server = await serve(strict);
    const store = await open("awsparamstr", { ...serverEnv(server.url), AWS_MAX_ATTEMPTS: "1" });
    expect((await store.ask([{ path: "/a" }])).map(textOrError)).toEqual(["found"]);
    expect(server.requests).toHaveLength(2);
    expect((await store.ask([{ path: "/b" }])).map(textOrError)).toEqual(["found"]);
    expect(server.requests).toHaveLength(3);
  });

  it("is put right for requests of the same time, each tried twice at most", async () => {
    const server = await serve(strict);
    const store = await open("awsparamstr", { ...serverEnv(server.url), AWS_MAX_ATTEMPTS: "1" });
    const answers = await store.ask(Array.from({ length: 40 }, (_, index) => ({ path: `/${index}` })));
    expect(answers.map(textOrError)).toEqual(answers.map(() => "found"));
    expect(server.requests.length).toBeLessThanOrEqual(8);
  });

  it("is an error when the server will not have the right time either", async () => {
    const server = await serve(() => refusal("InvalidSignatureException", "Signature expired: x", 400, anHourAhead()));
    expect(await ask(serverEnv(server.url))).toMatchObject({
      code: "UNAUTHENTICATED",
      message:
        'the request for "/a" was signed at another time: InvalidSignatureException: Signature expired: x (request id made-up-request-id)',
      hint: "set the clock of this machine",
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe("an error of the service", () => {
  it.each([
    {
      name: "not found",
      answer: refusal("ParameterNotFound"),
      code: "NOT_FOUND",
      message: '"/a" was not found: ParameterNotFound (request id made-up-request-id)',
      hint: 'check its name and version, and that it is in region "eu-west-1"',
    },
    {
      name: "a version that is not there",
      answer: refusal("ParameterVersionNotFound", "Systems Manager could not find version 9 of /a"),
      code: "NOT_FOUND",
      message: expect.stringContaining("could not find version 9"),
      hint: expect.any(String),
    },
    {
      name: "denied, with the resource of the service",
      answer: refusal(
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:user/x is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:000000000000:parameter/a because no identity-based policy allows the ssm:GetParameter action",
      ),
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/^"\/a" may not be read: AccessDeniedException: User: /),
      hint: 'grant "ssm:GetParameter" on "arn:aws:ssm:eu-west-1:000000000000:parameter/a"',
    },
    {
      name: "denied, without",
      answer: refusal("AccessDeniedException", "no"),
      code: "PERMISSION_DENIED",
      message: '"/a" may not be read: AccessDeniedException: no (request id made-up-request-id)',
      hint: 'grant "ssm:GetParameter" on "arn:aws:ssm:eu-west-1:*:parameter/a"',
    },
    {
      name: "denied on purpose",
      answer: refusal(
        "AccessDeniedException",
        "User: x is not authorized to perform: ssm:GetParameter on resource: y with an explicit deny in a service control policy",
      ),
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("explicit deny"),
      hint: 'take away the explicit deny of "ssm:GetParameter" on "y"',
    },
    {
      name: "denied by the key",
      answer: refusal("AccessDeniedException", "not authorized to perform: kms:Decrypt on this resource"),
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("kms:Decrypt"),
      hint: 'grant "kms:Decrypt" on the KMS key that encrypts it, as well as "ssm:GetParameter"',
    },
    {
      name: "a key that is gone",
      answer: refusal("InvalidKeyId", "arn:aws:kms:… is disabled."),
      code: "UNKNOWN",
      message: expect.stringMatching(/^"\/a" cannot be decrypted: InvalidKeyId/),
      hint: "check that its KMS key is there and enabled",
    },
    {
      name: "an unknown key of access",
      answer: refusal("UnrecognizedClientException", "The security token included in the request is invalid."),
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(/^the AWS credentials are not accepted: UnrecognizedClientException/),
      hint: 'check the access key, its secret and session token, and that region "eu-west-1" is enabled',
    },
    {
      name: "a wrong signature",
      answer: refusal("InvalidSignatureException", "The request signature we calculated does not match", 403),
      code: "UNAUTHENTICATED",
      message: expect.stringContaining("does not match"),
      hint: expect.any(String),
    },
    {
      name: "one that is not known here",
      answer: refusal("SomethingNewException", "its text"),
      code: "UNKNOWN",
      message: '"/a" could not be read: SomethingNewException: its text (request id made-up-request-id)',
      hint: "",
    },
  ])("is $name", async ({ answer, code, message, hint }) => {
    const server = await serve(() => answer);
    expect(await ask(serverEnv(server.url))).toMatchObject({ code, message, hint });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    { name: "an answer that is cut off", answer: malformed('{"Parameter":{"Value":"made-up-secret') },
    {
      name: "a page of somebody else",
      answer: reply(200, "<html>made-up-secret</html>", { "content-type": "text/html" }),
    },
  ])("quotes nothing of $name", async ({ answer }) => {
    const server = await serve(() => answer);
    const failure = await ask(serverEnv(server.url));
    expect(failure).toMatchObject({
      code: "UNKNOWN",
      message: `"${hostOf(server)}" gave an answer that cannot be read`,
    });
    expect(JSON.stringify(failure)).not.toContain("made-up-secret");
  });
});

describe("the network", () => {
  it("is an error with the host and the reason when the connection is refused", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, "close");
    expect(await ask(serverEnv(`http://127.0.0.1:${port}`))).toMatchObject({
      code: "UNAVAILABLE",
      message: `cannot reach "127.0.0.1:${port}": the connection was refused (ECONNREFUSED)`,
    });
  });

  it("is an error that doubts the region when there is no such host", async () => {
    const env = { ...serverEnv(""), AWS_ENDPOINT_URL: undefined, AWS_REGION: "eu-nowhere-1", NO_PROXY: "*" };
    const answer = await ask(env);
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining('"ssm.eu-nowhere-1.amazonaws.com"') });
    expect(["UNAVAILABLE", "DEADLINE_EXCEEDED"]).toContain(answer.ok ? "" : answer.code);
  });

  it("is an error when TLS is not trusted", async () => {
    const cloud = await openCloud({ "*.amazonaws.com": { handler: createScript(() => found).listener } });
    expect(await ask({ ...cloudEnv(cloud), NODE_EXTRA_CA_CERTS: undefined })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining('cannot reach "ssm.eu-west-1.amazonaws.com": its certificate is not trusted'),
    });
  });
});

async function openCloud(routes: Record<string, Backend>, options?: CloudOptions): Promise<Cloud> {
  const cloud = await startCloud(routes, options);
  onTestFinished(() => cloud.close());
  return cloud;
}

function cloudEnv(cloud: Cloud): Env {
  return { ...bareEnv(), ...keysOf("one"), AWS_REGION: "eu-west-1", ...cloud.env };
}

describe("a proxy", () => {
  it("is gone through to the service's own address", async () => {
    const script = createScript(() => found);
    const cloud = await openCloud({ "ssm.eu-west-1.amazonaws.com": { handler: script.listener } });
    expect(textOrError(await ask(cloudEnv(cloud)))).toBe("found");
    expect(cloud.connects).toEqual(["ssm.eu-west-1.amazonaws.com:443"]);
    expect(script.requests[0]?.host).toBe("ssm.eu-west-1.amazonaws.com");
  });

  it("is gone through to STS too", async () => {
    const sts = createScript(() =>
      reply(
        200,
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><SessionToken>c</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        { "content-type": "text/xml" },
      ),
    );
    const cloud = await openCloud({
      "ssm.eu-west-1.amazonaws.com": { handler: createScript(() => found).listener },
      "sts.eu-west-1.amazonaws.com": { handler: sts.listener },
    });
    const file = join(temporaryFolder(), "token");
    writeFileSync(file, "made-up");
    const env = { ...bareEnv(), AWS_REGION: "eu-west-1", ...cloud.env };
    const webIdentity = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: "arn:aws:iam::000000000000:role/a" };
    expect(textOrError(await ask({ ...env, ...webIdentity }))).toBe("found");
    expect(cloud.connects).toEqual(["sts.eu-west-1.amazonaws.com:443", "ssm.eu-west-1.amazonaws.com:443"]);
  });

  it("is not gone through to hosts of NO_PROXY", async () => {
    const cloud = await openCloud({});
    const ca = await createTestCa();
    onTestFinished(() => ca.remove());
    const server = await startScriptedServer(() => found, { tls: await ca.certificateFor(["localhost"]) });
    onTestFinished(() => server.close());
    const env = { ...cloudEnv(cloud), NODE_EXTRA_CA_CERTS: ca.caFile, NO_PROXY: "localhost" };
    expect(textOrError(await ask({ ...env, AWS_ENDPOINT_URL: `https://localhost:${server.port}` }))).toBe("found");
    expect(cloud.connects).toEqual([]);
  });

  it("that refuses is an error with its address", async () => {
    const cloud = await openCloud({}, { refuseWith: 403 });
    expect(await ask(cloudEnv(cloud))).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/^cannot reach "ssm\.eu-west-1\.amazonaws\.com" through the proxy .*\(403\)$/),
    });
  });
});

describe("settings of the environment", () => {
  it("may add CAs by AWS_CA_BUNDLE", async () => {
    const cloud = await openCloud({ "*.amazonaws.com": { handler: createScript(() => found).listener } });
    const env = { ...cloudEnv(cloud), NODE_EXTRA_CA_CERTS: undefined, AWS_CA_BUNDLE: cloud.ca.caFile };
    expect(textOrError(await ask(env))).toBe("found");
  });

  it("may name a CA bundle that is not there", async () => {
    expect(await ask({ ...serverEnv("http://127.0.0.1:9"), AWS_CA_BUNDLE: "/nowhere/ca.pem" })).toMatchObject({
      code: "UNKNOWN",
      message: expect.stringContaining('the CA certificates of "/nowhere/ca.pem" cannot be read'),
      hint: "correct AWS_CA_BUNDLE",
    });
  });

  it("may name an endpoint that is none", async () => {
    expect(await ask(serverEnv("nowhere"))).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "the endpoint of AWS that is configured is not a URL",
    });
  });

  it.each([
    { name: "FIPS", env: { AWS_USE_FIPS_ENDPOINT: "true" }, host: "ssm-fips.us-east-1.amazonaws.com" },
    { name: "dual stack", env: { AWS_USE_DUALSTACK_ENDPOINT: "true" }, host: "ssm.us-east-1.api.aws" },
    {
      name: "no configured endpoints",
      env: { AWS_ENDPOINT_URL: "https://elsewhere.example.com", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      host: "ssm.us-east-1.amazonaws.com",
    },
    {
      name: "an endpoint of the service before that of all",
      env: { AWS_ENDPOINT_URL: "https://all.example.com", AWS_ENDPOINT_URL_SSM: "https://ssm.example.com" },
      host: "ssm.example.com",
    },
    { name: "China", env: { AWS_REGION: "cn-north-1" }, host: "ssm.cn-north-1.amazonaws.com.cn" },
  ])("may choose $name", async ({ env, host }) => {
    const cloud = await openCloud({ [host]: { handler: createScript(() => found).listener } });
    expect(textOrError(await ask({ ...cloudEnv(cloud), AWS_REGION: "us-east-1", ...env }))).toBe("found");
    expect(cloud.connects).toEqual([`${host}:443`]);
  });
});

it("the SDK's word on how old Node is reaches nobody", async () => {
  const server = await serve(() => found);
  const file = join(temporaryFolder(), "warnings");
  expect(textOrError(await ask({ ...serverEnv(server.url), NODE_OPTIONS: `--redirect-warnings=${file}` }))).toBe(
    "found",
  );
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe("");
});

it("a request that is canceled ends its connection", async () => {
  const server = await serve(() => stall());
  const store = await open("awsparamstr", serverEnv(server.url));
  const abort = new AbortController();
  const pending = store.ask([{ path: "/a" }], abort.signal).catch((error: unknown) => error);
  await server.received(1);
  abort.abort(new Error("enough"));
  expect(await pending).toMatchObject({ message: "enough" });
});
