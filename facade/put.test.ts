import { describe, expect, it } from "vitest";
import { isConfigManagerErrors } from "../internal/errors/errors.ts";
import { buildTestPlugins } from "../test/helpers/build-once.ts";
import { openTables } from "../test/helpers/table-stores.ts";

const secret = Buffer.from("s3cr3t-to-write");

async function codesOf(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    if (!isConfigManagerErrors(error)) throw error;
    return error.errors.map(({ code, message }) => `${code} ${message}`);
  }
}

describe("put", () => {
  it("writes each value and says its version", async () => {
    const { manager } = await openTables({ TABLE: {} });
    const results = await manager.put([
      { token: "TABLE://a%3Ab", data: secret },
      { token: "TABLE://c", data: Buffer.from("d") },
    ]);
    expect(results.map(({ reference, version, error }) => [reference.path, version, error])).toEqual([
      ["a:b", "1", undefined],
      ["c", "2", undefined],
    ]);
    expect(await manager.render("TABLE://a%3Ab")).toBe(secret.toString());
  });

  it("hands a key path to a store that can write at one", async () => {
    const { manager } = await openTables({ TABLE: {} });
    await manager.put([{ token: "TABLE://a|db.tls%2Ecrt", data: secret }]);
    expect(await manager.listBelow(["TABLE://a"])).toMatchObject({ values: [{ path: "a|db.tls.crt" }] });
  });

  it("refuses a key path where the store writes whole values only", async () => {
    const probe = (await buildTestPlugins()).file("probe");
    const { manager } = await openTables({ PROBE: { path: probe } });
    expect(await codesOf(manager.put([{ token: "PROBE://a|b", data: secret }]))).toEqual([
      'CM_STORE_BAD_REQUEST values of "PROBE" are written whole, not at a key path',
    ]);
  });

  it("leaves what is there alone with createOnly", async () => {
    const { manager } = await openTables({ TABLE: {} });
    const item = { token: "TABLE://a", data: secret };
    await manager.put([item], { createOnly: true });
    const [again] = await manager.put([{ ...item, data: Buffer.from("other") }], { createOnly: true });
    expect(again?.error).toMatchObject({ code: "CM_STORE_EXISTS", token: "TABLE://a" });
    expect(await manager.render("TABLE://a")).toBe(secret.toString());
  });

  it("goes on after a value that the store refuses, with the plugin's own hint", async () => {
    const { manager } = await openTables({ CLOSED: { options: { readOnly: true } }, TABLE: {} });
    const results = await manager.put([
      { token: "CLOSED://a", data: secret },
      { token: "TABLE://a", data: secret },
    ]);
    expect(results[0]?.error).toMatchObject({ code: "CM_STORE_BAD_REQUEST", hint: "write elsewhere" });
    expect(results[1]?.version).toBe("1");
    expect(JSON.stringify(results)).not.toContain(secret.toString());
  });

  it("tells of each value as it is written, also when the rest is canceled", async () => {
    const { manager } = await openTables({ TABLE: {} });
    const ending = new AbortController();
    const written: string[] = [];
    const items = ["TABLE://a", "TABLE://b"].map((token) => ({ token, data: secret }));
    const call = manager.put(items, {
      signal: ending.signal,
      onResult({ reference }) {
        written.push(reference.text);
        ending.abort();
      },
    });
    expect(await codesOf(call)).toEqual([expect.stringMatching(/^CM_CANCELED/)]);
    expect(written).toEqual(["TABLE://a"]);
    expect(await codesOf(manager.render("TABLE://b"))).toEqual([expect.stringMatching(/^CM_STORE_NOT_FOUND/)]);
  });

  const faults = [
    { name: "a text that is no token", token: "nothing", error: /^CM_USAGE/ },
    { name: "a default", token: "TABLE://a[default=x]", error: /^CM_METADATA_INVALID "default=" means nothing/ },
    { name: "a transform", token: "TABLE://a[as=trim]", error: /^CM_METADATA_INVALID "as=" means nothing/ },
    { name: "a key path in metadata", token: "TABLE://a[key=b]", error: /^CM_METADATA_INVALID "key" is no metadata/ },
    { name: "a store that may not be asked", token: "OTHER://a", error: /^CM_TOKEN_FORBIDDEN/ },
    { name: "a store that cannot write", token: "ENV://a", error: /^CM_STORE_UNSUPPORTED/ },
  ];
  it.each(faults)("writes nothing at all when one of the values has $name", async ({ token, error }) => {
    const shippedPluginsDir = (await buildTestPlugins()).shippedDir;
    const { manager } = await openTables(
      { TABLE: {}, OTHER: {} },
      { allow: ["TABLE://**", "ENV://**"], context: { shippedPluginsDir } },
    );
    const items = [
      { token: "TABLE://first", data: secret },
      { token, data: secret },
    ];
    expect(await codesOf(manager.put(items))).toEqual([expect.stringMatching(error)]);
    expect(await codesOf(manager.render("TABLE://first"))).toEqual([expect.stringMatching(/^CM_STORE_NOT_FOUND/)]);
  });
});
