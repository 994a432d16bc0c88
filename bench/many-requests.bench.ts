/**
 * 10,000 distinct requests, first request written to last result read, against a Go host and a Go plugin doing 10,000 unary
 * calls with 16 in flight. Goals: through an SDK plugin (protocol 2) at most 0.3 ×, through a Go plugin (protocol 1) at most 4 ×.
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createPluginPool } from "../host/index.ts";
import { defaultSettings } from "../internal/config/config.ts";
import { silentLogger } from "../internal/log/logger.ts";
import type { StoreRequest } from "../internal/resolve/token-store.ts";
import { nodeContext } from "../node-context.ts";
import { buildGoBinaries } from "../test/conformance/build-go.ts";
import { median } from "./processes.ts";

const count = 10_000;
const runs = 7;
const requests = Array.from({ length: count }, (_, index): StoreRequest => ({
  path: `/app/value-${index}`,
  metadata: new Map(),
  rawMetadata: "",
}));
const script = await timesOf(resolve("bench/.build/empty"));
const go = await buildGoBinaries(resolve("test/.build/go"));
if (go === undefined) {
  console.log(`protocol 2, SDK plugin: ${median(script).toFixed(0)} ms; Go is not there, so there is no yardstick`);
} else {
  const yardstick: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const printed = execFileSync(go.host, ["-plugin", go.plugin, "-bench", String(count)], { encoding: "utf8" });
    const line = printed.split("\n").find((text) => text.includes('"elapsedNs"'));
    if (run > 0) yardstick.push((JSON.parse(line ?? "{}") as { elapsedNs: number }).elapsedNs / 1e6);
  }
  print("yardstick: Go host, Go plugin, unary, 16 in flight", yardstick, yardstick);
  print("protocol 2, SDK plugin", script, yardstick);
  print("protocol 1, Go plugin, 16 in flight", await timesOf(go.plugin), yardstick);
}

async function timesOf(path: string): Promise<number[]> {
  const context = nodeContext();
  const stores = new Map([["BENCH", { path }]]);
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    await using pool = createPluginPool({ ...defaultSettings, stores, context, logger: silentLogger });
    await pool.prepare(["BENCH"]);
    pool.launch(["BENCH"]);
    const store = await pool.store("BENCH");
    await store.getValues(requests.slice(0, 1));
    const started = performance.now();
    const answers = await store.getValues(requests);
    const ms = performance.now() - started;
    if (answers.some(({ ok }) => !ok)) throw new Error("a request failed");
    if (run > 0) times.push(ms);
  }
  return times;
}

function print(name: string, times: readonly number[], yardstick: readonly number[]): void {
  const range = `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`;
  console.log(
    `${name}: ${median(times).toFixed(0)} ms (${range}), ${(median(times) / median(yardstick)).toFixed(2)} ×`,
  );
}
