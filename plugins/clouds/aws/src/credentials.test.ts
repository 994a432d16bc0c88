import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createConnections, type StoreLog } from "configmanager/plugin";
import type { TestAnswer } from "configmanager/plugin/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { startCloud } from "../../../../test/servers/cloud.ts";
import {
  type Answer,
  createScript,
  inTurn,
  json,
  malformed,
  type RecordedRequest,
  reply,
  type ScriptedServer,
  stall,
} from "../../../../test/servers/scripted-server.ts";
import {
  askedBy,
  bareEnv,
  type Env,
  keysOf,
  open,
  refusal,
  serve,
  temporaryFolder,
} from "../../../../test/servers/ask-aws.ts";
import { createAwsCredentials } from "./credentials.ts";

/** SSM, whose one value is the key of who asks; STS; and the local endpoints that hand out credentials. */
function cloud(request: RecordedRequest): Answer {
  const { path, method, text } = request;
  if (text.includes("Action=AssumeRole")) return assumedRole(request);
  if (path === "/container") return json(localCredentials("container"));
  if (path === "/latest/api/token") return method === "PUT" ? reply(200, "made-up-session") : reply(405);
  if (path === "/latest/meta-data/iam/security-credentials/") return reply(200, "a-role");
  if (path === "/latest/meta-data/iam/security-credentials/a-role") return json(localCredentials("instance"));
  return json({ Parameter: { Name: "/a", Value: String(askedBy(request)) } });
}

function assumedRole({ text }: RecordedRequest): Answer {
  const input = new URLSearchParams(text);
  const action = input.get("Action") ?? "";
  return reply(
    200,
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>
      <AccessKeyId>key-of-${input.get("RoleSessionName")}</AccessKeyId><SecretAccessKey>made-up</SecretAccessKey>
      <SessionToken>made-up</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
    </Credentials></${action}Result></${action}Response>`,
    { "content-type": "text/xml" },
  );
}

function localCredentials(name: string): object {
  const Expiration = "2100-01-01T00:00:00Z";
  return { Code: "Success", AccessKeyId: `key-of-${name}`, SecretAccessKey: "made-up", Token: "made-up", Expiration };
}

/** Every place has credentials but those of `places`. */
interface Places {
  readonly env?: boolean;
  readonly webIdentity?: boolean;
  readonly profile?: string;
  readonly container?: boolean;
  readonly instance?: boolean;
}

function envOf(server: ScriptedServer, places: Places): Env {
  const base = bareEnv();
  const home = base["HOME"] ?? "";
  mkdirSync(join(home, ".aws"));
  if (places.profile !== undefined) writeFileSync(join(home, ".aws", "config"), places.profile);
  const tokenFile = join(home, "token");
  writeFileSync(tokenFile, "made-up-token");
  return {
    ...base,
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL_SSM: server.url,
    AWS_ENDPOINT_URL_STS: server.url,
    ...(places.env === true ? keysOf("env") : {}),
    ...(places.webIdentity === true
      ? { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: roleArn, AWS_ROLE_SESSION_NAME: "web-identity" }
      : {}),
    ...(places.container === true ? { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/container` } : {}),
    ...(places.instance === true
      ? { AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url }
      : {}),
  };
}

const ssoCredentials = { accessKeyId: "key-of-sso", secretAccessKey: "made-up", sessionToken: "made-up" };
const roleArn = "arn:aws:iam::000000000000:role/a-role";
const staticProfile = "aws_access_key_id = key-of-profile\naws_secret_access_key = made-up\n";

async function ask(env: Env): Promise<TestAnswer> {
  const store = await open("awsparamstr", env);
  const [answer] = await store.ask([{ path: "/a" }]);
  return answer!;
}

async function whoAsks(env: Env): Promise<string> {
  const answer = await ask(env);
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code} ${answer.message}`;
}

describe("the order of credentials", () => {
  const profile = `[default]\n${staticProfile}`;
  it.each<Places & { readonly name: string; readonly expected: string }>([
    {
      name: "the environment",
      expected: "env",
      env: true,
      webIdentity: true,
      profile,
      container: true,
      instance: true,
    },
    { name: "web identity", expected: "web-identity", webIdentity: true, profile, container: true, instance: true },
    { name: "the profile", expected: "profile", profile, container: true, instance: true },
    {
      name: "the container",
      expected: "container",
      profile: "[default]\nregion = x\n",
      container: true,
      instance: true,
    },
    { name: "the instance", expected: "instance", instance: true },
  ])("has $name before what follows", async ({ expected, ...places }) => {
    const server = await serve(cloud);
    expect(await whoAsks(envOf(server, places))).toBe(`key-of-${expected}`);
  });

  it("has the keys of the environment even before AWS_PROFILE", async () => {
    const server = await serve(cloud);
    const env = envOf(server, { env: true, profile: `[profile named]\n${staticProfile}` });
    expect(await whoAsks({ ...env, AWS_PROFILE: "named" })).toBe("key-of-env");
  });

  it("takes the older names of the keys", async () => {
    const server = await serve(cloud);
    const env = envOf(server, {});
    expect(await whoAsks({ ...env, AWS_ACCESS_KEY: "key-of-old", AWS_SECRET_KEY: "made-up" })).toBe("key-of-old");
  });
});

describe("a profile", () => {
  it("is the one of AWS_PROFILE, from either file", async () => {
    const server = await serve(cloud);
    const env = envOf(server, { profile: `[default]\nregion = x\n[profile named]\n${staticProfile}` });
    expect(await whoAsks({ ...env, AWS_PROFILE: "named" })).toBe("key-of-profile");
    const file = join(temporaryFolder(), "credentials");
    writeFileSync(file, `[named]\n${staticProfile.replace("profile", "credentials-file")}`);
    const elsewhere = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: file };
    expect(await whoAsks({ ...env, ...elsewhere, AWS_PROFILE: "named" })).toBe("key-of-credentials-file");
  });

  it("may take on a role with the credentials of another", async () => {
    const server = await serve(cloud);
    const env = envOf(server, {
      profile: `[default]\nrole_arn = ${roleArn}\nrole_session_name = by-role\nsource_profile = base\n[profile base]\n${staticProfile}`,
    });
    expect(await whoAsks(env)).toBe("key-of-by-role");
    expect(server.requests.map(askedBy)).toEqual(["key-of-profile", "key-of-by-role"]);
  });

  it("may name a process", async () => {
    const server = await serve(cloud);
    const program = join(temporaryFolder(), "credentials.sh");
    writeFileSync(
      program,
      `#!/bin/sh\necho '{"Version":1,"AccessKeyId":"key-of-process","SecretAccessKey":"made-up"}'\n`,
    );
    chmodSync(program, 0o700);
    expect(await whoAsks(envOf(server, { profile: `[default]\ncredential_process = ${program}\n` }))).toBe(
      "key-of-process",
    );
  });

  it("whose process fails says so, and nothing that the process said", async () => {
    const server = await serve(cloud);
    const profile = "[default]\ncredential_process = sh -c 'echo made-up-secret >&2; exit 3' made-up-argument\n";
    const answer = await ask(envOf(server, { profile, instance: true }));
    expect(answer).toMatchObject({
      code: "UNAUTHENTICATED",
      message: 'AWS profile "default" gave no credentials: its credential_process failed',
      hint: "run the command of credential_process by hand",
    });
  });

  it("that does not exist is an error, and nothing else is tried", async () => {
    const server = await serve(cloud);
    const answer = await ask({ ...envOf(server, { container: true, instance: true }), AWS_PROFILE: "nobody" });
    expect(answer).toMatchObject({
      code: "UNAUTHENTICATED",
      message: 'AWS profile "nobody" is not in the shared config and credentials files',
    });
    expect(server.requests).toEqual([]);
  });

  it("may have an SSO session, which is asked in its own region and through the proxy", async () => {
    const roleCredentials = { ...ssoCredentials, expiration: Date.parse("2100-01-01") };
    const portal = createScript(() => json({ roleCredentials }));
    const proxied = await startCloud({
      "portal.sso.eu-central-1.amazonaws.com": { handler: portal.listener },
      "ssm.eu-west-1.amazonaws.com": { handler: createScript(cloud).listener },
    });
    onTestFinished(() => proxied.close());
    const server = await serve(cloud);
    const startUrl = "https://example.com/start";
    const env = envOf(server, {
      profile: `[default]\nsso_start_url = ${startUrl}\nsso_region = eu-central-1\nsso_account_id = 000000000000\nsso_role_name = reader\n`,
    });
    const cache = join(env["HOME"] ?? "", ".aws", "sso", "cache");
    mkdirSync(cache, { recursive: true });
    const session = { accessToken: "made-up-session", expiresAt: "2100-01-01T00:00:00Z" };
    writeFileSync(join(cache, `${createHash("sha1").update(startUrl).digest("hex")}.json`), JSON.stringify(session));
    const throughProxy = { ...env, ...proxied.env, AWS_ENDPOINT_URL_SSM: undefined, AWS_ENDPOINT_URL_STS: undefined };
    expect(await whoAsks(throughProxy)).toBe("key-of-sso");
    expect(portal.requests[0]).toMatchObject({
      path: "/federation/credentials",
      headers: { "x-amz-sso_bearer_token": "made-up-session" },
    });
  });

  it("without a valid SSO session says how to log in", async () => {
    const server = await serve(cloud);
    const profile =
      "[default]\nsso_session = work\nsso_account_id = 000000000000\nsso_role_name = reader\n" +
      "[sso-session work]\nsso_start_url = https://example.com/start\nsso_region = eu-west-1\n";
    const answer = await ask(envOf(server, { profile, instance: true }));
    expect(answer).toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(/^AWS profile "default" gave no credentials: .*SSO/),
      hint: 'run "aws sso login --profile default"',
    });
  });
});

describe("web identity", () => {
  it("sends the token to STS in the region", async () => {
    const server = await serve(cloud);
    expect(await whoAsks(envOf(server, { webIdentity: true }))).toBe("key-of-web-identity");
    const [input] = server.requests.map(({ text }) => new URLSearchParams(text));
    expect(Object.fromEntries(input ?? [])).toMatchObject({
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: roleArn,
      WebIdentityToken: "made-up-token",
    });
  });

  it("that is refused says why", async () => {
    const error =
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";
    const server = await serve(() => reply(403, error, { "content-type": "text/xml" }));
    expect(await ask(envOf(server, { webIdentity: true, instance: true }))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: `role "${roleArn}" could not be assumed with the web identity token: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity`,
    });
  });

  it("whose token file is not there says so", async () => {
    const server = await serve(cloud);
    const env = { ...envOf(server, { webIdentity: true }), AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere/token" };
    expect(await ask(env)).toMatchObject({
      code: "UNAUTHENTICATED",
      message: 'web identity token file "/nowhere/token" cannot be read (ENOENT)',
    });
  });
});

describe("the instance metadata", () => {
  it("that does not answer is waited for once, however many values are asked for", async () => {
    const metadata = await serve(() => stall());
    const server = await serve(cloud);
    const env = { ...envOf(server, { instance: true }), AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
    const store = await open("awsparamstr", { ...env, AWS_REGION: undefined });
    const noRegion = await store.ask([{ path: "/a" }, { path: "/b" }]);
    expect(noRegion).toMatchObject([{ code: "INVALID_ARGUMENT" }, { code: "INVALID_ARGUMENT" }]);
    const region = "eu-west-1";
    const asked = Array.from({ length: 30 }, (_, index) => ({ path: `/${index}`, metadata: { region } }));
    for (const answer of await store.ask(asked)) {
      expect(answer).toMatchObject({
        code: "UNAUTHENTICATED",
        message: expect.stringMatching(/, instance metadata \(no answer\)$/),
      });
    }
    expect(metadata.requests).toHaveLength(1);
    expect(server.requests).toEqual([]);
  });

  it("without a role is no error of its own", async () => {
    const server = await serve((request) =>
      request.path.startsWith("/latest/meta-data/iam") ? reply(404) : cloud(request),
    );
    expect(await ask(envOf(server, { instance: true }))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(/, instance metadata \(status 404\)$/),
    });
  });
});

describe("the container's endpoint", () => {
  it("is asked with its token", async () => {
    const server = await serve(cloud);
    const tokenFile = join(temporaryFolder(), "token");
    writeFileSync(tokenFile, "made-up-container-token");
    const env = { ...envOf(server, { container: true }), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile };
    expect(await whoAsks(env)).toBe("key-of-container");
    expect(server.requests[0]).toMatchObject({
      path: "/container",
      headers: { authorization: "made-up-container-token" },
    });
  });

  it.each([
    { name: "it", env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/credentials" } },
    { name: "the instance metadata", env: { AWS_EC2_METADATA_DISABLED: "false" } },
  ])("is not looked for through a proxy, nor is the instance metadata: $name", async ({ env }) => {
    const proxy = await serve(() => reply(502));
    const server = await serve(cloud);
    const answer = await ask({ ...envOf(server, {}), ...env, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url });
    expect(answer.ok).toBe(false);
    expect(proxy.requests).toEqual([]);
  });

  it.each([
    { name: "refuses", answer: refusal("AccessDenied", "no", 403), reason: "Server responded with status: 403" },
    {
      name: "makes no sense",
      answer: malformed('{"SecretAccessKey":"made-up-sec'),
      reason: "its answer cannot be read",
    },
  ])("that $name is an error that quotes nothing", async ({ answer, reason }) => {
    const server = await serve((request) => (request.path === "/container" ? answer : cloud(request)));
    expect(await ask(envOf(server, { container: true, instance: true }))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: `the container's credential endpoint gave no credentials: ${reason}`,
    });
  });
});

describe("credentials in use", () => {
  it("are had anew, once, when the service says that they have ended", async () => {
    const container = inTurn(json(localCredentials("old")), json(localCredentials("new")));
    let containerRequests = 0;
    const server = await serve((request) => {
      if (request.path === "/container") return container({ ...request, index: containerRequests++ });
      if (askedBy(request) === "key-of-old")
        return refusal("ExpiredTokenException", "The security token included in the request is expired");
      return json({ Parameters: namesOf(request).map((Name) => ({ Name, Value: String(askedBy(request)) })) });
    });
    const store = await open("awsparamstr", envOf(server, { container: true }));
    const answers = await store.ask(Array.from({ length: 60 }, (_, index) => ({ path: `/${index}` })));
    expect(answers.map((answer) => answer.ok && Buffer.from(answer.data).toString())).toEqual(
      Array.from({ length: 60 }, () => "key-of-new"),
    );
    expect(containerRequests).toBe(2);
  });

  it("that have ended and cannot be had anew are an error, without another try", async () => {
    const server = await serve(() =>
      refusal("ExpiredTokenException", "The security token included in the request is expired"),
    );
    expect(await ask(envOf(server, { env: true }))).toMatchObject({
      code: "UNAUTHENTICATED",
      message:
        "the AWS credentials have expired: ExpiredTokenException: The security token included in the request is expired (request id made-up-request-id)",
    });
    expect(server.requests).toHaveLength(1);
  });

  it("are asked for a second time only, however often the service says that they have ended", async () => {
    let given = 0;
    const server = await serve((request) =>
      request.path === "/container" ? json(localCredentials(`number-${given++}`)) : refusal("ExpiredToken", "expired"),
    );
    expect(await ask(envOf(server, { container: true }))).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(given).toBe(2);
  });
});

function namesOf(request: RecordedRequest): string[] {
  return (JSON.parse(request.text) as { Names: string[] }).Names;
}

describe("a provider", () => {
  const log: StoreLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

  it("hands out the same credentials until they are about to end", async () => {
    let given = 0;
    const expiry = [new Date(Date.now() + 30_000), new Date("2100-01-01")];
    const server = await serve(() =>
      json({ ...localCredentials(`number-${given}`), Expiration: expiry[Math.min(given++, 1)] }),
    );
    const connections = createConnections({ env: {} });
    onTestFinished(() => connections.close());
    const env = {
      ...bareEnv(),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/container`,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
    const credentials = createAwsCredentials({ env, connections, log });
    const keys = [];
    for (let index = 0; index < 4; index++) keys.push((await credentials()).accessKeyId);
    expect(keys).toEqual(["key-of-number-0", "key-of-number-1", "key-of-number-1", "key-of-number-1"]);
    expect((await credentials({ forceRefresh: true })).accessKeyId).toBe("key-of-number-2");
  });

  it("tries everything once for all that ask at the same time", async () => {
    const server = await serve(() => json(localCredentials("container")));
    const connections = createConnections({ env: {} });
    onTestFinished(() => connections.close());
    const env = {
      ...bareEnv(),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/container`,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
    const credentials = createAwsCredentials({ env, connections, log });
    await Promise.all(Array.from({ length: 20 }, () => credentials()));
    expect(server.requests).toHaveLength(1);
  });
});
