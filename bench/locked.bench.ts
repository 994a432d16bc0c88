/**
 * One run with seven Go plugins of 100 MB each, locked and verified before, against the same run without a lock, in pairs (goal: at
 * most 3 ms more). The program on Node; with CONFIGMANAGER_TEST_PROGRAM, the executable that it names.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { platformName } from "../host/platform.ts";
import { buildGoBinaries } from "../test/conformance/build-go.ts";
import { median } from "./processes.ts";

const pluginBytes = 100_000_000;
const pairs = 60;
const names = Array.from({ length: 7 }, (_, index) => `big${index + 1}`);
const executable = process.env["CONFIGMANAGER_TEST_PROGRAM"];
const program = executable === undefined ? [process.execPath, resolve("dist/cmd/bin.cjs")] : [resolve(executable)];
const input = names.map((name) => `${name.toUpperCase()}://a\n`).join("");

const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
const locked = join(folder, "locked");
const unlocked = join(folder, "unlocked");
const memory = join(folder, "cache", "configmanager", "verified-plugins");
try {
  const go = await buildGoBinaries(resolve("test/.build/go"));
  if (go === undefined) console.log("Go is not there: nothing is measured");
  else await measure(go.plugin);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(plugin: string): Promise<void> {
  for (const name of names) {
    const pluginFolder = join(locked, ".configmanager", "plugins", name);
    mkdirSync(pluginFolder, { recursive: true, mode: 0o755 });
    const file = join(pluginFolder, `${name}-${platformName(process.platform, process.arch)}`);
    copyFileSync(plugin, file);
    // What follows an executable's last section is nobody's concern.
    truncateSync(file, pluginBytes);
  }
  // The same files, with no lock beside their folder.
  mkdirSync(join(unlocked, ".configmanager"), { recursive: true });
  symlinkSync(join(locked, ".configmanager", "plugins"), join(unlocked, ".configmanager", "plugins"));
  run(locked, ["plugin", "lock"]);
  const render = ["string-input", "-i", input, "-p", "stdout"];
  const firstMs = run(locked, ["--locked", ...render]);
  // Files that were just written are remembered after two seconds.
  while (!existsSync(memory) || readFileSync(memory, "utf8").split("\n").length < names.length + 2) {
    run(locked, ["--locked", ...render]);
  }
  const differences: number[] = [];
  const ratios: number[] = [];
  const times: { readonly locked: number[]; readonly unlocked: number[] } = { locked: [], unlocked: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const lockedFirst = pair % 2 === 0;
    const early = lockedFirst ? run(locked, ["--locked", ...render]) : run(unlocked, render);
    const late = lockedFirst ? run(unlocked, render) : run(locked, ["--locked", ...render]);
    const [lockedMs, unlockedMs] = lockedFirst ? [early, late] : [late, early];
    times.locked.push(lockedMs);
    times.unlocked.push(unlockedMs);
    differences.push(lockedMs - unlockedMs);
    ratios.push(lockedMs / unlockedMs);
  }
  console.log(`seven plugins of 100 MB, not locked: ${summary(times.unlocked)}`);
  console.log(`the same, locked and verified: ${summary(times.locked)}, ${median(ratios).toFixed(3)} × "not locked"`);
  console.log(
    `locked less not locked: ${signed(median(differences))} ms, the median of ${pairs} pairs; ` +
      `${signed(Math.min(...times.locked) - Math.min(...times.unlocked))} ms between the quickest of each`,
  );
  console.log(`the same, locked and read for the first time: ${firstMs.toFixed(0)} ms`);
}

function summary(ms: readonly number[]): string {
  return `${median(ms).toFixed(1)} ms (from ${Math.min(...ms).toFixed(1)})`;
}

function signed(ms: number): string {
  return `${ms < 0 ? "" : "+"}${ms.toFixed(2)}`;
}

function run(cwd: string, args: readonly string[]): number {
  const [command = "", ...before] = program;
  const { CI: _ci, ...env } = process.env;
  const started = performance.now();
  const { status, stderr } = spawnSync(command, [...before, ...args], {
    cwd,
    env: { ...env, XDG_CACHE_HOME: join(folder, "cache"), HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`configmanager ${args.join(" ")} ended with ${status}: ${stderr}`);
  return ms;
}
