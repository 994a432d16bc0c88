/** The numbered assertions of go-plugin-protocol.md, section 11.1: how plugins end, and that nothing is left. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildTestPlugins, type TestPlugins } from "../test/helpers/build-once.ts";
import { goStore, itWithGo } from "../test/helpers/go-plugin.ts";
import { startHostProcess } from "../test/helpers/host-process.ts";
import { isAlive, processesMentioning, untilGone } from "../test/helpers/processes.ts";
import { badPlugin, readNotes, type Script, scriptedStore } from "../test/helpers/scripted-plugin.ts";
import {
  askScripted,
  createScriptedPool,
  createTestPool,
  startError,
  temporaryFolder,
  type TestPool,
  textOrError,
  toRequest,
} from "../test/helpers/test-pool.ts";

let plugins: TestPlugins;
beforeAll(async () => {
  plugins = await buildTestPlugins();
});

describe("shutting down", () => {
  it("H29 takes a dropped connection for an answer", async () => {
    const { notes, ms } = await shutDown({ shutdown: "drop" });
    expect(notes).toContain("shutdown");
    expect(notes).not.toContain("sigterm");
    expect(ms).toBeLessThan(2000);
  });

  it.each<{ afterMs: number }>([{ afterMs: 0 }, { afterMs: 1200 }])(
    "H31 does not signal a plugin that ends $afterMs ms after its answer",
    async ({ afterMs }) => {
      const { notes } = await shutDown({ shutdown: { exitAfterMs: afterMs } });
      expect(notes).toContain("shutdown");
      expect(notes).not.toContain("sigterm");
    },
  );

  itWithGo("H29 ends a Go plugin in less than a second", async () => {
    const test = createTestPool({ stores: { SCRIPTED: goStore() } });
    expect(await askScripted(test)).toBe("path->");
    const started = performance.now();
    await test.pool[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("H30 kills a plugin that hangs in Shutdown, in bounded time", async () => {
    const { ms } = await shutDown({ shutdown: "hang", ignoreSigterm: true });
    expect(ms).toBeGreaterThan(1900);
    expect(ms).toBeLessThan(4000);
  });

  it("H30 kills a plugin that answers and stays", async () => {
    const { ms, notes } = await shutDown({ shutdown: "stay", ignoreSigterm: true });
    expect(notes).toContain("sigterm");
    expect(ms).toBeLessThan(4000);
  });

  it("H32 signals a plugin without a controller after the grace period", async () => {
    const { ms, notes } = await shutDown({ without: ["controller"] });
    expect(notes).toContain("sigterm");
    expect(ms).toBeGreaterThan(1900);
    expect(ms).toBeLessThan(4000);
  });

  it("H33 is not held up by a grandchild that holds stderr, which dies too", async () => {
    const { ms, all } = await shutDown({ grandchild: true });
    expect(ms).toBeLessThan(2000);
    const grandchild = all.find(({ event }) => event === "grandchild")?.["pid"] as number;
    await untilGone(() =>
      isAlive(grandchild) ? processesMentioning("sleep").filter(({ pid }) => pid === grandchild) : [],
    );
  });

  it("H34 may be asked for again, and at the same time", async () => {
    const test = createScriptedPool({});
    expect(await askScripted(test)).toBe("path->");
    await Promise.all([test.pool[Symbol.asyncDispose](), test.pool[Symbol.asyncDispose]()]);
    await test.pool[Symbol.asyncDispose]();
    test.pool.killNow();
  });

  it("H34 is safe after a start that failed", async () => {
    const test = createTestPool({ stores: { SCRIPTED: { path: badPlugin("exits-early") } } });
    await startError(test);
    test.pool.killNow();
    await test.pool[Symbol.asyncDispose]();
  });

  it("H34 ends a start that is under way", async () => {
    const test = createTestPool({ stores: { SCRIPTED: { path: badPlugin("no-line") } } });
    test.pool.launch(["SCRIPTED"]);
    const failure = test.pool.store("SCRIPTED").catch((error: unknown) => error);
    await test.pool[Symbol.asyncDispose]();
    expect(await failure).toMatchObject({ code: "CM_CANCELED" });
  });

  it("launches nothing after it", async () => {
    const test = createScriptedPool({});
    await test.pool[Symbol.asyncDispose]();
    test.pool.launch(["SCRIPTED"]);
    await expect(test.pool.store("SCRIPTED")).rejects.toMatchObject({ code: "CM_CANCELED" });
  });
});

describe("several plugins", () => {
  it("H38 start at once, and the failure of one stops no other", async () => {
    const slow = badPlugin("no-line");
    const test = createTestPool({
      stores: {
        GOODONE: scriptedStore({}),
        GOODTWO: scriptedStore({}),
        BADONE: { path: badPlugin("exits-early") },
        BADTWO: { path: slow },
      },
      pluginStartTimeoutMs: 5000,
    });
    const prefixes = ["GOODONE", "GOODTWO", "BADONE", "BADTWO"];
    expect(await test.pool.prepare(prefixes)).toEqual([]);
    test.pool.launch(prefixes);
    const results = await Promise.allSettled(prefixes.slice(0, 3).map((prefix) => test.pool.store(prefix)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    // Those that are good were not kept waiting by the one that says nothing.
    const store = await test.pool.store("GOODTWO");
    expect(textOrError((await store.getValues([toRequest("path")]))[0])).toBe("path->");
  });
});

describe("sockets", () => {
  it("H39 are gone with their folder after a forced kill", async () => {
    const test = createScriptedPool({ shutdown: "hang", ignoreSigterm: true });
    expect(await askScripted(test)).toBe("path->");
    expect(readdirSync(test.tempDir)).toHaveLength(1);
    test.pool.killNow();
    expect(readdirSync(test.tempDir)).toEqual([]);
  });

  it("H39 are gone where a plugin has put them elsewhere", async () => {
    const folder = temporaryFolder();
    const test = createScriptedPool({ shutdown: "hang", ignoreSigterm: true, socketDir: folder });
    expect(await askScripted(test)).toBe("path->");
    expect(readdirSync(folder)).toHaveLength(1);
    test.pool.killNow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("H39 leaves alone what a plugin calls a socket and is none", async () => {
    const { writeExecutable } = await import("../test/helpers/scripted-plugin.ts");
    const folder = temporaryFolder();
    const precious = writeExecutable(folder, "precious", "text", 0o600);
    const file = writeExecutable(folder, "plugin", `#!/bin/sh\necho '1|1|unix|${precious}|grpc|'\nexec sleep 300\n`);
    expect(await startError(createTestPool({ stores: { SCRIPTED: { path: file } } }))).toMatchObject({
      code: "CM_PLUGIN_CONNECT",
    });
    expect(readFileSync(precious, "utf8")).toBe("text");
  });

  it("are in a folder that nobody else can enter", async () => {
    const { statSync } = await import("node:fs");
    const test = createScriptedPool({});
    expect(await askScripted(test)).toBe("path->");
    const [folder = ""] = readdirSync(test.tempDir);
    expect(statSync(join(test.tempDir, folder)).mode & 0o777).toBe(0o700);
  });

  it("have a short folder when the temporary folder is deep", async () => {
    const { mkdirSync } = await import("node:fs");
    const tempDir = join(temporaryFolder(), "d".repeat(80));
    mkdirSync(tempDir);
    expect(await askScripted(createScriptedPool({}, { context: { tempDir } }))).toBe("path->");
  });
});

describe("the end of the host", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("H36 %s shuts all plugins down", async (signal) => {
    const host = await startHostProcess({
      ONE: scriptedStore({}),
      TWO: scriptedStore({ shutdown: "stay", ignoreSigterm: true }),
    });
    expect(host.plugins()).toHaveLength(2);
    host.child.kill(signal);
    const started = performance.now();
    await host.exited;
    expect(performance.now() - started).toBeLessThan(3000);
    await untilGone(host.plugins);
    expect(host.leftFiles()).toEqual([]);
  });

  it("H36 an uncaught error kills all plugins", async () => {
    const host = await startHostProcess({
      ONE: scriptedStore({ grandchild: true }),
      TWO: scriptedStore({ ignoreSigterm: true }),
    });
    expect(host.plugins().length).toBeGreaterThanOrEqual(2);
    host.child.kill("SIGUSR2");
    expect((await host.exited)[0]).not.toBe(0);
    expect(host.stderr()).toContain("simulated bug");
    await untilGone(host.plugins, 3000);
    expect(host.leftFiles()).toEqual([]);
  });

  it("H36 a Ctrl-C in the terminal reaches the host alone", async () => {
    const notesTo = join(temporaryFolder(), "notes");
    const host = await startHostProcess({ ONE: scriptedStore({ notesTo }) });
    const [plugin] = host.plugins();
    // A group of its own is what keeps the terminal's signal from it.
    expect(plugin?.groupId).toBe(plugin?.pid);
    host.child.kill("SIGINT");
    await host.exited;
    expect(readNotes(notesTo).map(({ event }) => event)).not.toContain("sigint");
  });

  it("H37 a SIGKILL leaves no plugin of the SDK behind", async () => {
    const host = await startHostProcess({ ENV: { path: plugins.file("env") }, FILE: { path: plugins.file("file") } });
    expect(host.plugins()).toHaveLength(2);
    host.child.kill("SIGKILL");
    await host.exited;
    await untilGone(host.plugins, 5000);
    const sockets = host.leftFiles().flatMap((folder) => readdirSync(join(host.tempDir, folder)));
    expect(sockets).toEqual([]);
    expect(existsSync(host.tempDir)).toBe(true);
  });
});

/** Asks a scripted plugin once and shuts it down; what it noted, and how long its end took. */
async function shutDown(
  script: Script,
): Promise<{ ms: number; notes: readonly string[]; all: ReturnType<typeof readNotes> }> {
  const notesTo = join(temporaryFolder(), "notes");
  const test: TestPool = createScriptedPool({ ...script, notesTo });
  expect(await askScripted(test)).toBe("path->");
  const started = performance.now();
  await test.pool[Symbol.asyncDispose]();
  const all = readNotes(notesTo);
  return { ms: performance.now() - started, notes: all.map(({ event }) => event), all };
}
