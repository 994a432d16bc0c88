import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alreadyExists, badRequest, denied, notFound, type Store } from "configmanager/plugin";
import { contractChecks, openTestStore, type TestSubject } from "configmanager/plugin/testing";
import { afterAll, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../helpers/build-once.ts";

const plugins = await buildTestPlugins();
const cwd = mkdtempSync(join(tmpdir(), "cm-contract-"));
const env = { PATH: process.env["PATH"], TMPDIR: cwd };
afterAll(() => {
  const left = readdirSync(cwd);
  rmSync(cwd, { recursive: true });
  expect(left).toEqual([]);
});

/** A store that keeps the whole contract. */
const good: Store = {
  prefix: "GOOD",
  metadataKeys: { version: "which version" },
  async value({ path, metadata }, { signal }) {
    switch (path) {
      case "greeting":
        return metadata["version"] === "1" ? "hi" : "hello";
      case "empty":
        return "";
      case "ünïcode/キー":
        return "größe \u{1f511}";
      case "large":
        return "x".repeat(1024 * 1024);
      case "secret":
        return denied("may not be read");
      case "slow":
        return new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      case "bad":
        throw badRequest("no such form");
      default:
        return notFound(path);
    }
  },
};
const cases = {
  found: { path: "greeting", value: "hello" },
  missing: { path: "nothing" },
  denied: { path: "secret" },
  bad: { path: "bad" },
  version: { path: "greeting", metadata: { version: "1" }, value: "hi" },
  empty: { path: "empty" },
  large: { path: "large", value: "x".repeat(1024 * 1024) },
  unicode: { path: "ünïcode/キー", value: "größe \u{1f511}" },
  cancelled: { path: "slow" },
};

describe("the contract of a store that keeps it", () => {
  for (const { name, run } of contractChecks({ store: good, env, cwd }, cases)) it(name, run);
});

describe("the contract of an executable", () => {
  const probe = {
    found: { path: "echo/a", value: "a" },
    missing: { path: "missing/b" },
    denied: { path: "denied" },
    bad: { path: "bad" },
    version: { path: "metadata", metadata: { version: "3" }, value: '{"Version":"3"}' },
    empty: { path: "empty" },
    large: { path: "large/5000000", value: "a".repeat(5_000_000) },
    unicode: { path: "echo/größe \u{1f511}", value: "größe \u{1f511}" },
    cancelled: { path: "hold-until-canceled" },
  };
  for (const { name, run } of contractChecks({ executable: plugins.file("probe"), env, cwd }, probe)) it(name, run);
});

describe("the contract of a store that breaks it", () => {
  const broken: readonly { readonly name: string; readonly fails: string; readonly value: Store["value"] & {} }[] = [
    { name: "answers with another value", fails: "a value that is there is found", value: () => "another" },
    { name: "makes an empty value of a missing one", fails: "a value that is not there is NOT_FOUND", value: () => "" },
    {
      name: "throws instead of saying not found",
      fails: "a value that is not there is NOT_FOUND",
      value: () => Promise.reject(new Error("404")),
    },
    {
      name: "hides what is denied",
      fails: "a value that may not be read is PERMISSION_DENIED or UNAUTHENTICATED",
      value: ({ path }) => notFound(path),
    },
    { name: "ignores the version", fails: "a version that the metadata names is found", value: () => "hello" },
    {
      name: "goes on after it was canceled",
      fails: "a canceled request ends, and the store goes on",
      value: () => new Promise(() => {}),
    },
  ];
  it.each(broken)("that $name: the check fails", async ({ fails, value }) => {
    const check = contractChecks({ store: { ...good, value } as Store, env, cwd }, cases).find(
      ({ name }) => name === fails,
    );
    await expect(check!.run()).rejects.toThrow();
  });
});

describe("a test store", () => {
  it("hands over options, and rejects with what is wrong with them", async () => {
    const subject: TestSubject = { executable: plugins.file("probe"), env, cwd, options: { color: "red" } };
    const store = await openTestStore(subject);
    const [answer] = await store.ask([{ path: "options" }]);
    expect(answer?.ok === true && Buffer.from(answer.data).toString()).toBe(
      'configured {"color":"red"} {"color":"red"}',
    );
    await store.close();
    await expect(openTestStore({ ...subject, options: { colour: "red" } })).rejects.toThrow(
      'option "colour" is not known',
    );
  });

  it("knows version and expiry", async () => {
    const store = await openTestStore({ executable: plugins.file("probe"), env, cwd });
    const [answer] = await store.ask([{ path: "versioned/a" }]);
    expect(answer).toMatchObject({ ok: true, version: "7", expiresAt: new Date("2030-01-02T03:04:05.678Z") });
    await store.close();
  });

  const writable: Store = {
    ...good,
    put: ({ path, createOnly }) => (createOnly ? alreadyExists(path, { hint: "choose another" }) : { version: "3" }),
    async *list({ path, recursive, metadata }) {
      yield { path: `${path}/${recursive ? "all" : "some"}`, value: { data: "hello", version: metadata["version"] } };
      await Promise.reject(denied("the rest may not be read"));
    },
  };

  it("writes and lists in this process, and says why not", async () => {
    const store = await openTestStore({ store: writable, env, cwd });
    expect(await store.put({ path: "a", data: "1" })).toEqual({ ok: true, version: "3" });
    expect(await store.put({ path: "a", data: "1", createOnly: true })).toMatchObject({
      code: "ALREADY_EXISTS",
      message: '"a" already exists',
      hint: "choose another",
    });
    expect(await store.list({ path: "a" })).toMatchObject({ code: "PERMISSION_DENIED" });
    await store.close();
    const readOnly = await openTestStore({ store: good, env, cwd });
    expect(await readOnly.put({ path: "a", data: "1" })).toMatchObject({ code: "UNIMPLEMENTED" });
    expect(await readOnly.list({ path: "a" })).toMatchObject({ code: "UNIMPLEMENTED" });
    await readOnly.close();
  });

  it.each([
    { name: "in this process", subject: { store: listing(), env, cwd } },
    { name: "of an executable", subject: { executable: plugins.file("probe"), env, cwd } },
  ])("lists what it has written $name", async ({ subject }) => {
    const store = await openTestStore(subject);
    for (const path of ["a/b", "a/b/c"]) expect(await store.put({ path, data: path })).toMatchObject({ ok: true });
    const paths = async (recursive: boolean): Promise<unknown> => {
      const answer = await store.list({ path: "a", recursive });
      return answer.ok && answer.values.map(({ path, data }) => [path, Buffer.from(data).toString()]);
    };
    expect(await paths(false)).toEqual([["a/b", "a/b"]]);
    expect(await paths(true)).toEqual([
      ["a/b", "a/b"],
      ["a/b/c", "a/b/c"],
    ]);
    await store.close();
  });

  it("says of an executable why it neither writes nor lists", async () => {
    const store = await openTestStore({ executable: plugins.file("env"), env, cwd });
    expect(await store.put({ path: "a", data: "1" })).toMatchObject({
      code: "UNIMPLEMENTED",
      message: "ENV cannot write values",
    });
    expect(await store.list({ path: "a" })).toMatchObject({ code: "UNIMPLEMENTED", message: "ENV cannot list values" });
    await store.close();
  });

  it("rejects for an executable that is no plugin", async () => {
    await expect(openTestStore({ executable: process.execPath, env, cwd })).rejects.toMatchObject({
      code: "CM_PLUGIN_EXITED_EARLY",
    });
    await expect(openTestStore({ executable: join(cwd, "none"), env, cwd })).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("rejects when the plugin could not be ended", async () => {
    const store = await openTestStore({ executable: plugins.file("probe"), env, cwd });
    await store.ask([{ path: "die" }]).catch(() => {});
    await expect(store.close()).rejects.toMatchObject({
      code: "CM_PLUGIN_MISBEHAVED",
      message: "the plugin was asked to exit and exited with code 3",
    });
  });
});

/** A store that keeps in memory what is written. */
function listing(): Store {
  const written = new Map<string, Uint8Array>();
  return {
    ...good,
    put: ({ path, data }) => void written.set(path, data),
    async *list({ path, recursive }) {
      for (const [name, data] of written) {
        const below = name.slice(path.length + 1);
        if (recursive || !below.includes("/")) yield { path: name, value: data };
      }
    },
  };
}
