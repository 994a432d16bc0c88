import { tmpdir } from "node:os";
import process from "node:process";
import { contractChecks, type TestAnswer } from "configmanager/plugin/testing";
import { afterAll, describe, expect, it } from "vitest";
import { parseToken } from "../../../internal/token/scanner.ts";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import {
  after,
  type Answer,
  inTurn,
  json,
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
const contractServer = await startScriptedServer((request) => {
  if (request.text.includes("/slow")) return stall();
  if (request.text.includes("/denied")) return refusal("AccessDeniedException", "not authorized");
  if (request.text.includes("/large")) return json({ Parameter: { Name: "/large", Value: "x".repeat(8192) } });
  if (request.text.includes("/unicode")) return json({ Parameter: { Name: "/unicode", Value: "größe \u{1f511}" } });
  if (request.text.includes("/empty")) return json({ Parameter: { Name: "/empty", Value: "" } });
  return parameterStore(request);
});
afterAll(() => contractServer.close());
const contractEnv = {
  ...keysOf("one"),
  PATH: process.env["PATH"],
  AWS_REGION: "eu-west-1",
  AWS_ENDPOINT_URL: contractServer.url,
};

/** What the host asks of the store for a token. */
function requestOf(token: string): { path: string; metadata: Record<string, string> } {
  const prefixes = new Set(["AWSPARAMSTR"]);
  const { path, metadata } = parseToken(token, { tokenSeparator: "://", keySeparator: "|", prefixes });
  return { path, metadata: Object.fromEntries(metadata) };
}

/** Parameter Store with a value for every name but those with "missing". */
function parameterStore(request: RecordedRequest): Answer {
  const { Name, Names } = inputOf(request) as { Name?: string; Names?: string[] };
  if (Names === undefined) {
    const parameter = toParameter(Name ?? "");
    return parameter === undefined ? refusal("ParameterNotFound") : json({ Parameter: parameter });
  }
  const parameters = Names.map(toParameter);
  return json({
    // In another order than they were asked for, as the service may.
    Parameters: parameters.filter((parameter) => parameter !== undefined).toReversed(),
    InvalidParameters: Names.filter((_name, index) => parameters[index] === undefined),
  });
}

function toParameter(asked: string): object | undefined {
  if (asked.includes("missing")) return undefined;
  const [, name = "", selector] = /^((?:arn:(?:[^:]*:){4})?[^:]*)(:.*)?$/.exec(asked) ?? [];
  return {
    Name: name.replace(/^arn:.*:parameter/, ""),
    Type: "SecureString",
    Value: `value of ${asked.replace(/^arn:.*:parameter/, "")}`,
    Version: Number(selector?.slice(1)) || 7,
    ...(selector === undefined ? {} : { Selector: selector }),
    ARN: name.startsWith("arn:") ? name : `arn:aws:ssm:eu-west-1:000000000000:parameter${name}`,
  };
}

function failureOf(answer: TestAnswer | undefined): { code: string; message: string; hint: string } {
  if (answer === undefined || answer.ok) throw new Error("the store answered with a value");
  return answer;
}

describe("the reference vectors", () => {
  it("P1: asks for the name as written, decrypted, and gives the value whole", async () => {
    const server = await serve(() => json({ Parameter: { Name: "/token/1", Value: "someVal" } }));
    const store = await open("awsparamstr", serverEnv(server.url));
    const [answer] = await store.ask([requestOf("AWSPARAMSTR:///token/1")]);
    expect(textOf(answer)).toBe("someVal");
    expect(inputOf(server.requests[0])).toEqual({ Name: "/token/1", WithDecryption: true });
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": "AmazonSSM.GetParameter", "content-type": "application/x-amz-json-1.1" },
    });
    expect(server.requests[0]?.headers.authorization).toContain("/eu-west-1/ssm/aws4_request");
  });

  it("P2: does not see the key path", async () => {
    const server = await serve(() => json({ Parameter: { Name: "/token/1", Value: "someVal" } }));
    const store = await open("awsparamstr", serverEnv(server.url));
    const [answer] = await store.ask([requestOf("AWSPARAMSTR:///token/1|somekey")]);
    expect(textOf(answer)).toBe("someVal");
    expect(inputOf(server.requests[0])).toEqual({ Name: "/token/1", WithDecryption: true });
  });

  it.each([1, 2] as const)("P3: gives the error text, and an empty value for none (protocol %i)", async (protocol) => {
    const server = await serve(
      inTurn(refusal("SomeException", "unable to retrieve"), json({ Parameter: { Name: "/token/1", Value: null } })),
    );
    const store = await open("awsparamstr", serverEnv(server.url), protocol);
    const request = requestOf("AWSPARAMSTR:///token/1");
    expect(failureOf((await store.ask([request]))[0]).message).toContain("unable to retrieve");
    expect(textOf((await store.ask([request]))[0])).toBe("");
  });
});

describe("a batch", () => {
  const paths = Array.from({ length: 100 }, (_, index) => ({ path: `/p/${index}` }));

  it("keeps a hundred parameters below a quota of forty requests a second", async () => {
    const came: number[] = [];
    const server = await serve((request) => {
      const now = performance.now();
      came.push(now);
      const recent = came.filter((at) => now - at < 1000).length;
      return recent > 40 ? refusal("ThrottlingException", "Rate exceeded") : after(30, parameterStore(request));
    });
    const store = await open("awsparamstr", serverEnv(server.url));
    const answers = await store.ask(paths);
    expect(answers.map(textOf)).toEqual(paths.map(({ path }) => `value of ${path}`));
    expect(server.requests.length).toBeLessThanOrEqual(12);
    expect(server.connections()).toBeLessThanOrEqual(8);
  });

  it("leads each value back to all that asked for it", async () => {
    const server = await serve(parameterStore);
    const store = await open("awsparamstr", serverEnv(server.url));
    const arn = "arn:aws:ssm:eu-west-1:000000000000:parameter/a";
    const answers = await store.ask([
      { path: "/a" },
      { path: "/a", metadata: { version: "3" } },
      { path: "/a:3" },
      { path: "/a", metadata: { label: "prod" } },
      { path: "/a", metadata: { region: "eu-west-1" } },
      { path: arn },
      { path: `${arn}:3` },
      { path: "a" },
    ]);
    expect(answers.map(textOf)).toEqual([
      "value of /a",
      "value of /a:3",
      "value of /a:3",
      "value of /a:prod",
      "value of /a",
      "value of /a",
      "value of /a:3",
      "value of a",
    ]);
    expect(answers.map((answer) => answer.ok && answer.version)).toEqual(["7", "3", "3", "7", "7", "7", "3", "7"]);
    expect(server.requests.map(inputOf)).toEqual([
      { Names: ["/a", "/a:3", "/a:prod", arn, `${arn}:3`, "a"], WithDecryption: true },
    ]);
  });

  it("tells what is not there from what is", async () => {
    const server = await serve(parameterStore);
    const store = await open("awsparamstr", serverEnv(server.url));
    const [found, missing, version] = await store.ask([
      { path: "/a" },
      { path: "/missing" },
      { path: "/missing", metadata: { version: "9" } },
    ]);
    expect(textOf(found)).toBe("value of /a");
    expect(failureOf(missing)).toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringMatching(/^"\/missing" was not found: ParameterNotFound/),
      hint: 'check its name and version, and that it is in region "eu-west-1"',
    });
    expect(failureOf(version)).toMatchObject({ code: "NOT_FOUND", message: expect.stringContaining('"/missing:9"') });
    expect(server.requests).toHaveLength(1);
  });

  it("asks singly for a parameter that the reply does not speak of", async () => {
    const server = await serve((request) =>
      operationOf(request) === "GetParameters"
        ? json({ Parameters: [toParameter("/a")], InvalidParameters: [] })
        : parameterStore(request),
    );
    const store = await open("awsparamstr", serverEnv(server.url));
    const answers = await store.ask([{ path: "/a" }, { path: "/b" }]);
    expect(answers.map(textOf)).toEqual(["value of /a", "value of /b"]);
    expect(server.requests.map(operationOf)).toEqual(["GetParameters", "GetParameter"]);
  });

  it("asks singly for two parameters of the same name, of which one is of another account", async () => {
    const shared = "arn:aws:ssm:eu-west-1:999999999999:parameter/a";
    const server = await serve((request) => {
      const own = { Name: "/a", Value: "own", ARN: "arn:aws:ssm:eu-west-1:000000000000:parameter/a" };
      const other = { Name: "/a", Value: "shared", ARN: shared };
      if (operationOf(request) === "GetParameters") return json({ Parameters: [own, other] });
      return json({ Parameter: inputOf(request)["Name"] === shared ? other : own });
    });
    const store = await open("awsparamstr", serverEnv(server.url));
    const answers = await store.ask([{ path: "/a" }, { path: shared }]);
    expect(answers.map(textOf)).toEqual(["own", "shared"]);
    expect(server.requests).toHaveLength(2);
  });

  it("never takes one version for another", async () => {
    const server = await serve((request) =>
      operationOf(request) === "GetParameters"
        ? json({ Parameters: [{ Name: "/a", Value: "of another version", Version: 2, Selector: ":2" }] })
        : parameterStore(request),
    );
    const store = await open("awsparamstr", serverEnv(server.url));
    const answers = await store.ask([{ path: "/a" }, { path: "/a:3" }]);
    expect(answers.map(textOf)).toEqual(["value of /a", "value of /a:3"]);
  });

  it("is asked of each region by itself, through one client for each", async () => {
    const server = await serve(parameterStore);
    const store = await open("awsparamstr", serverEnv(server.url));
    const answers = await store.ask([
      { path: "/a" },
      { path: "/b" },
      { path: "/a", metadata: { region: "us-east-1" } },
      { path: "/b", metadata: { region: "us-east-1" } },
      { path: "/c", metadata: { region: "no region" } },
    ]);
    expect(answers.slice(0, 4).map(textOf)).toEqual(["value of /a", "value of /b", "value of /a", "value of /b"]);
    expect(failureOf(answers[4])).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: '"no region" is not the name of an AWS region',
    });
    expect(new Set(server.requests.map(regionOf))).toEqual(new Set(["eu-west-1", "us-east-1"]));
    expect(server.requests).toHaveLength(2);
  });

  it("that is denied is asked for one by one, and no other is tried in that region", async () => {
    const server = await serve((request) =>
      operationOf(request) === "GetParameters"
        ? refusal(
            "AccessDeniedException",
            "User: arn:aws:iam::000000000000:user/x is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:000000000000:parameter/p/0",
          )
        : parameterStore(request),
    );
    const store = await open("awsparamstr", serverEnv(server.url));
    const first = await store.ask(paths.slice(0, 20));
    expect(first.map(textOf)).toEqual(paths.slice(0, 20).map(({ path }) => `value of ${path}`));
    const tried = server.requests.map(operationOf).filter((operation) => operation === "GetParameters").length;
    expect(tried).toBeLessThanOrEqual(2);
    const second = await store.ask(paths.slice(0, 20));
    expect(second.every(({ ok }) => ok)).toBe(true);
    expect(server.requests).toHaveLength(tried + 40);
    await store.ask(["/a", "/b"].map((path) => ({ path, metadata: { region: "us-east-1" } })));
    expect(server.requests.slice(tried + 40).map(operationOf)).toContain("GetParameters");
  });

  it.each([
    { name: "one name is not valid", code: "ValidationException", message: "1 validation error detected" },
    { name: "a key is not there", code: "InvalidKeyId", message: "the KMS key is disabled" },
    {
      name: "a key may not decrypt",
      code: "AccessDeniedException",
      message: "The ciphertext refers to a KMS key that does not exist or that you are not allowed to access",
    },
  ])("that is refused because $name is asked for one by one, and others are tried", async ({ code, message }) => {
    const server = await serve((request) =>
      request.text.includes("/poison") ? refusal(code, message) : parameterStore(request),
    );
    const store = await open("awsparamstr", serverEnv(server.url));
    const [good, poison, other] = await store.ask([{ path: "/good" }, { path: "/poison" }, { path: "/other" }]);
    expect([good, other].map(textOf)).toEqual(["value of /good", "value of /other"]);
    expect(failureOf(poison).message).toContain(`${code}: ${message} (request id made-up-request-id)`);
    expect(server.requests).toHaveLength(4);
    await store.ask([{ path: "/good" }, { path: "/other" }]);
    expect(operationOf(server.requests[4])).toBe("GetParameters");
  });

  it("never holds a name that cannot be one", async () => {
    const server = await serve((request) =>
      request.text.includes("ß") ? refusal("ValidationException", "not a valid name") : parameterStore(request),
    );
    const store = await open("awsparamstr", serverEnv(server.url));
    const [bad, ...good] = await store.ask([{ path: "/größe" }, { path: "/a" }, { path: "/b" }]);
    expect(failureOf(bad)).toMatchObject({ code: "INVALID_ARGUMENT", hint: "check the name" });
    expect(good.map(textOf)).toEqual(["value of /a", "value of /b"]);
    expect(server.requests.map(operationOf).toSorted()).toEqual(["GetParameter", "GetParameters"]);
  });

  it("is formed of calls of protocol 1 that come together", async () => {
    const server = await serve(parameterStore);
    const store = await open("awsparamstr", serverEnv(server.url), 1);
    const answers = await store.ask(paths.slice(0, 10));
    expect(answers.map(textOf)).toEqual(paths.slice(0, 10).map(({ path }) => `value of ${path}`));
    expect(server.requests.length).toBeLessThan(10);
  });

  it("that is not answered holds up no other", async () => {
    const server = await serve((request) => (request.text.includes("/p/1") ? stall() : parameterStore(request)));
    const store = await open("awsparamstr", serverEnv(server.url));
    const abort = new AbortController();
    const hanging = store.ask(paths.slice(1, 3), abort.signal).catch((error: unknown) => error);
    await server.received(1);
    expect((await store.ask([{ path: "/q" }, { path: "/r" }])).map(textOf)).toEqual(["value of /q", "value of /r"]);
    abort.abort(new Error("enough"));
    expect(await hanging).toMatchObject({ message: "enough" });
  });
});

describe("two accounts", () => {
  it("are two processes, each with its own keys", async () => {
    const server = await serve((request) => json({ Parameter: { Name: "/a", Value: `of ${askedBy(request)}` } }));
    const one = await open("awsparamstr", serverEnv(server.url));
    const other = await open("awsparamstr", { ...serverEnv(server.url), ...keysOf("other") });
    const answers = await Promise.all([one.ask([{ path: "/a" }]), other.ask([{ path: "/a" }])]);
    expect(answers.flat().map(textOf)).toEqual(["of key-of-one", "of key-of-other"]);
  });
});

describe("without credentials", () => {
  it("says what was tried, in order", async () => {
    const store = await open("awsparamstr", { ...bareEnv(), AWS_REGION: "eu-west-1" });
    const [answer] = await store.ask([{ path: "/a" }, { path: "/b" }]);
    expect(failureOf(answer)).toMatchObject({
      code: "UNAUTHENTICATED",
      message:
        "no AWS credentials were found, tried AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY (not both set), AWS_WEB_IDENTITY_TOKEN_FILE (not set), " +
        'profile "default" (not in the shared config and credentials files), AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI (not set), ' +
        "instance metadata (AWS_EC2_METADATA_DISABLED)",
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run "aws configure"',
    });
  });
});

describe("the contract", () => {
  const checks = contractChecks(
    { executable: plugins.file("awsparamstr"), env: contractEnv, cwd: tmpdir() },
    {
      found: { path: "/found", value: "value of /found" },
      missing: { path: "/missing" },
      denied: { path: "/denied" },
      bad: { path: "/a", metadata: { version: "latest" } },
      version: { path: "/a", metadata: { version: "3" }, value: "value of /a:3" },
      empty: { path: "/empty" },
      large: { path: "/large", value: "x".repeat(8192) },
      unicode: { path: "/unicode", value: "größe \u{1f511}" },
      cancelled: { path: "/slow" },
    },
  );
  for (const { name, run } of checks) it(name, run);
});
