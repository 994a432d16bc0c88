import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bareEnv,
  type Env,
  inputOf,
  listedOf,
  open,
  operationOf,
  refusal,
  serve,
  serverEnv,
} from "../../../test/servers/ask-aws.ts";
import { describeWith } from "../../../test/servers/installed.ts";
import { type Moto, startMoto } from "../../../test/servers/moto.ts";
import { type Answer, json, type RecordedRequest } from "../../../test/servers/scripted-server.ts";

/** Lists names, in pages of one, and has a value for each. */
function secretsManager(names: readonly string[]): (request: RecordedRequest) => Answer {
  return (request) => {
    const {
      NextToken,
      SecretId,
      SecretIdList = [],
    } = inputOf(request) as {
      NextToken?: string;
      SecretId?: string;
      SecretIdList?: string[];
    };
    switch (operationOf(request)) {
      case "ListSecrets": {
        const index = Number(NextToken ?? "0");
        const more = index + 1 < names.length ? { NextToken: String(index + 1) } : {};
        return json({ SecretList: [{ Name: names[index] }], ...more });
      }
      case "GetSecretValue":
        return SecretId?.includes("empty") === true
          ? refusal("ResourceNotFoundException", "can't find the specified secret value for staging label: AWSCURRENT")
          : json(toSecret(SecretId ?? ""));
      default:
        return json({ SecretValues: SecretIdList.map(toSecret), Errors: [] });
    }
  };
}

function toSecret(Name: string): object {
  return { Name, SecretString: `value of ${Name}`, VersionId: "v" };
}

describe("a listing of secrets", () => {
  it("follows its pages, and takes no name that only the service finds alike", async () => {
    const names = ["app/a", "App/other", "app-b", "app/", "app/b/c", "app/empty"];
    const server = await serve(secretsManager(names));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(listedOf(await store.list({ path: "app" }))).toEqual([
      ["app/a", "value of app/a", "v"],
      ["app/b/c", "value of app/b/c", "v"],
    ]);
    const listings = server.requests.filter((request) => operationOf(request) === "ListSecrets").map(inputOf);
    expect(listings).toHaveLength(names.length);
    expect(listings[0]).toEqual({ MaxResults: 100, Filters: [{ Key: "name", Values: ["app/"] }] });
  });

  it.each([{ path: "" }, { path: "!app/" }])("of '$path' has no filter", async ({ path }) => {
    const server = await serve(secretsManager(["app/a"]));
    const store = await open("awssecrets", serverEnv(server.url));
    expect(listedOf(await store.list({ path })).map(([name]) => name)).toEqual(path === "" ? ["app/a"] : []);
    expect(inputOf(server.requests[0])).toEqual({ MaxResults: 100 });
  });

  it.each([
    { path: "arn:aws:secretsmanager:eu-west-1:0:secret:app", metadata: {} },
    { path: "app", metadata: { version: "AWSPREVIOUS" } },
    { path: "app", metadata: { stage: "AWSPREVIOUS" } },
    { path: "app", metadata: { id: "v" } },
  ])("of $path $metadata is refused", async ({ path, metadata }) => {
    const store = await open("awssecrets", serverEnv("http://127.0.0.1:1"));
    expect(await store.list({ path, metadata })).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describeWith("moto", "Secrets Manager that checks signatures and permissions, listed", () => {
  let moto: Moto;
  const list = "secretsmanager:ListSecrets";
  const [batch, single] = ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"];
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    for (let index = 10; index < 35; index++) await moto.createSecret(`many/${index}`, `value ${index}`);
    for (const name of ["app/db/password", "app/host", "app/deleted", "application", "/app/slash"]) {
      await moto.createSecret(name, `value of ${name}`);
    }
    await moto.call("secretsmanager", "DeleteSecret", { SecretId: "app/deleted" });
  });
  afterAll(() => moto?.close());

  async function envOf(allowed: readonly string[]): Promise<Env> {
    return { ...bareEnv(), ...moto.env, ...(await moto.createUser(allowed)).env };
  }

  it.each([
    { name: "by batches", allowed: [list, batch, single] },
    { name: "one by one when batches are denied", allowed: [list, single] },
  ])("has them all $name", async ({ allowed }) => {
    const store = await open("awssecrets", await envOf(allowed));
    const listed = listedOf(await store.list({ path: "many/" })).map(([path, text]) => [path, text]);
    expect(listed).toHaveLength(25);
    for (let index = 10; index < 35; index++) expect(listed).toContainEqual([`many/${index}`, `value ${index}`]);
  });

  it.each([
    { path: "app", recursive: true, paths: ["app/db/password", "app/host"] },
    { path: "app/", recursive: false, paths: ["app/host"] },
    { path: "/app/", recursive: true, paths: ["/app/slash"] },
    { path: "none/", recursive: true, paths: [] },
  ])("has below $path, recursive $recursive, $paths", async ({ path, recursive, paths }) => {
    const store = await open("awssecrets", await envOf([list, batch, single]));
    const listed = listedOf(await store.list({ path, recursive }));
    expect(listed.map(([name]) => name).toSorted()).toEqual(paths);
    for (const [name, text] of listed) expect(text).toBe(`value of ${name}`);
  });

  it.each([
    { allowed: single, denied: list },
    { allowed: list, denied: single },
  ])("is denied who may only $allowed, and told of $denied", async ({ allowed, denied }) => {
    const store = await open("awssecrets", await envOf([allowed]));
    expect(await store.list({ path: "app" })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining(denied) as unknown,
    });
  });
});
