import type { TestAnswer } from "configmanager/plugin/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../../test/servers/installed.ts";
import { type Moto, type MotoUser, startMoto } from "../../../test/servers/moto.ts";
import { bareEnv, type Env, open, textOf } from "../../../test/servers/ask-aws.ts";

const both = ["ssm:GetParameter", "ssm:GetParameters"];

describeWith("moto", "Parameter Store that checks signatures and permissions", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    await moto.putParameter("/app/secure", "decrypted", { type: "SecureString" });
    await moto.putParameter("/app/list", "a,b,c", { type: "StringList" });
    await moto.putParameter("/app/versions", "first");
    await moto.call("ssm", "LabelParameterVersion", { Name: "/app/versions", ParameterVersion: 1, Labels: ["old"] });
    await moto.putParameter("/app/versions", "second");
    await moto.putParameter("no-slash", "größe \u{1f511}");
    await moto.putParameter("/app/secure", "of another region", { region: "us-east-1" });
  });
  afterAll(() => moto?.close());

  function envOf(user: MotoUser): Env {
    return { ...bareEnv(), ...moto.env, ...user.env };
  }

  function codeOf(answer: TestAnswer | undefined): string {
    return answer === undefined || answer.ok ? "" : answer.code;
  }

  it.each([
    { path: "/app/secure", metadata: {}, expected: "decrypted" },
    { path: "/app/list", metadata: {}, expected: "a,b,c" },
    { path: "/app/versions", metadata: {}, expected: "second" },
    { path: "/app/versions", metadata: { version: "1" }, expected: "first" },
    { path: "/app/versions", metadata: { label: "old" }, expected: "first" },
    { path: "no-slash", metadata: {}, expected: "größe \u{1f511}" },
    { path: "/app/secure", metadata: { region: "us-east-1" }, expected: "of another region" },
  ])("has $path $metadata by a single request", async ({ path, metadata, expected }) => {
    const store = await open("awsparamstr", envOf(await moto.createUser(["ssm:GetParameter"])));
    expect(textOf((await store.ask([{ path, metadata }]))[0])).toBe(expected);
  });

  it.each([
    { name: "by batches", allowed: both },
    { name: "one by one when batches are denied", allowed: ["ssm:GetParameter"] },
  ])("has them all $name", async ({ allowed }) => {
    const store = await open("awsparamstr", envOf(await moto.createUser(allowed)));
    const answers = await store.ask([
      { path: "/app/secure" },
      { path: "/app/versions" },
      { path: "/app/versions", metadata: { version: "1" } },
      { path: "/app/versions", metadata: { label: "old" } },
      { path: "/app/secure", metadata: { region: "us-east-1" } },
      { path: "/app/missing" },
      { path: "/app/versions", metadata: { version: "9" } },
    ]);
    expect(answers.slice(0, 5).map(textOf)).toEqual(["decrypted", "second", "first", "first", "of another region"]);
    expect(answers.slice(0, 4).map((answer) => answer.ok && answer.version)).toEqual(["1", "2", "1", "1"]);
    expect(answers.slice(5).map(codeOf)).toEqual(["NOT_FOUND", "NOT_FOUND"]);
  });

  it("denies who may do nothing, and says which permission on which resource", async () => {
    const store = await open("awsparamstr", envOf(await moto.createUser(["ssm:PutParameter"])));
    const answers = await store.ask([{ path: "/app/secure" }, { path: "no-slash" }]);
    expect(answers).toMatchObject([
      {
        code: "PERMISSION_DENIED",
        hint: 'grant "ssm:GetParameter" on "arn:aws:ssm:eu-west-1:*:parameter/app/secure"',
      },
      { code: "PERMISSION_DENIED", hint: 'grant "ssm:GetParameter" on "arn:aws:ssm:eu-west-1:*:parameter/no-slash"' },
    ]);
  });

  it("refuses a key that it does not know", async () => {
    const store = await open("awsparamstr", { ...bareEnv(), ...moto.env });
    expect((await store.ask([{ path: "/app/secure" }])).map(codeOf)).toEqual(["UNAUTHENTICATED"]);
  });

  it("refuses a secret that is another", async () => {
    const user = await moto.createUser(both);
    const store = await open("awsparamstr", { ...envOf(user), AWS_SECRET_ACCESS_KEY: "another" });
    expect((await store.ask([{ path: "/app/secure" }])).map(codeOf)).toEqual(["UNAUTHENTICATED"]);
  });

  it("has two accounts by two environments", async () => {
    const account = "210987654321";
    await moto.putParameter("/app/secure", "of the other account", { account });
    const one = await open("awsparamstr", envOf(await moto.createUser(both)));
    const other = await open("awsparamstr", envOf(await moto.createUser(both, { account })));
    const answers = await Promise.all([one, other].map((store) => store.ask([{ path: "/app/secure" }])));
    expect(answers.flat().map(textOf)).toEqual(["decrypted", "of the other account"]);
  });
});
