import { describe, expect, it } from "vitest";
import { isConfigManagerErrors } from "../internal/errors/errors.ts";
import { openTables } from "../test/helpers/table-stores.ts";

async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string | undefined }[]> {
  try {
    await work;
  } catch (error) {
    if (isConfigManagerErrors(error)) return error.errors.map(({ code, message, hint }) => ({ code, message, hint }));
    throw error;
  }
  throw new Error("nothing failed");
}

describe("a composite store", () => {
  it("takes the value of the first store that has it, and says which one that was", async () => {
    const { manager, asked } = await openTables({
      NEAR: { values: { a: "near a" } },
      FAR: { values: { a: "far a", b: "far b" } },
      APP: ["NEAR", "FAR"],
    });
    expect(await manager.render("APP://a APP://b")).toBe("near a far b");
    expect(
      asked()
        .map(([prefix, path]) => `${prefix} ${path}`)
        .toSorted(),
    ).toEqual(["FAR b", "NEAR a", "NEAR b"]);
    const { reports } = await manager.explain([{ bytes: Buffer.from("APP://a APP://b") }]);
    expect(reports.map(({ text, answeredBy, version }) => [text, answeredBy, version])).toEqual([
      ["APP://a", "NEAR", "7"],
      ["APP://b", "FAR", "7"],
    ]);
  });

  it("starts no store that is not needed", async () => {
    const { manager } = await openTables({
      NEAR: { values: { a: "x" } },
      FAR: { path: "/nowhere/far" },
      APP: ["NEAR", "FAR"],
    });
    expect(await manager.render("APP://a")).toBe("x");
  });

  it("asks each store for the path that its template makes", async () => {
    const { manager, asked } = await openTables({
      NEAR: { values: {} },
      FAR: { values: { "/prod/db/user-name": "x" } },
      APP: ["NEAR://{name}", "FAR:///prod/{path}"],
    });
    expect(await manager.render("APP://db/user-name")).toBe("x");
    expect(asked().map(([, path]) => path)).toEqual(["DB_USER_NAME", "/prod/db/user-name"]);
  });

  it("adds each store's own metadata to that of the token", async () => {
    const { manager, asked } = await openTables({
      NEAR: { values: {}, metadata: { region: "near" } },
      FAR: { values: { a: "x" }, metadata: { region: "far", version: "9" } },
      APP: ["NEAR", "FAR"],
    });
    await manager.render("APP://a[version=1]");
    expect(asked().map(([, , metadata]) => metadata)).toEqual([
      { version: "1", region: "near" },
      { version: "1", region: "far" },
    ]);
  });

  it("stops at a failure that is not a missing value", async () => {
    const { manager, asked } = await openTables({
      NEAR: { values: { a: { error: "denied" } } },
      FAR: { values: { a: "far" } },
      APP: ["NEAR", "FAR"],
    });
    const [failure] = await failureOf(manager.render("APP://a"));
    expect(failure).toMatchObject({ code: "CM_STORE_DENIED", message: expect.stringContaining('"NEAR"') as string });
    expect(asked()).toHaveLength(1);
  });

  it("names every place where it looked when none has the value", async () => {
    const { manager } = await openTables({ NEAR: {}, FAR: {}, APP: ["NEAR://{name}", "FAR:///prod/{path}"] });
    const [failure] = await failureOf(manager.render("APP://a.b"));
    expect(failure).toMatchObject({
      code: "CM_STORE_NOT_FOUND",
      message: '"a.b" of "APP" is in none of its stores: NEAR://A_B, FAR:///prod/a.b',
    });
    expect(await manager.render("APP://a.b[default=d]")).toBe("d");
  });

  it("asks a store once for paths that its template makes one", async () => {
    const { manager, asked } = await openTables({ NEAR: { values: { A_B: "x" } }, APP: ["NEAR://{name}"] });
    expect(await manager.render("APP://a.b APP://a-b")).toBe("x x");
    expect(asked()).toHaveLength(1);
  });

  it("reports a plugin that is not there only where it is asked", async () => {
    const { manager } = await openTables({
      NEAR: { values: { a: "x" } },
      FAR: { path: "/nowhere/far" },
      APP: ["NEAR", "FAR"],
    });
    expect(await failureOf(manager.render("APP://a APP://b"))).toMatchObject([{ code: "CM_PLUGIN_NOT_FOUND" }]);
  });

  const faults = [
    {
      name: "a store that is not there",
      members: ["NEER"],
      message: /names "NEER", which is no store/,
      hint: /"NEAR"/,
    },
    { name: "another composite", members: ["OTHER"], message: /made of stores itself/, hint: /name the stores/ },
  ];
  it.each(faults)("refuses $name before anything is started", async ({ members, message, hint }) => {
    const { manager } = await openTables({ NEAR: {}, OTHER: ["NEAR"], APP: members });
    const [failure] = await failureOf(manager.render("APP://a"));
    expect(failure?.code).toBe("CM_CONFIG_INVALID");
    expect(failure?.message).toMatch(message);
    expect(failure?.hint).toMatch(hint);
  });

  it("is no store to write to or to list", async () => {
    const { manager } = await openTables({ NEAR: {}, APP: ["NEAR"] });
    const put = await failureOf(manager.put([{ token: "APP://a", data: Buffer.from("x") }]));
    const list = await failureOf(manager.listBelow(["APP://"]));
    expect([...put, ...list].map(({ code, hint }) => `${code} ${hint}`)).toEqual([
      "CM_STORE_UNSUPPORTED name one of them",
      "CM_STORE_UNSUPPORTED name one of them",
    ]);
  });
});
