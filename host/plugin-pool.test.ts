import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../test/helpers/build-once.ts";
import { goStore, itWithGo } from "../test/helpers/go-plugin.ts";
import {
  badPlugin,
  plainEnvironment,
  readNotes,
  scriptedStore,
  writeExecutable,
} from "../test/helpers/scripted-plugin.ts";
import {
  askScripted,
  createScriptedPool,
  createTestPool,
  temporaryFolder,
  type TestPoolOptions,
  textOrError,
  toRequest,
} from "../test/helpers/test-pool.ts";
import { platformName } from "./platform.ts";

const platform = platformName(process.platform, process.arch);

describe("preparing", () => {
  it("finds nothing to complain of for a plugin that is there, and launches nothing", async () => {
    const notesTo = join(temporaryFolder(), "notes");
    const test = createScriptedPool({ notesTo });
    expect(await test.pool.prepare(["SCRIPTED"])).toEqual([]);
    expect(readNotes(notesTo)).toEqual([]);
  });

  it("leaves it to the store to tell that a plugin is missing, with every path that was tried", async () => {
    const home = temporaryFolder();
    const test = createTestPool({ context: { home, shippedPluginsDir: "/nowhere/shipped" } });
    expect(await test.pool.prepare(["NONE"])).toEqual([]);
    test.pool.launch(["NONE"]);
    const tail = join(".configmanager", "plugins", "none", `none-${platform}`);
    await expect(test.pool.store("NONE")).rejects.toMatchObject({
      code: "CM_PLUGIN_NOT_FOUND",
      details: { tried: [join(test.folder, tail), join(home, tail), "/nowhere/shipped/none.cjs"] },
    });
  });

  it("ends a run whose alias names a plugin that is nowhere", async () => {
    const test = createTestPool({ stores: { ALIAS: { plugin: "missing" } } });
    expect(await test.pool.prepare(["ALIAS"])).toMatchObject([
      { code: "CM_CONFIG_INVALID", message: 'the store "ALIAS" is an alias of the plugin "missing", which is nowhere' },
    ]);
  });

  it.each([
    { name: "a file that everybody can write", mode: 0o757, folderMode: 0o755, code: "CM_PLUGIN_UNTRUSTED" },
    { name: "a folder that everybody can write", mode: 0o755, folderMode: 0o777, code: "CM_PLUGIN_UNTRUSTED" },
  ])("ends a run for $name", async ({ mode, folderMode, code }) => {
    const { file, options } = pluginWithModes(mode, folderMode);
    const test = createTestPool({ stores: { OPEN: { path: file } }, ...options });
    expect(await test.pool.prepare(["OPEN"])).toMatchObject([
      { code, hint: expect.stringContaining("chmod o-w") as string },
    ]);
  });

  it("warns of what the group can write", async () => {
    const { file, options } = pluginWithModes(0o775, 0o775);
    const test = createTestPool({ stores: { GROUP: { path: file } }, ...options });
    expect(await test.pool.prepare(["GROUP"])).toEqual([]);
    expect(test.records.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn a plugin's file can be written by its group",
      "warn a plugin's folder can be written by its group",
    ]);
  });

  it("ends a run for a file of another user", async () => {
    const { file, options } = pluginWithModes(0o755, 0o755);
    const uid = process.getuid?.() ?? 0;
    // Only root can give a file away; anybody else can say to be another.
    if (uid === 0) chownSync(file, 12_345, 12_345);
    const test = createTestPool({
      stores: { OTHER: { path: file } },
      ...options,
      context: { uid: uid === 0 ? 0 : uid + 1 },
    });
    expect(await test.pool.prepare(["OTHER"])).toMatchObject([{ code: "CM_PLUGIN_UNTRUSTED" }]);
  });

  it("looks at none of this where the modes are trusted", async () => {
    const { file } = pluginWithModes(0o757, 0o777);
    const test = createTestPool({ stores: { OPEN: { path: file } }, trustPluginModes: true });
    expect(await test.pool.prepare(["OPEN"])).toEqual([]);
  });
});

describe("a plugin", () => {
  it("is found in the folders, under its name in lower case", async () => {
    const root = temporaryFolder();
    const folder = join(root, ".configmanager", "plugins", "inplace");
    mkdirSync(folder, { recursive: true });
    const script = badPlugin("scripted.cjs");
    writeExecutable(folder, `inplace-${platform}`, `#!/bin/sh\nexec "${process.execPath}" "${script}"\n`);
    const test = createTestPool({ context: { env: { ...plainEnvironment(), CONFIGMANAGER_DIR: root } } });
    const [answer] = await test.ask("INPLACE", ["path"]);
    expect(textOrError(answer)).toBe("path->");
  });

  // Inside the executable nothing lies beside it: it is the plugins (`pluginsInside`), and its runtime is asked for no script.
  it.skipIf("bun" in process.versions)("that ships is run by this Node, without an execute bit or a PATH", async () => {
    const plugins = await buildTestPlugins();
    const shippedPluginsDir = temporaryFolder();
    copyFileSync(join(plugins.shippedDir, "env.cjs"), join(shippedPluginsDir, "env.cjs"));
    const test = createTestPool({
      context: { shippedPluginsDir, env: { GREETING: "hello" } },
      trustPluginModes: false,
    });
    const [answer] = await test.ask("ENV", ["GREETING"]);
    expect(textOrError(answer)).toBe("hello");
  });

  it("under two prefixes is two processes with environments of their own", async () => {
    const dumps = temporaryFolder();
    const store = (name: string) => scriptedStore({ dumpTo: join(dumps, name) }, { env: { WHO: name } });
    const test = createTestPool({ stores: { ONE: store("one"), TWO: store("two") } });
    await Promise.all([test.ask("ONE", ["path"]), test.ask("TWO", ["path"])]);
    const [one, two] = ["one", "two"].map(
      (name) => JSON.parse(readFileSync(join(dumps, name), "utf8")) as { pid: number; env: Record<string, string> },
    );
    expect([one?.env["WHO"], two?.env["WHO"]]).toEqual(["one", "two"]);
    expect(one?.pid).not.toBe(two?.pid);
  });

  it("gets metadata as a JSON object, in the order written", async () => {
    const test = createScriptedPool({});
    const store = await test.pool.store("SCRIPTED");
    const request = toRequest("path", { version: "3", "1": 'quote " and \u2028', __proto__: "x" });
    const [answer] = await store.getValues([
      { ...request, metadata: new Map([...request.metadata, ["__proto__", "x"]]) },
    ]);
    expect(textOrError(answer)).toBe('path->{"1":"quote \\" and \u2028","version":"3","__proto__":"x"}');
  });

  it("gets metadata as written where the configuration says raw", async () => {
    const test = createScriptedPool({}, { store: { metadataFormat: "raw" } });
    const store = await test.pool.store("SCRIPTED");
    const [answer] = await store.getValues([toRequest("path", { version: "3", region: "eu" })]);
    expect(textOrError(answer)).toBe("path->version=3,region=eu");
  });

  it("of protocol 1 is asked by no more calls at once than the configuration allows", async () => {
    const notesTo = join(temporaryFolder(), "notes");
    const test = createScriptedPool({ notesTo }, { store: { concurrency: 2 } });
    const answering = test.ask("SCRIPTED", ["slow/300", "slow/300", "a", "b"]);
    await answering;
    const asked = readNotes(notesTo)
      .map(({ event }) => event)
      .filter((event) => event.startsWith("value"));
    expect(asked.slice(0, 2)).toEqual(["value slow/300", "value slow/300"]);
    expect(asked).toHaveLength(4);
  });

  it("has the time-out that the configuration gives it", async () => {
    const test = createScriptedPool({}, { store: { timeoutMs: 200 }, timeoutMs: 60_000 });
    expect(await askScripted(test, "hang")).toMatchObject({ code: "CM_STORE_TIMEOUT" });
  });

  itWithGo.each(["hello", "configmanager-plugin-hello"] as const)("of Go with the cookie %s starts", async (cookie) => {
    const test = createTestPool({ stores: { SCRIPTED: goStore({ cookie }) } });
    expect(await askScripted(test)).toBe("path->");
  });

  itWithGo("of Go answers ten thousand requests, each with its own value", async () => {
    const test = createTestPool({ stores: { SCRIPTED: goStore() } });
    const paths = Array.from({ length: 10_000 }, (_, index) => `path/${index}`);
    expect((await test.ask("SCRIPTED", paths)).map(textOrError)).toEqual(paths.map((path) => `${path}->`));
  });
});

describe("giving up", () => {
  it("while a plugin starts rejects with the signal's reason and ends the plugin", async () => {
    const test = createTestPool({ stores: { SLOW: { path: badPlugin("no-line") } } });
    const controller = new AbortController();
    await test.pool.prepare(["SLOW"]);
    test.pool.launch(["SLOW"], controller.signal);
    const store = test.pool.store("SLOW", controller.signal);
    controller.abort(new Error("enough"));
    await expect(store).rejects.toThrow("enough");
  });

  it("while values are asked rejects with the signal's reason, and the plugin goes on", async () => {
    const test = createScriptedPool({});
    const controller = new AbortController();
    const store = await test.pool.store("SCRIPTED");
    const asked = store.getValues([toRequest("hang"), toRequest("path")], {
      signal: controller.signal,
      onAnswered: () => controller.abort(new Error("enough")),
    });
    await expect(asked).rejects.toThrow("enough");
    expect(await askScripted(test)).toBe("path->");
  });
});

it("waiting for a dozen plugins at once brings no warning of Node", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): unknown => warnings.push(warning);
  process.on("warning", note);
  const prefixes = Array.from({ length: 12 }, (_, index) => `S${index}`);
  const stores = Object.fromEntries(prefixes.map((prefix) => [prefix, { path: badPlugin("exits-early") }]));
  const test = createTestPool({ stores });
  const { signal } = new AbortController();
  const inspections = await Promise.all(prefixes.map((prefix) => test.pool.inspect(prefix, signal)));
  process.removeListener("warning", note);
  expect(inspections.map(({ error }) => error?.code)).toEqual(prefixes.map(() => "CM_PLUGIN_EXITED_EARLY"));
  expect(warnings).toEqual([]);
});

describe("a process that ends", () => {
  it("kills its plugins in the same turn", async () => {
    const test = createScriptedPool({ ignoreSigterm: true, shutdown: "hang" });
    expect(await askScripted(test)).toBe("path->");
    test.endProcess();
    await expect(
      test.pool.store("SCRIPTED").then((store) => store.getValues([toRequest("path")])),
    ).resolves.toMatchObject([{ ok: false, error: { code: "CM_PLUGIN_CRASHED" } }]);
  });
});

describe("a start that failed", () => {
  it("is told again without another try, until it is launched again", async () => {
    const folder = temporaryFolder();
    const count = join(folder, "count");
    const file = writeExecutable(folder, "failing", `#!/bin/sh\necho once >> "${count}"\nexit 1\n`);
    const test = createTestPool({ stores: { FAILING: { path: file } } });
    await expect(test.pool.store("FAILING")).rejects.toMatchObject({ code: "CM_PLUGIN_EXITED_EARLY" });
    await expect(test.pool.store("FAILING")).rejects.toMatchObject({ code: "CM_PLUGIN_EXITED_EARLY" });
    expect(readFileSync(count, "utf8")).toBe("once\n");
    test.pool.launch(["FAILING"]);
    await expect(test.pool.store("FAILING")).rejects.toMatchObject({ code: "CM_PLUGIN_EXITED_EARLY" });
    expect(readFileSync(count, "utf8")).toBe("once\nonce\n");
  });
});

function pluginWithModes(mode: number, folderMode: number): { file: string; options: TestPoolOptions } {
  const folder = join(temporaryFolder(), "plugin");
  mkdirSync(folder);
  const file = writeExecutable(folder, "plugin", "#!/bin/sh\nexit 0\n", mode);
  // A mode given to mkdir would go through the umask.
  chmodSync(dirname(file), folderMode);
  return { file, options: { trustPluginModes: false } };
}
