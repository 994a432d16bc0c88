import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../test/helpers/build-once.ts";
import { openTables } from "../test/helpers/table-stores.ts";

describe("listBelow", () => {
  it("lists everything below the paths, in their order and then by name, with what is below", async () => {
    const values = { "/app/db/password": "p", "/app/a": "a", "/other": "o" };
    const { manager } = await openTables({ ONE: { values }, TWO: { values: { x: "y" } } });
    const { values: listed, warnings } = await manager.listBelow(["TWO://", "ONE:///app/"]);
    expect(
      listed.map(({ prefix, path, below, value }) => [prefix, path, below, Buffer.from(value).toString()]),
    ).toEqual([
      ["TWO", "x", "x", "y"],
      ["ONE", "/app/a", "a", "a"],
      ["ONE", "/app/db/password", "db/password", "p"],
    ]);
    expect(warnings).toEqual([]);
  });

  it("leaves out what may not be asked, and says how much", async () => {
    const values = { "/app/a": "a", "/app/b/c": "c" };
    const { manager } = await openTables({ ONE: { values } }, { allow: ["ONE:///app/*"] });
    const { values: listed, warnings } = await manager.listBelow(["ONE:///app/"]);
    expect(listed.map(({ path }) => path)).toEqual(["/app/a"]);
    expect(warnings.map(({ message }) => message)).toEqual(["1 value is not among what may be asked, and left out"]);
  });

  it("says that a store cannot list", async () => {
    const shippedPluginsDir = (await buildTestPlugins()).shippedDir;
    const { manager } = await openTables({}, { context: { shippedPluginsDir } });
    await expect(manager.listBelow(["ENV://A/"])).rejects.toMatchObject({
      errors: [{ code: "CM_STORE_UNSUPPORTED", token: "ENV://A/" }],
    });
  });

  it.each(["nothing", "NONE://a/", "ONE://a/|b", "ONE://a/[default=x]", "ONE://a/ b"])(
    "refuses %s",
    async (location) => {
      const { manager } = await openTables({ ONE: {} });
      await expect(manager.listBelow([location])).rejects.toMatchObject({ code: "CM_USAGE" });
    },
  );
});
