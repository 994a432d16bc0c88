/** The raw host of `authoring/plugin-test` for tests of our own plugins: what it launches ends with the test. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { RawPlugin } from "../../authoring/plugin-test/raw-plugin.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";

/** The words that start a plugin: where scripts are tested, this Node runs them, and not that of PATH. */
export function commandOf(file: string): readonly [string, ...string[]] {
  return testedExecutable === undefined ? [process.execPath, file] : [file];
}

/** How one of our script plugins is launched. */
export interface ScriptLaunchOptions {
  readonly file: string;
  /** Added to a bare environment that holds the cookie; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** Launches plugins for each test of a file; after it, none may be left of those that were asked to end, and all are killed. */
export function useRawHost(): {
  readonly launch: (options: ScriptLaunchOptions) => RawPlugin;
  readonly tempDir: () => string;
} {
  let tempDir = "";
  let plugins: RawPlugin[] = [];
  beforeEach(async () => {
    tempDir = await mkdtemp(path.join(tmpdir(), "cm-"));
    plugins = [];
  });
  afterEach(async () => {
    for (const plugin of plugins) {
      plugin.closeClients();
      plugin.child.kill("SIGTERM");
    }
    const exits = await Promise.all(plugins.map(({ exited }) => exited));
    // A plugin that ends by itself or by SIGTERM leaves no socket behind.
    const left = (await readdir(tempDir)).filter((name) => name.startsWith("plugin"));
    await rm(tempDir, { recursive: true });
    if (exits.every(({ signal }) => signal === null)) expect(left).toEqual([]);
  });
  return {
    launch({ file, env = {}, cwd = tempDir }) {
      const whole = { PATH: process.env["PATH"], TMPDIR: tempDir, CONFIGMANAGER_PLUGIN: "hello", ...env };
      const [program, ...args] = commandOf(file);
      const plugin = new RawPlugin({ file: program, args, env: whole, cwd });
      plugins.push(plugin);
      return plugin;
    },
    tempDir: () => tempDir,
  };
}

/** Resolves as soon as the condition holds; the test's time limit is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** True while a process runs; one that has ended and that nobody has collected does not. */
export async function isRunning(processId: number): Promise<boolean> {
  if (process.platform !== "linux") {
    try {
      return process.kill(processId, 0);
    } catch {
      return false;
    }
  }
  if (!existsSync(`/proc/${processId}`)) return false;
  const status = await readFile(`/proc/${processId}/stat`, "utf8").catch(() => ") Z");
  return !/\) [ZX]/.test(status);
}
