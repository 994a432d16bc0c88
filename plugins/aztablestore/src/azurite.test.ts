/** The store against Azurite, with the service's own host names: what a table can hold, as the service sends it. */
import { tmpdir } from "node:os";
import { openTestStore, type TestAnswer, type TestStore } from "configmanager/plugin/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { type Azurite, startAzurite } from "../../../test/servers/azurite.ts";
import { createTestCa, type TestCa } from "../../../test/servers/certificates.ts";
import { type Cloud, startCloud } from "../../../test/servers/cloud.ts";
import { createEntra } from "../../../test/servers/entra.ts";
import { describeWith } from "../../../test/servers/installed.ts";

describeWith("azurite", "the store AZTABLESTORE with Azurite", () => {
  let ca: TestCa;
  let azurite: Azurite;
  let cloud: Cloud;
  let store: TestStore;

  beforeAll(async () => {
    ca = await createTestCa();
    azurite = await startAzurite(ca, ["shop", "depot"]);
    const entra = createEntra();
    cloud = await startCloud(
      { "login.microsoftonline.com": { handler: entra.handler }, "*.table.core.windows.net": azurite.backend },
      { ca },
    );
    await azurite.createTable("shop", "settings");
    await azurite.createTable("depot", "settings");
    store = await openTestStore({
      executable: (await buildTestPlugins()).file("aztablestore"),
      cwd: tmpdir(),
      env: { PATH: process.env["PATH"], ...entra.env, ...cloud.env },
    });
  });
  afterAll(async () => {
    await store.close();
    await cloud.close();
    await azurite.close();
    ca.remove();
  });

  async function put(
    keys: readonly [string, string],
    properties: Record<string, unknown>,
    account = "shop",
  ): Promise<void> {
    await azurite.putEntity(account, "settings", { PartitionKey: keys[0], RowKey: keys[1], ...properties });
  }

  async function ask(path: string): Promise<TestAnswer> {
    const [answer] = await store.ask([{ path }]);
    return answer!;
  }

  async function textAt(path: string): Promise<string> {
    const answer = await ask(path);
    return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code}: ${answer.message}`;
  }

  it.each([
    { type: "Edm.String", value: "größe \u{1f511} <&> \u2028\n", expected: "größe \u{1f511} <&> \u2028\n" },
    { type: "Edm.String", value: "", expected: "" },
    { type: "Edm.String", value: '{"host": "db", "n": 1.10}', expected: '{"host": "db", "n": 1.10}' },
    { type: "Edm.String", value: "x".repeat(32_000), expected: "x".repeat(32_000) },
    { type: "Edm.Int32", value: 1_000_000, expected: "1000000" },
    { type: "Edm.Int64", value: "9007199254740993", expected: "9007199254740993" },
    { type: "Edm.Double", value: 1.5, expected: "1.5" },
    { type: "Edm.Double", value: 1.5e25, expected: "1.5e+25" },
    { type: "Edm.Boolean", value: true, expected: "true" },
    {
      type: "Edm.Guid",
      value: "c9da6455-213d-42c9-9a79-3e9149a57833",
      expected: "c9da6455-213d-42c9-9a79-3e9149a57833",
    },
    { type: "Edm.DateTime", value: "2026-01-31T23:59:59.1234567Z", expected: "2026-01-31T23:59:59.1234567Z" },
    { type: "Edm.Binary", value: "AP+A", expected: "AP+A" },
  ])("gives a value of type $type", async ({ type, value, expected }) => {
    await put(["types", "one"], { value, "value@odata.type": type });
    expect(await textAt("shop/settings/types/one")).toBe(expected);
  });

  it.each([
    { name: "quotes", keys: ["it's", "''"] as const },
    { name: "what means something in a URL", keys: ["a b&c", "(1,2);=+@$!*~"] as const },
    { name: "what is not ASCII", keys: ["größe", "\u{1f511} 日本語"] as const },
    { name: "an empty row key", keys: ["empty", ""] as const },
  ])("finds an entity whose keys hold $name", async ({ keys }) => {
    await put(keys, { value: keys.join("|") });
    expect(await textAt(`shop/settings/${keys.join("/")}`)).toBe(keys.join("|"));
  });

  it("gives the whole entity, as Go prints it, when it has no value", async () => {
    await put(["whole", "one"], {
      text: "<&>",
      count: 1_000_000,
      long: "9007199254740993",
      "long@odata.type": "Edm.Int64",
      Zero: 0.5,
    });
    const text = await textAt("shop/settings/whole/one");
    const entity = JSON.parse(text) as Record<string, unknown>;
    // The annotations are the server's own: a time, and a URL that Azurite writes in its own way.
    const { Timestamp, "odata.etag": etag, "odata.metadata": metadata } = entity;
    expect([Timestamp, etag, metadata].map((value) => typeof value)).toEqual(["string", "string", "string"]);
    const masked = text.replace(/("(?:Timestamp|odata\.etag|odata\.metadata)":)"(?:[^"\\]|\\.)*"/g, '$1"-"');
    expect(masked).toBe(
      '{"PartitionKey":"whole","RowKey":"one","Timestamp":"-","Zero":0.5,' +
        '"count":1000000,"long":"9007199254740993","long@odata.type":"Edm.Int64","odata.etag":"-","odata.metadata":"-",' +
        '"text":"\\u003c\\u0026\\u003e"}',
    );
  });

  it("gives another version when an entity has been written again", async () => {
    await put(["versions", "one"], { value: "1" });
    const before = await ask("shop/settings/versions/one");
    await put(["versions", "one"], { value: "2" });
    const after = await ask("shop/settings/versions/one");
    expect(before).toMatchObject({ ok: true, version: expect.stringMatching(/^W\/"datetime'/) as string });
    expect(after).not.toHaveProperty("version", before.ok && before.version);
  });

  it("reads two accounts in one process", async () => {
    await put(["accounts", "one"], { value: "of shop" }, "shop");
    await put(["accounts", "one"], { value: "of depot" }, "depot");
    const answers = await store.ask([{ path: "shop/settings/accounts/one" }, { path: "depot/settings/accounts/one" }]);
    expect(answers.map((answer) => answer.ok && Buffer.from(answer.data).toString())).toEqual(["of shop", "of depot"]);
  });

  it.each([
    { name: "an entity", path: "shop/settings/none/none", says: "404 ResourceNotFound" },
    { name: "a table", path: "shop/nothing/p/r", says: "404 TableNotFound" },
  ])("does not find $name that is not there", async ({ path, says }) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ ok: false, code: "NOT_FOUND", message: expect.stringContaining(says) as string });
  });

  it("gives a hundred entities of one partition", async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    for (const number of numbers) await put(["many", String(number)], { value: `value ${number}` });
    const answers = await store.ask(numbers.map((number) => ({ path: `shop/settings/many/${number}` })));
    expect(answers.map((answer) => answer.ok && Buffer.from(answer.data).toString())).toEqual(
      numbers.map((number) => `value ${number}`),
    );
  });
});
