import type { TestAnswer } from "configmanager/plugin/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../../test/servers/installed.ts";
import { type Moto, type MotoUser, startMoto } from "../../../test/servers/moto.ts";
import { bareEnv, type Env, open, textOf } from "../../../test/servers/ask-aws.ts";

const both = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"];

describeWith("moto", "Secrets Manager that checks signatures and permissions", () => {
  let moto: Moto;
  let arn: string;
  let oldVersion: string;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    ({ arn, versionId: oldVersion } = await moto.createSecret("app/text", "first"));
    await moto.call("secretsmanager", "PutSecretValue", { SecretId: "app/text", SecretString: "second" });
    await moto.createSecret("app/bytes", Uint8Array.of(1, 2, 0xff));
    await moto.createSecret("/app/slash", "größe \u{1f511}");
    await moto.createSecret("app/deleted", "gone");
    await moto.call("secretsmanager", "DeleteSecret", { SecretId: "app/deleted" });
    await moto.createSecret("app/text", "of another region", { region: "us-east-1" });
  });
  afterAll(() => moto?.close());

  function envOf(user: MotoUser): Env {
    return { ...bareEnv(), ...moto.env, ...user.env };
  }

  function codeOf(answer: TestAnswer | undefined): string {
    return answer === undefined || answer.ok ? "" : answer.code;
  }

  it.each([
    { name: "by batches", allowed: both },
    { name: "one by one when batches are denied", allowed: both.slice(0, 1) },
  ])("has them all $name", async ({ allowed }) => {
    const store = await open("awssecrets", envOf(await moto.createUser(allowed)));
    const answers = await store.ask([
      { path: "app/text" },
      { path: arn },
      { path: "/app/slash" },
      { path: "app/text", metadata: { version: "AWSPREVIOUS" } },
      { path: "app/text", metadata: { version: oldVersion } },
      { path: "app/text", metadata: { region: "us-east-1" } },
      { path: "app/bytes" },
      { path: "app/missing" },
      { path: "app/text", metadata: { stage: "NOBODY" } },
      { path: "app/deleted" },
    ]);
    const texts = ["second", "second", "größe \u{1f511}", "first", "first", "of another region"];
    expect(answers.slice(0, 6).map(textOf)).toEqual(texts);
    expect(answers.slice(3, 5).map((answer) => answer.ok && answer.version)).toEqual([oldVersion, oldVersion]);
    expect(answers[6]?.ok === true && [...answers[6].data]).toEqual([1, 2, 0xff]);
    expect(answers.slice(7, 9).map(codeOf)).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    expect(answers[9]?.ok).toBe(false);
  });

  it("denies who may do nothing, and says which permission on which resource", async () => {
    const store = await open("awssecrets", envOf(await moto.createUser(["secretsmanager:ListSecrets"])));
    expect(await store.ask([{ path: "app/text" }, { path: arn }])).toMatchObject([
      {
        code: "PERMISSION_DENIED",
        hint: 'grant "secretsmanager:GetSecretValue" on "arn:aws:secretsmanager:eu-west-1:*:secret:app/text-*"',
      },
      { code: "PERMISSION_DENIED", hint: `grant "secretsmanager:GetSecretValue" on "${arn}"` },
    ]);
  });

  it("refuses a key that it does not know", async () => {
    const store = await open("awssecrets", { ...bareEnv(), ...moto.env });
    expect((await store.ask([{ path: "app/text" }])).map(codeOf)).toEqual(["UNAUTHENTICATED"]);
  });

  it("has two accounts by two environments", async () => {
    const account = "210987654321";
    await moto.createSecret("app/text", "of the other account", { account });
    const one = await open("awssecrets", envOf(await moto.createUser(both)));
    const other = await open("awssecrets", envOf(await moto.createUser(both, { account })));
    const answers = await Promise.all([one, other].map((store) => store.ask([{ path: "app/text" }])));
    expect(answers.flat().map(textOf)).toEqual(["second", "of the other account"]);
  });
});
