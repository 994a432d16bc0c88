import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bareEnv,
  type Env,
  inputOf,
  listedOf,
  open,
  refusal,
  serve,
  serverEnv,
} from "../../../test/servers/ask-aws.ts";
import { describeWith } from "../../../test/servers/installed.ts";
import { type Moto, startMoto } from "../../../test/servers/moto.ts";
import { json } from "../../../test/servers/scripted-server.ts";

describe("a listing of parameters", () => {
  it("follows its pages, and tries one again that is throttled", async () => {
    const pages = [
      json({ Parameters: [{ Name: "/app/a", Value: "1", Version: 3 }], NextToken: "second" }),
      json({ Parameters: [], NextToken: "third" }),
      refusal("ThrottlingException", "Rate exceeded"),
      json({ Parameters: [{ Name: "/app/b", Value: "", Version: 1 }] }),
    ];
    const server = await serve(({ index }) => pages[index]!);
    const store = await open("awsparamstr", serverEnv(server.url));
    expect(listedOf(await store.list({ path: "/app/" }))).toEqual([
      ["/app/a", "1", "3"],
      ["/app/b", "", "1"],
    ]);
    const asked = { Path: "/app", Recursive: true, WithDecryption: true, MaxResults: 10 };
    expect(server.requests.map(inputOf)).toEqual([
      asked,
      { ...asked, NextToken: "second" },
      { ...asked, NextToken: "third" },
      { ...asked, NextToken: "third" },
    ]);
  });

  it.each([
    { path: "app/", metadata: {}, message: /^"app\/" cannot be listed/ },
    { path: "/app/", metadata: { label: "prod" }, message: /^metadata key "label" means nothing when listing$/ },
    { path: "/app/", metadata: { type: "String" }, message: /^metadata key "type" means nothing when listing$/ },
  ])("of $path $metadata is refused", async ({ path, metadata, message }) => {
    const store = await open("awsparamstr", serverEnv("http://127.0.0.1:1"));
    expect(await store.list({ path, metadata })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describeWith("moto", "Parameter Store that checks signatures and permissions, listed", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    for (let index = 10; index < 35; index++) await moto.putParameter(`/many/${index}`, `value ${index}`);
    await moto.putParameter("/app/db/password", "decrypted", { type: "SecureString" });
    await moto.putParameter("/app/host", "first");
    await moto.putParameter("/app/host", "second");
    await moto.putParameter("/application/other", "another");
    await moto.putParameter("no-slash", "none");
  });
  afterAll(() => moto?.close());

  async function envOf(...allowed: readonly string[]): Promise<Env> {
    return { ...bareEnv(), ...moto.env, ...(await moto.createUser(allowed)).env };
  }

  it("has all pages, each value under the name by which it is asked for", async () => {
    const store = await open("awsparamstr", await envOf("ssm:GetParametersByPath"));
    const listed = listedOf(await store.list({ path: "/many" }));
    expect(listed).toHaveLength(25);
    for (let index = 10; index < 35; index++) expect(listed).toContainEqual([`/many/${index}`, `value ${index}`, "1"]);
  });

  it.each([
    { path: "/app", recursive: true, paths: ["/app/db/password", "/app/host"] },
    { path: "/app/", recursive: false, paths: ["/app/host"] },
    { path: "/none/", recursive: true, paths: [] },
  ])("has below $path, recursive $recursive, $paths", async ({ path, recursive, paths }) => {
    const store = await open("awsparamstr", await envOf("ssm:GetParametersByPath"));
    const listed = listedOf(await store.list({ path, recursive }));
    expect(listed.map(([name]) => name).toSorted()).toEqual(paths);
    if (recursive && paths.length > 0) expect(listed).toContainEqual(["/app/db/password", "decrypted", "1"]);
  });

  it("has all there is below the slash alone, and what has no slash too", async () => {
    const store = await open("awsparamstr", await envOf("ssm:GetParametersByPath"));
    const paths = listedOf(await store.list({ path: "/" })).map(([path]) => path);
    expect(paths).toHaveLength(29);
    expect(paths).toContain("no-slash");
  });

  it("is denied who may only read, and told which permission it takes", async () => {
    const store = await open("awsparamstr", await envOf("ssm:GetParameter", "ssm:GetParameters"));
    expect(await store.list({ path: "/app/" })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/^"\/app\/" may not be listed: .*ssm:GetParametersByPath/) as unknown,
    });
  });
});
