/** What a guard says of a plugin comes before every way in which the pool launches it. */
import { describe, expect, it } from "vitest";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { buildTestPlugins } from "../test/helpers/build-once.ts";
import { scriptedStore } from "../test/helpers/scripted-plugin.ts";
import { askScripted, createTestPool, type TestPool } from "../test/helpers/test-pool.ts";

const refusal = new ConfigManagerError("CM_PLUGIN_UNTRUSTED", "the plugin is not to be launched");

function guardedPool(refuses: boolean): { readonly test: TestPool; readonly asked: string[] } {
  const asked: string[] = [];
  const test = createTestPool({
    stores: { SCRIPTED: scriptedStore({}) },
    guards: [
      async ({ prefix }) => {
        asked.push(prefix);
        if (refuses) throw refusal;
      },
    ],
  });
  return { test, asked };
}

describe("a guard that refuses", () => {
  it("ends the run before a launch", async () => {
    const { test } = guardedPool(true);
    expect(await test.pool.prepare(["SCRIPTED"])).toEqual([refusal]);
    test.pool.launch(["SCRIPTED"]);
    await expect(test.pool.store("SCRIPTED")).rejects.toBe(refusal);
  });

  it("is heard where nothing was prepared", async () => {
    const { test } = guardedPool(true);
    test.pool.launch(["SCRIPTED"]);
    await expect(test.pool.store("SCRIPTED")).rejects.toBe(refusal);
    expect(await test.pool.inspect("SCRIPTED")).toMatchObject({ prefix: "SCRIPTED", error: refusal });
  });
});

it("asks a guard once for a plugin, and launches it", async () => {
  const { test, asked } = guardedPool(false);
  expect(await askScripted(test)).toBe("path->");
  await test.pool.inspect("SCRIPTED");
  expect(asked).toEqual(["SCRIPTED"]);
});

it("asks the trust guard first, and about plugins that ship too", async () => {
  const asked: string[] = [];
  const { shippedDir } = await buildTestPlugins();
  const test = createTestPool({
    stores: { SCRIPTED: scriptedStore({}) },
    context: { shippedPluginsDir: shippedDir },
    guards: [({ prefix }) => void asked.push(`guard of ${prefix}`)],
    trustGuard: ({ prefix }) => {
      asked.push(`trust of ${prefix}`);
      if (prefix === "ENV") throw refusal;
    },
  });
  expect(await test.pool.prepare(["ENV", "SCRIPTED"])).toEqual([refusal]);
  expect(asked).toEqual(["trust of ENV", "trust of SCRIPTED", "guard of SCRIPTED"]);
});

it("says once what one guard has against several plugins", async () => {
  const test = createTestPool({
    stores: { ONE: scriptedStore({}), TWO: scriptedStore({}) },
    guards: [() => Promise.reject(refusal)],
  });
  expect(await test.pool.prepare(["ONE", "TWO"])).toEqual([refusal]);
});
