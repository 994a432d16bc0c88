import { beforeAll, describe, expect, it } from "vitest";
import type { TokenStore } from "../internal/resolve/token-store.ts";
import { buildTestPlugins } from "../test/helpers/build-once.ts";
import { createScriptedPool, createTestPool, type TestPoolOptions } from "../test/helpers/test-pool.ts";

let probe = "";
beforeAll(async () => {
  probe = (await buildTestPlugins()).file("probe");
});

function openProbe(options: TestPoolOptions = {}): Promise<TokenStore> {
  return createTestPool({ ...options, stores: { PROBE: { path: probe } } }).pool.store("PROBE");
}

const put = (path: string, data = "x", createOnly = false): Parameters<TokenStore["putValue"]>[0] => ({
  path,
  metadata: new Map(),
  data: Buffer.from(data),
  createOnly,
});
const below = (path: string): Parameters<TokenStore["listValues"]>[0] => ({ path, metadata: new Map() });

describe("a plugin of app protocol 2", () => {
  it("writes values and lists them, at any depth", async () => {
    const store = await openProbe();
    expect([await store.putValue(put("a/b", "1")), await store.putValue(put("a/c/d", "2"))]).toEqual(["1", "2"]);
    const listed = await store.listValues(below("a"));
    expect(listed.map(({ path, value }) => [path, Buffer.from(value).toString()])).toEqual([
      ["a/b", "1"],
      ["a/c/d", "2"],
    ]);
  });

  it("says what it is", async () => {
    const store = await openProbe();
    expect(await store.describe()).toMatchObject({
      prefix: "PROBE",
      version: "1.2.3",
      pathForm: "<behaviour>/<argument>",
      canPut: true,
      canList: true,
      metadataKeys: [{ name: "Version", description: "which version", required: false }, { name: "region" }],
    });
  });

  it("refuses with its own words and hint", async () => {
    const store = await openProbe();
    await expect(store.putValue(put("closed"))).rejects.toMatchObject({
      code: "CM_STORE_DENIED",
      message: '"closed" of "PROBE" was refused: may not be written',
      hint: "ask the owner — 頼む",
    });
    await expect(store.listValues(below("closed"))).rejects.toMatchObject({
      code: "CM_STORE_DENIED",
      hint: "ask the owner",
    });
  });

  it("that crashes while it writes or lists is told with how it ended", async () => {
    await expect((await openProbe()).putValue(put("die"))).rejects.toMatchObject({ code: "CM_PLUGIN_CRASHED" });
    await expect((await openProbe()).listValues(below("die"))).rejects.toMatchObject({ code: "CM_PLUGIN_CRASHED" });
  });

  it("that does not answer is given up after the time-out", async () => {
    const store = await openProbe({ timeoutMs: 300 });
    await expect(store.putValue(put("hold"))).rejects.toMatchObject({
      code: "CM_STORE_TIMEOUT",
      message: '"hold" of "PROBE" was not answered in time: nothing came for 300 ms',
    });
    await expect(store.listValues(below("hold"))).rejects.toMatchObject({ code: "CM_STORE_TIMEOUT" });
  });

  it("is no longer waited for when the run is ended", async () => {
    const store = await openProbe();
    const ending = new AbortController();
    const calls = [store.putValue(put("hold"), ending.signal), store.listValues(below("hold"), ending.signal)];
    const reason = new Error("that is enough");
    ending.abort(reason);
    for (const call of calls) await expect(call).rejects.toBe(reason);
  });
});

describe("a plugin of app protocol 1", () => {
  it("can neither write nor list, nor say what it is", async () => {
    const store = await createScriptedPool({}).pool.store("SCRIPTED");
    await expect(store.putValue(put("a"))).rejects.toMatchObject({
      code: "CM_STORE_UNSUPPORTED",
      message: 'values of "SCRIPTED" cannot be written',
    });
    await expect(store.listValues(below("a"))).rejects.toMatchObject({
      code: "CM_STORE_UNSUPPORTED",
      message: 'values of "SCRIPTED" cannot be listed',
    });
    expect(await store.describe()).toBeUndefined();
  });
});

describe("the look at a plugin", () => {
  it("tells where it was found, how it shook hands and what it says of itself", async () => {
    const { pool } = createTestPool({ stores: { PROBE: { path: probe } } });
    expect(await pool.inspect("PROBE")).toMatchObject({
      prefix: "PROBE",
      origin: "configuration",
      facts: { file: probe, mode: "0755", format: "script" },
      handshake: { appVersion: 2, network: "unix", isEncrypted: false },
      description: { version: "1.2.3" },
    });
  });

  it("tells what is wrong, as far as it came", async () => {
    const { pool } = createTestPool({ stores: { NONE: { path: "/nowhere/plugin" } } });
    const inspection = await pool.inspect("NONE");
    expect(inspection).toMatchObject({ prefix: "NONE", error: { code: "CM_PLUGIN_NOT_FOUND" } });
    expect(inspection.facts).toBeUndefined();
    const silent = createScriptedPool({ line: "no handshake" });
    expect(await silent.pool.inspect("SCRIPTED")).toMatchObject({
      origin: "configuration",
      error: { code: "CM_HANDSHAKE_MALFORMED" },
    });
  });
});
