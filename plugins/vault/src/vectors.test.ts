/** The reference's own cases, against the built plugin and a Vault played on this machine. The pure ones are in address.test.ts and settings.test.ts. */
import { tmpdir } from "node:os";
import { openTestStore, type TestAnswer, type TestRequest } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { type KvServer, startKvServer } from "../../../test/servers/kv-v2.ts";
import { type Answer, type RecordedRequest, reply } from "../../../test/servers/scripted-server.ts";
import { awsLogin } from "../../../test/servers/vault-logins.ts";

let executable = "";
let vault: KvServer;
let interfere: ((request: RecordedRequest) => Answer | undefined) | undefined;
beforeAll(async () => {
  executable = (await buildTestPlugins()).file("vault");
  vault = await startKvServer({
    mounts: { secret: "kv2", "secret/engine1": "kv2" },
    interfere: (request) => interfere?.(request),
  });
  vault.put("secret", "foo", { foo: "test2130-9sd-0ds" });
  vault.put("secret/engine1", "some/other/foo2", '{"foo2":"dsfsdf3454456","foo1":"test2130-9sd-0ds"}');
  vault.put("secret", "some/other/foo2", { foo2: "dsfsdf3454456" });
  vault.put("secret", "some/other/foo2", { foo2: "another" });
  vault.put("secret", "empty", {});
  vault.put("secret", "deleted", { a: "b" });
  vault.remove("secret", "deleted", 1);
  vault.addLogin(
    "auth/aws",
    awsLogin({ roles: { "arn:aws:iam::1111111:role/i-orchestration": { boundArn: "*", read: ["secret/*"] } } }),
  );
});
afterAll(() => vault.close());

interface Asked {
  readonly answer: TestAnswer;
  /** `GET secret/data/foo?version=1`. */
  readonly requests: readonly string[];
}

async function ask(request: TestRequest, env: Record<string, string> = {}): Promise<Asked> {
  const from = vault.requests.length;
  const store = await openTestStore({
    executable,
    env: { PATH: process.env["PATH"], VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken, ...env },
    cwd: tmpdir(),
  });
  const [answer] = await store.ask([request]);
  await store.close();
  const requests = vault.requests.slice(from).map(({ method, url }) => `${method} ${url.replace("/v1/", "")}`);
  return { answer: answer!, requests };
}

function valueOf({ answer }: Asked): string {
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code}: ${answer.message}`;
}

/** Made up; the played login looks at their form only. */
const awsKeys = {
  VAULT_TOKEN: "aws_iam",
  AWS_ACCESS_KEY_ID: "made-up",
  AWS_SECRET_ACCESS_KEY: "made-up-too",
  AWS_SESSION_TOKEN: "made-up-as-well",
  AWS_REGION: "eu-west-1",
};

describe("the reference's cases", () => {
  it.each([
    {
      name: "V3: a secret of one key",
      path: "secret___/foo",
      metadata: {},
      value: '{"foo":"test2130-9sd-0ds"}',
      request: "GET secret/data/foo",
    },
    {
      name: "V4: a secret of two keys of a mount of two parts, its keys sorted",
      path: "secret/engine1___/some/other/foo2",
      metadata: {},
      value: '{"foo1":"test2130-9sd-0ds","foo2":"dsfsdf3454456"}',
      request: "GET secret/engine1/data/some/other/foo2",
    },
    {
      name: "V6: a secret without keys",
      path: "secret___/empty",
      metadata: {},
      value: "{}",
      request: "GET secret/data/empty",
    },
    {
      name: "V6: a secret without data",
      path: "secret___/deleted",
      metadata: {},
      value: "",
      request: "GET secret/data/deleted",
    },
    {
      name: "V7: a version",
      path: "secret___/some/other/foo2",
      metadata: { version: "1" },
      value: '{"foo2":"dsfsdf3454456"}',
      request: "GET secret/data/some/other/foo2?version=1",
    },
  ])("$name", async ({ path, metadata, value, request }) => {
    const asked = await ask({ path, metadata });
    expect(valueOf(asked)).toBe(value);
    expect(asked.requests).toEqual([request]);
  });

  it("V5: a secret that is not there", async () => {
    const { answer } = await ask({ path: "secret___/not/there" });
    expect(answer).toMatchObject({ code: "NOT_FOUND", message: "no secret found at secret/data/not/there" });
  });

  it("V5: a secret that may not be read", async () => {
    const { answer } = await ask({ path: "secret___/foo" }, { VAULT_TOKEN: vault.addToken(["secret/data/other"]) });
    expect(answer).toMatchObject({
      code: "PERMISSION_DENIED",
      message: '"secret/data/foo" may not be read: permission denied (403)',
      hint: expect.stringContaining('path "secret/data/foo" { capabilities = ["read"] }') as string,
    });
  });

  it("V8: a version that is no number", async () => {
    const { answer, requests } = await ask({ path: "secret___/some/other/foo2", metadata: { version: "1a" } });
    expect(answer).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'unable to parse version into an integer: strconv.Atoi: parsing "1a": invalid syntax',
    });
    expect(requests).toEqual([]);
  });

  it("V9: a rate that is none", async () => {
    const { answer, requests } = await ask({ path: "secret___/foo" }, { VAULT_TOKEN: "", VAULT_RATE_LIMIT: "wrong" });
    expect(answer).toMatchObject({
      ok: false,
      message:
        "error encountered setting up default configuration: VAULT_RATE_LIMIT was provided but incorrectly formatted\nfailed to initialize the client",
    });
    expect(requests).toEqual([]);
  });

  it("V10: an AWS login without a role", async () => {
    const { answer, requests } = await ask({ path: "secret___/some/other/foo2" }, awsKeys);
    expect(answer).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "role provided is empty, EC2 auth not supported",
      hint: "add [iam_role=<role>] to the token, or set VAULT_ROLE",
    });
    expect(requests).toEqual([]);
  });

  it("V11: an AWS login that is refused", async () => {
    interfere = ({ path }) =>
      path === "/v1/auth/aws/login"
        ? reply(400, "incorrect values supplied", { "content-type": "application/json; charset=utf-8" })
        : undefined;
    const { answer, requests } = await ask(
      { path: "secret___/some/other/foo2", metadata: { version: "1", iam_role: "not_a_role" } },
      awsKeys,
    );
    interfere = undefined;
    expect(answer).toMatchObject({
      code: "UNAUTHENTICATED",
      message: `unable to login to AWS auth method: unable to log in to auth method: unable to log in with AWS auth: Error making API request.\n\nURL: PUT ${vault.url}/v1/auth/aws/login\nCode: 400. Raw Message:\n\nincorrect values supplied. failed to initialize the client`,
    });
    expect(requests).toEqual(["PUT auth/aws/login"]);
  });

  it("V12: an AWS login", async () => {
    const asked = await ask(
      {
        path: "secret___/some/other/foo2",
        metadata: { version: "1", iam_role: "arn:aws:iam::1111111:role/i-orchestration" },
      },
      awsKeys,
    );
    expect(valueOf(asked)).toBe('{"foo2":"dsfsdf3454456"}');
    expect(asked.requests).toEqual(["PUT auth/aws/login", "GET secret/data/some/other/foo2?version=1"]);
  });

  it("V13: an AWS login that gives no token", async () => {
    interfere = ({ path }) => (path === "/v1/auth/aws/login" ? reply(200, '{"auth":{}}') : undefined);
    const { answer } = await ask(
      { path: "secret___/some/other/foo2", metadata: { iam_role: "arn:aws:iam::1111111:role/i-orchestration" } },
      awsKeys,
    );
    interfere = undefined;
    expect(answer).toMatchObject({
      ok: false,
      message:
        "unable to login to AWS auth method: response did not return ClientToken, client token not set. failed to initialize the client",
    });
  });
});
