import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNotes, type Script } from "../test/helpers/scripted-plugin.ts";
import {
  createScriptedPool,
  temporaryFolder,
  type TestPool,
  type TestPoolOptions,
  textOrError,
  toRequest,
} from "../test/helpers/test-pool.ts";
import type { StoreConfig } from "../internal/config/config.ts";
import type { ConfigManagerError } from "../internal/errors/errors.ts";
import type { StoreRequest } from "../internal/resolve/token-store.ts";

type V2 = Script["v2"] & {};

describe("values as a stream", () => {
  it("are answered in the order asked, ten thousand of them in messages of at most 256", async () => {
    const { test, notes } = open({});
    const paths = Array.from({ length: 10_000 }, (_, index) => `path/${index}`);
    const answered: number[] = [];
    const store = await test.pool.store("SCRIPTED");
    const answers = await store.getValues(
      paths.map((path) => toRequest(path)),
      { onAnswered: (count) => answered.push(count) },
    );
    expect(answers.map(textOrError)).toEqual(paths.map((path) => `${path}->{}`));
    expect(answered.at(-1)).toBe(10_000);
    expect(answered).toEqual(answered.toSorted((a, b) => a - b));
    const sizes = notes()
      .filter(({ event }) => event === "message")
      .map(({ requests }) => requests as number);
    expect(Math.max(...sizes)).toBe(256);
    expect(notes().filter(({ event }) => event === "stream")).toHaveLength(1);
  });

  it("are asked for in messages of at most 64 KiB, and a larger request in one of its own", async () => {
    const { test, notes } = open({});
    const paths = ["a".repeat(30_000), "b".repeat(30_000), "c".repeat(30_000), "d".repeat(200_000), "e"];
    const answers = await test.ask("SCRIPTED", paths);
    expect(answers.map(textOrError)).toEqual(paths.map((path) => `${path}->{}`));
    expect(
      notes()
        .filter(({ event }) => event === "message")
        .map(({ requests }) => requests),
    ).toEqual([2, 1, 1, 1]);
  });

  it("are none for no requests", async () => {
    const { test } = open({});
    expect(await test.ask("SCRIPTED", [])).toEqual([]);
  });

  it("come with the store's version", async () => {
    const [answer] = await open({}).test.ask("SCRIPTED", ["versioned/7"]);
    expect(answer).toMatchObject({ ok: true, version: "7" });
  });

  it("fail one by one, with the plugin's hint", async () => {
    const answers = await open({}).test.ask("SCRIPTED", ["code/5", "path", "code/2"]);
    expect(answers.map(textOrError)).toEqual([
      expect.objectContaining({
        code: "CM_STORE_NOT_FOUND",
        message: '"code/5" of "SCRIPTED" is not there: simulated failure',
        hint: "simulated hint",
      }),
      "path->{}",
      expect.objectContaining({ code: "CM_STORE_FAILED" }),
    ]);
  });

  it.each<{ name: string; v2: V2; paths: string[]; answers: string[] }>([
    { name: "answers twice", v2: { twice: true }, paths: ["a", "b"], answers: ["CM_PLUGIN_MISBEHAVED", "b->{}"] },
    { name: "answers what was not asked", v2: { unknown: true }, paths: ["a"], answers: ["a->{}"] },
    {
      name: "leaves one out",
      v2: {},
      paths: ["a", "missing", "b"],
      answers: ["a->{}", "CM_PLUGIN_MISBEHAVED", "b->{}"],
    },
    { name: "answers with nothing", v2: {}, paths: ["none", "b"], answers: ["CM_PLUGIN_MISBEHAVED", "b->{}"] },
    { name: "ends with a status", v2: { status: 7 }, paths: ["a", "missing"], answers: ["a->{}", "CM_STORE_DENIED"] },
    { name: "lacks the method", v2: { status: 12 }, paths: ["missing"], answers: ["CM_PLUGIN_UNSUPPORTED"] },
  ])("of a plugin that $name", async ({ v2, paths, answers }) => {
    const got = await open(v2).test.ask("SCRIPTED", paths);
    expect(got.map((answer) => (answer.ok ? textOrError(answer) : answer.error.code))).toEqual(answers);
    for (const answer of got) if (!answer.ok) expect(answer.error.message).toContain('"SCRIPTED"');
  });

  it("of a plugin without the service are unsupported", async () => {
    const test = createScriptedPool({ version: 2, line: "1|2|{network}|{address}|grpc|", without: ["store"] });
    const [answer] = await test.ask("SCRIPTED", ["path"]);
    expect(textOrError(answer)).toMatchObject({ code: "CM_PLUGIN_UNSUPPORTED" });
  });

  it("that do not come in time are given up, and the stream is canceled", async () => {
    const { test, notes } = open({ stayOpen: true }, { timeoutMs: 300 });
    const [given, missing] = await test.ask("SCRIPTED", ["path", "missing"]);
    expect(textOrError(given)).toBe("path->{}");
    expect(textOrError(missing)).toMatchObject({ code: "CM_STORE_TIMEOUT" });
    await test.pool[Symbol.asyncDispose]();
    expect(notes().map(({ event }) => event)).toContain("cancelled");
  });

  it("are given up when the caller does", async () => {
    const { test, notes } = open({ stayOpen: true });
    const controller = new AbortController();
    const store = await test.pool.store("SCRIPTED");
    const asked = store.getValues([toRequest("missing"), toRequest("path")], {
      signal: controller.signal,
      onAnswered: () => controller.abort(new Error("enough")),
    });
    await expect(asked).rejects.toThrow("enough");
    await test.pool[Symbol.asyncDispose]();
    expect(notes().map(({ event }) => event)).toContain("cancelled");
  });

  it("of a plugin that dies are its crash", async () => {
    const answers = await open({}).test.ask("SCRIPTED", ["exit/9", "path"]);
    for (const answer of answers) {
      expect(textOrError(answer)).toMatchObject({
        code: "CM_PLUGIN_CRASHED",
        message: 'the plugin of "SCRIPTED" exited with code 9 while it was asked: simulated last words',
      });
    }
  });
});

describe("metadata", () => {
  it("is not looked up when there is none", async () => {
    const { test, notes } = open({});
    await test.ask("SCRIPTED", ["path"]);
    expect(notes().map(({ event }) => event)).not.toContain("describe");
  });

  it("reaches the plugin when it knows the keys, in any case, and is looked up once", async () => {
    const { test, notes } = open({ describe: { metadataKeys: [{ name: "version" }, { name: "Region" }] } });
    const requests = [toRequest("path", { Version: "3", region: "eu" }), toRequest("other")];
    expect(await ask(test, requests)).toEqual(['path->{"Version":"3","region":"eu"}', "other->{}"]);
    await ask(test, requests);
    expect(notes().filter(({ event }) => event === "describe")).toHaveLength(1);
  });

  it("with a key that the plugin does not know fails that request alone, and is not asked for", async () => {
    const { test, notes } = open({ describe: { metadataKeys: [{ name: "version" }] } });
    const [wrong, right] = await ask(test, [toRequest("path", { verison: "3" }), toRequest("other")]);
    expect(wrong).toMatchObject({
      code: "CM_METADATA_INVALID",
      message: 'the plugin of "SCRIPTED" knows no metadata "verison"',
      hint: 'write "version"',
    });
    expect(right).toBe("other->{}");
    expect(
      notes()
        .filter(({ event }) => event === "message")
        .map(({ requests }) => requests),
    ).toEqual([1]);
  });

  it("may be anything when the plugin says so", async () => {
    const { test } = open({ describe: { anyMetadata: true } });
    expect(await ask(test, [toRequest("path", { x: "1" })])).toEqual(['path->{"x":"1"}']);
  });
});

describe("options", () => {
  it("are handed over once, before any value", async () => {
    const options = { colour: "red", list: [1, true, null], deep: { key: "value" } };
    const { test, notes } = open({}, { store: { options } });
    await test.ask("SCRIPTED", ["path"]);
    await test.ask("SCRIPTED", ["path"]);
    const seen = notes().filter(({ event }) => event === "configure" || event === "stream");
    expect(seen.map(({ event }) => event)).toEqual(["configure", "stream", "stream"]);
    expect(seen[0]?.["options"]).toEqual(options);
  });

  it.each([
    { name: "wrong", configureCode: 3, code: "CM_CONFIG_INVALID" },
    { name: "not taken at all", configureCode: 12, code: "CM_PLUGIN_UNSUPPORTED" },
  ])("that are $name end the start with $code", async ({ configureCode, code }) => {
    const { test } = open({ configureCode }, { store: { options: { colour: "red" } } });
    const error = await test.ask("SCRIPTED", ["path"]).catch((thrown: unknown) => thrown as ConfigManagerError);
    expect(error).toMatchObject({ code, message: expect.stringContaining('simulated: no option "colour"') as string });
  });

  it("for a plugin of protocol 1 are CM_CONFIG_INVALID", async () => {
    const test = createScriptedPool({}, { store: { options: { colour: "red" } } });
    await expect(test.ask("SCRIPTED", ["path"])).rejects.toMatchObject({ code: "CM_CONFIG_INVALID" });
  });
});

function open(
  v2: V2,
  options: TestPoolOptions & { readonly store?: StoreConfig } = {},
): { test: TestPool; notes: () => ReturnType<typeof readNotes> } {
  const notesTo = join(temporaryFolder(), "notes");
  return { test: createScriptedPool({ version: 2, v2, notesTo }, options), notes: () => readNotes(notesTo) };
}

async function ask(test: TestPool, requests: readonly StoreRequest[]): Promise<(string | ConfigManagerError)[]> {
  const store = await test.pool.store("SCRIPTED");
  return (await store.getValues(requests)).map(textOrError);
}
