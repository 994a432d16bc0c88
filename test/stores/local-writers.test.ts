/**
 * The store LOCAL with many processes at it: what ships, launched as a host does, each value written by a process of its
 * own. Whatever is killed, the file is the old or the new one, and whoever comes next can go on.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { openTestStore } from "configmanager/plugin/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentity } from "../../plugins/local/src/age.ts";
import { localStore } from "../../plugins/local/src/store.ts";
import { protocol2 } from "../../authoring/plugin-test/raw-calls.ts";
import type { RawPlugin } from "../../authoring/plugin-test/raw-plugin.ts";
import { useRawHost } from "../conformance/raw-host.ts";
import { buildTestPlugins } from "../helpers/build-once.ts";

const plugins = await buildTestPlugins();
const identity = await createIdentity();
const host = useRawHost();

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cm-writers-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function storeEnv(file: string): Record<string, string> {
  return { CONFIGMANAGER_LOCAL_FILE: file, CONFIGMANAGER_LOCAL_KEY: identity };
}

function launch(file: string): RawPlugin {
  const env = { ...storeEnv(file), PLUGIN_PROTOCOL_VERSIONS: "2" };
  return host.launch({ file: plugins.file("local"), env, cwd: folder });
}

/** One process that writes values one after the other and ends; gives the versions. */
async function write(file: string, values: readonly (readonly [path: string, data: Buffer])[]): Promise<string[]> {
  const plugin = launch(file);
  const calls = protocol2(await plugin.connect());
  const versions: string[] = [];
  for (const [path, data] of values) versions.push((await calls.putValue({ path, data })).version);
  plugin.closeClients();
  plugin.child.kill("SIGTERM");
  return versions;
}

async function read(file: string, paths: readonly string[]): Promise<(string | undefined)[]> {
  const store = await openTestStore({ store: localStore, env: storeEnv(file), cwd: folder });
  const answers = await store.ask(paths.map((path) => ({ path })));
  await store.close();
  return answers.map((answer) => {
    if (!answer.ok && answer.code !== "NOT_FOUND") throw new Error(answer.message);
    return answer.ok ? Buffer.from(answer.data).toString() : undefined;
  });
}

describe("many writers of one local store", () => {
  it("20 processes lose nothing, of their own values and of one that all of them write", async () => {
    const writers = Array.from({ length: 20 }, (_, writer) => writer);
    const rounds = [0, 1, 2];
    const versions = await Promise.all(
      writers.map((writer) =>
        write(
          "local.age",
          rounds.flatMap((round) => [
            [`writer/${writer}/${round}`, Buffer.from(`${writer}.${round}`)],
            ["shared", Buffer.from(String(writer))],
          ]),
        ),
      ),
    );
    const names = writers.flatMap((writer) => rounds.map((round) => `writer/${writer}/${round}`));
    expect(await read("local.age", names)).toEqual(
      writers.flatMap((writer) => rounds.map((round) => `${writer}.${round}`)),
    );
    // Each writing of the shared value has found the one before.
    const shared = versions.flatMap((ofWriter) => ofWriter.filter((_, index) => index % 2 === 1).map(Number));
    expect(shared.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(readdirSync(folder)).toEqual(["local.age"]);
  }, 120_000);

  it("a kill at any of 200 random moments leaves the old file or the new one, and nobody stuck", async () => {
    const lanes = await Promise.all(["a", "b", "c", "d"].map((lane) => killRepeatedly(lane, 50)));
    const outcomes = lanes.flat();
    expect(outcomes).toHaveLength(200);
    // Else the moments were none of the writing.
    expect(outcomes).toContain("old");
    expect(outcomes).toContain("new");
  }, 300_000);
});

/** Resolves at that many changes in a folder, or when the work has ended before. */
async function changesDuring(work: Promise<unknown>, watched: string, count: number): Promise<void> {
  const ended = new AbortController();
  void work.then(() => ended.abort());
  try {
    for await (const { filename } of watch(watched, { signal: ended.signal })) {
      if (filename !== null && --count <= 0) return;
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
}

/** So long that the system takes it in several pieces. */
const padding = "p".repeat(600_000);

/** Kills writers of a file in a folder of its own, and says for each whether the file was the old or the new one. */
async function killRepeatedly(lane: string, kills: number): Promise<("old" | "new")[]> {
  const watched = join(folder, lane);
  mkdirSync(watched);
  const file = join(lane, "local.age");
  await write(file, [["kept", Buffer.from(padding)]]);
  const outcomes: ("old" | "new")[] = [];
  let old: string | undefined;
  // What a writing takes here, as the kills themselves show it.
  let usualMs = 50;
  for (let kill = 0; kill < kills; kill++) {
    const plugin = launch(file);
    const calls = protocol2(await plugin.connect());
    const data = `value ${kill}`;
    const began = performance.now();
    let tookMs: number | undefined;
    const putting = calls.putValue({ path: "value", data: Buffer.from(data) }).then(
      () => (tookMs = performance.now() - began),
      () => {},
    );
    if (kill % 2 === 0) {
      await Promise.race([delay((randomInt(1000) / 1000) * usualMs * 1.3), putting]);
      usualMs = tookMs === undefined ? usualMs * 1.1 : (usualMs + tookMs) / 2;
    } else {
      // As soon as something happens in the folder: the writing itself is but a small part of the time.
      await changesDuring(putting, watched, randomInt(1, 12));
    }
    plugin.child.kill("SIGKILL");
    await plugin.exited;
    await putting;
    const [kept, now] = await read(file, ["kept", "value"]);
    expect(kept === padding).toBe(true);
    expect([old, data]).toContain(now);
    outcomes.push(now === old ? "old" : "new");
    old = now;
  }
  // The next one goes on, whatever the last one left.
  expect(await write(file, [["last", Buffer.from("x")]])).toEqual(["1"]);
  expect(readdirSync(watched)).toEqual(["local.age"]);
  return outcomes;
}
