import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestAnswer } from "configmanager/plugin/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askVault, openVault, textOf } from "../../../test/servers/ask-vault.ts";
import { describeWith } from "../../../test/servers/installed.ts";
import { type KvServer, type LoginCheck, startKvServer } from "../../../test/servers/kv-v2.ts";
import { type Moto, startMoto } from "../../../test/servers/moto.ts";
import {
  type Answer,
  json,
  type RecordedRequest,
  reply,
  startScriptedServer,
} from "../../../test/servers/scripted-server.ts";
import { approleLogin, awsLogin, jwtLogin } from "../../../test/servers/vault-logins.ts";

let folder = "";
let vault: KvServer;
let interfere: ((request: RecordedRequest) => Answer | undefined) | undefined;
const read = ["secret/data/*", "database/creds/*"];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vault-logins-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  vault = await startKvServer({
    mounts: { secret: "kv2", "team/secret": "kv2" },
    interfere: (request) => interfere?.(request),
  });
  for (const name of ["app", "other", "third"]) vault.put("secret", name, { a: name });
  vault.put("team/secret", "app", { a: "team" });
});
afterEach(async () => {
  interfere = undefined;
  await vault.close();
});

async function ask(
  env: Record<string, string>,
  path = "secret___/app",
  metadata: Record<string, string> = {},
): Promise<TestAnswer> {
  const [answer] = await askVault({ VAULT_ADDR: vault.url, ...env }, { path, metadata });
  return answer!;
}

const value = '{"a":"app"}';
const made = (): string => `made-up-${randomUUID()}`;

describe("the order of tokens", () => {
  const home = (): string => {
    const path = mkdtempSync(join(folder, "home-"));
    writeFileSync(join(path, ".vault-token"), `${vault.rootToken}\n`);
    return path;
  };

  it("VAULT_TOKEN wins over a login and the home folder", async () => {
    const env = { VAULT_AUTH_METHOD: "approle", VAULT_ROLE_ID: "a", HOME: home() };
    expect(textOf(await ask({ ...env, VAULT_TOKEN: vault.rootToken }))).toBe(value);
    expect(await ask({ ...env, VAULT_TOKEN: "nobody's" })).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(vault.log().filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  it("a login wins over the home folder", async () => {
    const answer = await ask({ VAULT_AUTH_METHOD: "approle", VAULT_ROLE_ID: "a", HOME: home() });
    expect(textOf(answer)).toMatch(
      /^UNAUTHENTICATED: unable to log in at "auth\/approle\/login": no handler for route/,
    );
  });

  it("the token of the home folder comes last", async () => {
    expect(textOf(await ask({ HOME: home() }))).toBe(value);
    expect(textOf(await ask({ HOME: home(), VAULT_AUTH_METHOD: "token" }))).toBe(value);
  });

  it("without any the request goes out all the same, for an agent that adds one", async () => {
    const token = vault.rootToken;
    const agent = await startScriptedServer((request) => {
      expect(request.headers["x-vault-token"]).toBeUndefined();
      return vaultScript(request, token);
    });
    const [answer] = await askVault({ VAULT_ADDR: vault.url, VAULT_AGENT_ADDR: agent.url }, "secret___/app");
    await agent.close();
    expect(textOf(answer)).toBe(value);
  });

  it("without any what was tried is told, in its order", async () => {
    expect(await ask({})).toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(
        /^no token for "127\.0\.0\.1:\d+": VAULT_TOKEN and VAULT_AUTH_METHOD are not set, and ".*\.vault-token" holds none$/,
      ) as string,
      hint: "set VAULT_TOKEN, or VAULT_AUTH_METHOD and what that login needs",
    });
  });

  it("a method that is not known is refused, without naming it", async () => {
    const answer = await ask({ VAULT_AUTH_METHOD: "ldap" });
    expect(answer).toMatchObject({
      code: "INVALID_ARGUMENT",
      hint: expect.stringContaining("approle, kubernetes") as string,
    });
    expect(vault.requests).toHaveLength(0);
  });

  async function vaultScript(request: RecordedRequest, token: string): Promise<Answer> {
    const response = await fetch(`${vault.url}${request.url}`, {
      headers: { "x-vault-token": token, "x-vault-request": "true" },
    });
    return reply(response.status, await response.text());
  }
});

describe("AppRole", () => {
  const role = { roleId: made(), secretId: made(), read };
  const env = { VAULT_AUTH_METHOD: "approle", VAULT_ROLE_ID: role.roleId, VAULT_SECRET_ID: role.secretId };
  beforeEach(() => vault.addLogin("auth/approle", approleLogin(role)));

  it("logs in once for all that is asked", async () => {
    const paths = ["secret___/app", "secret___/other", "secret___/third", "secret___/none"];
    const answers = await askVault({ VAULT_ADDR: vault.url, ...env }, ...paths);
    expect(answers.map(textOf).slice(0, 3)).toEqual([value, '{"a":"other"}', '{"a":"third"}']);
    expect(vault.log().filter((line) => line.startsWith("PUT"))).toEqual(["PUT auth/approle/login"]);
  });

  it("is found at another mount and in another namespace", async () => {
    vault.addLogin("team/auth/apps/ci", approleLogin({ ...role, read: ["team/*"] }));
    const answer = await ask({ ...env, VAULT_AUTH_MOUNT: "apps/ci/", VAULT_NAMESPACE: "team" });
    expect(textOf(answer)).toBe('{"a":"team"}');
    expect(textOf(await ask({ ...env, VAULT_AUTH_MOUNT: "auth/apps/ci", VAULT_NAMESPACE: "team" }))).toBe(
      '{"a":"team"}',
    );
  });

  it("that is refused is tried once, however much is asked, and told with what to check", async () => {
    const paths = Array.from({ length: 40 }, (_, index) => `secret___/${index}`);
    const answers = await askVault({ VAULT_ADDR: vault.url, ...env, VAULT_SECRET_ID: "another" }, ...paths);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        code: "UNAUTHENTICATED",
        message: 'unable to log in at "auth/approle/login": invalid role or secret ID (400)',
        hint: "check VAULT_ROLE_ID and VAULT_SECRET_ID",
      });
    }
    expect(vault.requests).toHaveLength(1);
  });

  it("needs VAULT_ROLE_ID, and may do without a secret id", async () => {
    expect(await ask({ VAULT_AUTH_METHOD: "approle" })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'the login "approle" needs VAULT_ROLE_ID',
    });
    await ask({ VAULT_AUTH_METHOD: "approle", VAULT_ROLE_ID: "a" });
    expect(vault.requests.map(({ text }) => text)).toEqual(['{"role_id":"a"}']);
  });

  it("that Vault cannot take just now is tried again", async () => {
    const answers = [json({ errors: ["internal error"] }, 500), json({ errors: [] }, 429, { "retry-after-ms": "10" })];
    interfere = ({ method }) => (method === "PUT" ? answers.shift() : undefined);
    expect(textOf(await ask(env))).toBe(value);
    expect(vault.issued).toHaveLength(1);
  });

  it("that Vault cannot take at all is unavailable, not refused", async () => {
    vault.seal();
    expect(await ask({ ...env, VAULT_MAX_RETRIES: "0" })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("is sealed") as string,
    });
  });

  it.each([
    { name: "without a token", body: '{"auth":null}' },
    { name: "that is no JSON", body: "<html>" },
  ])("with an answer $name is an error", async ({ body }) => {
    interfere = ({ method }) => (method === "PUT" ? reply(200, body) : undefined);
    expect(await ask(env)).toMatchObject({
      code: "UNKNOWN",
      message: 'unable to log in at "auth/approle/login": response did not return ClientToken, client token not set',
    });
  });

  it("shows no secret in any error, not even when Vault does", async () => {
    interfere = ({ method, text }) => (method === "PUT" ? json({ errors: [`odd body: ${text}`] }, 400) : undefined);
    const secretId = `${role.secretId}"\\made up`;
    const answer = await ask({ ...env, VAULT_SECRET_ID: secretId });
    expect(textOf(answer)).toMatch(/^UNAUTHENTICATED: .*odd body: \{"role_id":"…","secret_id":"…"\}/);
  });
});

describe("a login that has lost its token", () => {
  const role = { roleId: made(), secretId: made(), read };
  const env = { VAULT_AUTH_METHOD: "approle", VAULT_ROLE_ID: role.roleId, VAULT_SECRET_ID: role.secretId };
  const logins = (): number => vault.log().filter((line) => line.startsWith("PUT")).length;

  it("is made again once, by all that were denied together", async () => {
    vault.addLogin("auth/approle", approleLogin(role));
    const store = await openVault({ VAULT_ADDR: vault.url, ...env });
    expect((await store.ask([{ path: "secret___/app" }])).map(textOf)).toEqual([value]);
    vault.revoke(vault.issued[0]!);
    const answers = await store.ask(["app", "other", "third"].map((name) => ({ path: `secret___/${name}` })));
    await store.close();
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(logins()).toBe(2);
  });

  it("is made again once for what nobody may read, however much that is", async () => {
    vault.addLogin("auth/approle", approleLogin({ ...role, read: ["secret/data/app"] }));
    const store = await openVault({ VAULT_ADDR: vault.url, ...env });
    const denied = Array.from({ length: 60 }, (_, index) => ({ path: `secret___/denied/${index}` }));
    const answers = [...(await store.ask(denied)), ...(await store.ask(denied.slice(0, 3)))];
    expect((await store.ask([{ path: "secret___/app" }])).map(textOf)).toEqual([value]);
    await store.close();
    for (const answer of answers) expect(answer).toMatchObject({ code: "PERMISSION_DENIED" });
    expect(logins()).toBe(2);
  });

  it("is made again before its lease is over", async () => {
    vault.addLogin("auth/approle", (body) => ({ ...approle(body), leaseSeconds: 0.001 }));
    const approle = approleLogin(role) as (body: object) => { read: readonly string[] };
    const store = await openVault({ VAULT_ADDR: vault.url, ...env });
    await store.ask([{ path: "secret___/app" }]);
    expect((await store.ask([{ path: "secret___/other" }])).map(textOf)).toEqual(['{"a":"other"}']);
    await store.close();
    expect(logins()).toBe(2);
    expect(vault.log().filter((line) => line.startsWith("GET"))).toHaveLength(2);
  });

  it("is not made again for a token that was given", async () => {
    const env = { VAULT_TOKEN: vault.addToken([]), VAULT_ROLE_ID: "a" };
    expect(await ask(env)).toMatchObject({ code: "PERMISSION_DENIED" });
    expect(vault.requests).toHaveLength(1);
  });
});

describe("Kubernetes", () => {
  const jwt = made();
  beforeEach(() => vault.addLogin("auth/kubernetes", jwtLogin({ name: "app", jwt, read })));

  it("shows the token of a file, read anew", async () => {
    const file = join(folder, "token");
    writeFileSync(file, `${jwt}\n`);
    const env = { VAULT_AUTH_METHOD: "kubernetes", VAULT_ROLE: "app", VAULT_JWT_FILE: file };
    expect(textOf(await ask(env))).toBe(value);
  });

  it("takes the role of the token first, and logs in once for each", async () => {
    vault.addLogin("auth/kubernetes", (body) => ({ read: [`secret/data/${String(body["role"])}`] }));
    const env = { VAULT_ADDR: vault.url, VAULT_AUTH_METHOD: "kubernetes", VAULT_ROLE: "app", VAULT_JWT: jwt };
    const answers = await askVault(
      env,
      "secret___/app",
      { path: "secret___/other", metadata: { role: "other" } },
      { path: "secret___/other", metadata: { role: "other", version: "1" } },
    );
    expect(answers.map(textOf)).toEqual([value, '{"a":"other"}', '{"a":"other"}']);
    const roles = vault.requests.filter(({ method }) => method === "PUT").map(({ text }) => JSON.parse(text) as object);
    expect(roles).toHaveLength(2);
    expect(roles).toEqual(
      expect.arrayContaining([
        { role: "app", jwt },
        { role: "other", jwt },
      ]),
    );
  });

  it.each([
    { name: "no role", env: { VAULT_JWT: "a" }, message: 'the login "kubernetes" needs VAULT_ROLE' },
    {
      name: "no service account",
      env: { VAULT_ROLE: "app" },
      message: 'the token "/var/run/secrets/kubernetes.io/serviceaccount/token" cannot be read',
    },
  ])("with $name is refused before anything is sent", async ({ env, message }) => {
    expect(await ask({ VAULT_AUTH_METHOD: "kubernetes", ...(env as Record<string, string>) })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message,
    });
    expect(vault.requests).toHaveLength(0);
  });
});

describe("JWT", () => {
  const jwt = made();
  const method = { VAULT_AUTH_METHOD: "jwt", VAULT_ROLE: "ci" };
  beforeEach(() => vault.addLogin("auth/jwt", jwtLogin({ name: "ci", jwt, read })));

  it("shows the token of VAULT_JWT", async () => {
    expect(textOf(await ask({ ...method, VAULT_JWT: jwt }))).toBe(value);
  });

  it("goes without a role when Vault has a default one", async () => {
    vault.addLogin("auth/jwt", (body): ReturnType<LoginCheck> => ({ read: "role" in body ? [] : read }));
    expect(textOf(await ask({ VAULT_AUTH_METHOD: "jwt", VAULT_JWT: jwt }))).toBe(value);
  });

  it.each([
    { name: "another role", env: { VAULT_ROLE: "none" }, part: 'role "none" could not be found (400)' },
    { name: "another token", env: { VAULT_JWT: "another" }, part: "permission denied (403)" },
  ])("with $name is refused", async ({ env, part }) => {
    const answer = await ask({ ...method, VAULT_JWT: jwt, ...(env as Record<string, string>) });
    expect(textOf(answer)).toBe(`UNAUTHENTICATED: unable to log in at "auth/jwt/login": ${part}`);
  });

  it("without a token says where one was looked for", async () => {
    expect(await ask(method)).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(
        "VAULT_JWT, VAULT_JWT_FILE and ACTIONS_ID_TOKEN_REQUEST_URL are not set",
      ) as string,
    });
  });

  describe("in a job of GitHub", () => {
    const bearer = made();
    let answer: Answer = reply(200);
    let github: Awaited<ReturnType<typeof startScriptedServer>>;
    beforeEach(async () => {
      answer = json({ count: 1, value: jwt });
      github = await startScriptedServer(() => answer);
    });
    afterEach(() => github.close());
    const job = (): Record<string, string> => ({
      ...method,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    });

    it("asks GitHub for the token, for the audience that is set", async () => {
      expect(textOf(await ask({ ...job(), VAULT_JWT_AUDIENCE: "https://vault.test/a b" }))).toBe(value);
      expect(textOf(await ask(job()))).toBe(value);
      expect(github.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
        ["/token?api-version=2.0&audience=https%3A%2F%2Fvault.test%2Fa+b", `Bearer ${bearer}`],
        ["/token?api-version=2.0", `Bearer ${bearer}`],
      ]);
    });

    it.each([
      { name: "says no", refusal: json({ message: "hunter2" }, 403), part: "gave no id token (403)" },
      { name: "says nothing", refusal: reply(200, "hunter2"), part: "gave no id token (200)" },
    ])("that $name is told", async ({ refusal, part }) => {
      answer = refusal;
      const refused = await ask(job());
      expect(refused).toMatchObject({
        code: "UNAUTHENTICATED",
        message: expect.stringContaining(part) as string,
        hint: "give the job the permission id-token: write",
      });
      expect(JSON.stringify(refused)).not.toMatch(new RegExp(`hunter2|${bearer}`));
      expect(vault.requests).toHaveLength(0);
    });

    it("that cannot just now is asked again", async () => {
      const answers = [reply(503), json({ value: jwt })];
      answer = (response, request) => answers.shift()!(response, request);
      expect(textOf(await ask(job()))).toBe(value);
      expect(github.requests).toHaveLength(2);
    });

    it("that cannot be reached is named", async () => {
      const refused = await ask({ ...job(), ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1:1/token" });
      expect(textOf(refused)).toMatch(/^UNAVAILABLE: cannot reach "127\.0\.0\.1:1"/);
    });
  });
});

describe("AWS", () => {
  const keys = { AWS_ACCESS_KEY_ID: made(), AWS_SECRET_ACCESS_KEY: made(), AWS_SESSION_TOKEN: made() };
  const method = { VAULT_AUTH_METHOD: "aws", VAULT_ROLE: "app", ...keys };
  const roles = { app: { boundArn: "*", read } };

  it("shows a signed request of STS in us-east-1, whatever the region", async () => {
    vault.addLogin("auth/aws", awsLogin({ roles }));
    expect(textOf(await ask({ ...method, AWS_REGION: "eu-west-1" }))).toBe(value);
    const body = JSON.parse(vault.requests[0]!.text) as Record<string, string>;
    const decoded = (name: string): string => Buffer.from(body[name]!, "base64").toString();
    expect(body).toMatchObject({ role: "app", iam_http_request_method: "POST" });
    expect(decoded("iam_request_url")).toBe("https://sts.amazonaws.com/");
    expect(decoded("iam_request_body")).toBe("Action=GetCallerIdentity&Version=2011-06-15");
    expect(JSON.parse(decoded("iam_request_headers"))).toMatchObject({
      Host: ["sts.amazonaws.com"],
      "X-Amz-Security-Token": [keys.AWS_SESSION_TOKEN],
      Authorization: [
        expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=made-up-[^/]+\/\d{8}\/us-east-1\/sts\/aws4_request/),
      ],
    });
  });

  it("signs the header of VAULT_AWS_IAM_SERVER_ID", async () => {
    vault.addLogin("auth/aws", awsLogin({ roles, serverId: "vault.test" }));
    expect(textOf(await ask({ ...method, VAULT_AWS_IAM_SERVER_ID: "vault.test" }))).toBe(value);
    expect(textOf(await ask(method))).toMatch(
      /^UNAUTHENTICATED: unable to login to AWS auth method: .*missing header/s,
    );
  });

  it("takes the role of the token, and another mount", async () => {
    vault.addLogin("auth/amazon", awsLogin({ roles: { special: roles.app } }));
    const env = { ...keys, VAULT_TOKEN: "aws_iam", VAULT_AUTH_MOUNT: "amazon", VAULT_ROLE: "app" };
    expect(textOf(await ask(env, "secret___/app", { iam_role: "special" }))).toBe(value);
  });

  it("without credentials says what was tried", async () => {
    const answer = await ask({ VAULT_AUTH_METHOD: "aws", VAULT_ROLE: "app", AWS_EC2_METADATA_DISABLED: "true" });
    expect(answer).toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringMatching(/AWS/) as string });
    expect(vault.requests).toHaveLength(0);
  });

  it("shows no credential in any error, not even when STS does", async () => {
    interfere = ({ method, text }) => {
      if (method !== "PUT") return undefined;
      const { iam_request_headers: headers } = JSON.parse(text) as Record<string, string>;
      return json({ errors: [`from STS: ${Buffer.from(headers!, "base64").toString()} ${text}`] }, 400);
    };
    const answer = JSON.stringify(await ask(method));
    expect(answer).toContain("from STS");
    for (const secret of Object.values(keys).slice(1)) expect(answer).not.toContain(secret);
    expect(answer).not.toContain(Buffer.from(keys.AWS_SESSION_TOKEN).toString("base64").slice(4, 20));
    expect(answer).not.toMatch(/Signature=[0-9a-f]{64}/);
  });
});

describeWith("moto", "the AWS login before a real STS, signatures checked", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
  });
  afterAll(() => moto.close());

  it("is let in by its signature, and bound to its ARN", async () => {
    const user = await moto.createUser(["sts:GetCallerIdentity"]);
    const roles = { app: { boundArn: user.arn, read }, other: { boundArn: `${user.arn}-not`, read } };
    vault.addLogin("auth/aws", awsLogin({ roles, stsUrl: moto.url, serverId: "vault.test" }));
    const env = { ...user.env, VAULT_TOKEN: "aws_iam", VAULT_AWS_IAM_SERVER_ID: "vault.test" };
    expect(textOf(await ask(env, "secret___/app", { iam_role: "app" }))).toBe(value);
    const other = await ask(env, "secret___/app", { iam_role: "other" });
    expect(textOf(other)).toMatch(/^UNAUTHENTICATED: .*does not belong to the role/s);
  });

  it("is refused with a wrong key, which is not shown", async () => {
    const user = await moto.createUser(["sts:GetCallerIdentity"]);
    vault.addLogin("auth/aws", awsLogin({ roles: { app: { boundArn: "*", read } }, stsUrl: moto.url }));
    const wrong = randomBytes(20).toString("hex");
    const env = { ...user.env, AWS_SECRET_ACCESS_KEY: wrong, VAULT_TOKEN: "aws_iam", VAULT_ROLE: "app" };
    const answer = await ask(env);
    expect(textOf(answer)).toMatch(/^UNAUTHENTICATED: .*received error code 403 from STS/s);
    expect(JSON.stringify(answer)).not.toContain(wrong);
  });
});
