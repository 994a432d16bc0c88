import { describe, expect, it } from "vitest";
import { isConfigManagerErrors } from "../index.ts";
import { buildTestPlugins } from "../test/helpers/build-once.ts";
import { openTables } from "../test/helpers/table-stores.ts";

const input = (text: string): { bytes: Uint8Array; file: string } => ({ bytes: Buffer.from(text), file: "f" });

async function codesOf(promise: Promise<unknown>): Promise<readonly string[]> {
  try {
    await promise;
    return [];
  } catch (error) {
    if (!isConfigManagerErrors(error)) throw error;
    return error.errors.map(({ code, place }) => `${place?.line ?? ""}:${place?.column ?? ""} ${code}`);
  }
}

describe("sync", () => {
  it("copies each whole value once, so that the same tokens can be answered without the store", async () => {
    const { manager, asked } = await openTables({
      FAR: { values: { "/app/db": '{"user":"u","password":"p"}', plain: "text" } },
      NEAR: {},
      OFFLINE: ["NEAR"],
    });
    const text = "u=FAR:///app/db|user p=FAR:///app/db|password t=FAR://plain[as=base64,default=x]";
    const { results, warnings } = await manager.sync([input(text), input(text)], "NEAR");
    expect(results).toMatchObject([
      { reference: { text: "NEAR:///app/db" }, version: "1", sources: ["FAR:///app/db"] },
      { reference: { text: "NEAR://plain" }, version: "2", sources: ["FAR://plain"] },
    ]);
    expect(warnings).toEqual([]);
    expect(asked().map(([prefix, path]) => `${prefix} ${path}`)).toEqual(["FAR /app/db", "FAR plain"]);
    expect(await manager.render(text.replaceAll("FAR", "OFFLINE"))).toBe("u=u p=p t=dGV4dA==");
  });

  it("makes names by a template as a composite store reads them", async () => {
    const { manager } = await openTables({
      ONE: { values: { "a/b": "1" } },
      TWO: { values: { "a/b": "2" } },
      NEAR: {},
      OFF_ONE: ["NEAR://one/{path}"],
      OFF_NAME: ["NEAR://{name}"],
    });
    const { results } = await manager.sync([input("ONE://a/b TWO://a/b")], "NEAR://{prefix}/{path}");
    expect(results.map(({ reference }) => reference.path)).toEqual(["one/a/b", "two/a/b"]);
    await manager.sync([input("TWO://a/b")], "NEAR://{name}");
    expect(await manager.render("OFF_ONE://a/b OFF_NAME://a/b")).toBe("1 2");
  });

  it("writes equal values of one name once, and none at all when they differ", async () => {
    const { manager } = await openTables({
      ONE: { values: { a: "same", b: "1", c: "1" } },
      TWO: { values: { a: "same", b: "2" } },
      NEAR: {},
    });
    const { results } = await manager.sync([input("ONE://a TWO://a")], "NEAR");
    expect(results).toMatchObject([{ sources: ["ONE://a", "TWO://a"] }]);
    const conflict = manager.sync([input("ONE://c ONE://b TWO://b")], "NEAR");
    await expect(conflict).rejects.toMatchObject({
      errors: [
        { code: "CM_NAME_CONFLICT", message: '"NEAR://b" would hold two values, of "ONE://b" and of "TWO://b"' },
      ],
    });
    expect(await codesOf(manager.render("NEAR://c"))).toEqual(["1:1 CM_STORE_NOT_FOUND"]);
  });

  it("writes nothing when a value cannot be had, and says so at each place", async () => {
    const { manager } = await openTables({ FAR: { values: { a: "1", no: { error: "denied" } } }, NEAR: {} });
    const text = "FAR://a FAR://gone|k\nFAR://no FAR://gone";
    expect(await codesOf(manager.sync([input(text)], "NEAR"))).toEqual([
      "1:9 CM_STORE_NOT_FOUND",
      "2:1 CM_STORE_DENIED",
      "2:10 CM_STORE_NOT_FOUND",
    ]);
    expect(await codesOf(manager.render("NEAR://a"))).toEqual(["1:1 CM_STORE_NOT_FOUND"]);
  });

  it("leaves out what every token has a default for, what lax leaves, and what is in the target", async () => {
    const { manager } = await openTables({ FAR: { values: { a: "1" } }, NEAR: { values: { n: "x" } } }, { lax: true });
    const text = "FAR://a FAR://opt[default=x] FAR://opt|k[default=] FAR://gone NEAR://n NEAR://not-there";
    const { results, warnings } = await manager.sync([input(text)], "NEAR");
    expect(results.map(({ reference }) => reference.path)).toEqual(["a"]);
    expect(warnings).toMatchObject([
      { code: "CM_STORE_NOT_FOUND", token: "FAR://gone", place: { line: 1, column: 52 } },
    ]);
  });

  it("goes on when one value is not written, and tells which", async () => {
    const { manager } = await openTables({ FAR: { values: { a: "1", b: "2" } }, NEAR: {} });
    await manager.put([{ token: "NEAR://a", data: Buffer.from("old") }]);
    const { results } = await manager.sync([input("FAR://a FAR://b")], "NEAR", { createOnly: true });
    expect(results.map(({ error }) => error?.code)).toEqual(["CM_STORE_EXISTS", undefined]);
    expect(await manager.render("NEAR://a NEAR://b")).toBe("old 2");
  });

  it("has told what was written when it is canceled", async () => {
    const { manager } = await openTables({ FAR: { values: { a: "1", b: "2" } }, NEAR: {} });
    const controller = new AbortController();
    const told: string[] = [];
    const canceled = manager.sync([input("FAR://a FAR://b")], "NEAR", {
      signal: controller.signal,
      onResult({ reference }) {
        told.push(reference.text);
        controller.abort(new Error("enough"));
      },
    });
    expect(await codesOf(canceled)).toEqual([": CM_CANCELED"]);
    expect(told).toEqual(["NEAR://a"]);
    expect(await manager.render("NEAR://a")).toBe("1");
    expect(await codesOf(manager.render("NEAR://b"))).toEqual(["1:1 CM_STORE_NOT_FOUND"]);
  });

  it("writes nothing in a dry run, and refuses what could not be written", async () => {
    const { manager } = await openTables({ FAR: { values: { a: "1" } }, NEAR: {}, BOTH: ["NEAR", "FAR"] });
    const { results } = await manager.sync([input("FAR://a")], "NEAR", { dryRun: true });
    expect(results).toMatchObject([{ reference: { text: "NEAR://a" }, sources: ["FAR://a"] }]);
    expect(await codesOf(manager.render("NEAR://a"))).toEqual(["1:1 CM_STORE_NOT_FOUND"]);
    expect(await codesOf(manager.sync([input("FAR://a")], "BOTH", { dryRun: true }))).toEqual([
      ": CM_STORE_UNSUPPORTED",
    ]);
  });

  it("asks for nothing when the text has a fault or a token may not be asked", async () => {
    const { manager, asked } = await openTables(
      { FAR: { values: { a: "1" } }, NEAR: {} },
      { allow: ["FAR://a", "NEAR://**"] },
    );
    expect(await codesOf(manager.sync([input("FAR://a FAR://b FAR://")], "NEAR"))).toEqual([
      "1:9 CM_TOKEN_FORBIDDEN",
      "1:17 CM_TOKEN_EMPTY_PATH",
    ]);
    expect(asked()).toEqual([]);
  });

  it("has one name for a path with any metadata, and warns of metadata that the target does not take", async () => {
    const probe = (await buildTestPlugins()).file("probe");
    const { manager } = await openTables({ FAR: { values: { a: "1" } }, PROBE: { path: probe } });
    const { results, warnings } = await manager.sync([input("FAR://a FAR://a[Region=1] FAR://a[thing=1]")], "PROBE");
    expect(results).toMatchObject([
      { reference: { text: "PROBE://a" }, sources: ["FAR://a", "FAR://a[Region=1]", "FAR://a[thing=1]"] },
    ]);
    expect(warnings.map(({ message }) => message)).toEqual([
      '"PROBE" does not take the metadata of "FAR://a[thing=1]", so it cannot answer for that token',
    ]);
  });

  it.each([
    { target: "NEARR", hint: 'write "NEAR"' },
    { target: "", hint: "write PREFIX, or PREFIX://{path}" },
    { target: "near", hint: 'write "NEAR"' },
    { target: "NEAR://", hint: "write PREFIX, or PREFIX://{path}" },
    { target: "nothing at all", hint: "write PREFIX, or PREFIX://{path}" },
  ])("refuses $target as a target", async ({ target, hint }) => {
    const { manager } = await openTables({ FAR: { values: { a: "1" } }, NEAR: {} });
    await expect(manager.sync([input("FAR://a")], target)).rejects.toMatchObject({
      errors: [{ code: "CM_USAGE", hint }],
    });
  });
});
