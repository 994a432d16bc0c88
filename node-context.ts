/**
 * What a run takes from the Node process when the caller hands in nothing: the one place besides the bins that
 * reads `process`. Called by the facade and by `cmd/main.ts`.
 */
import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { HostContext } from "./host/index.ts";

/** In the single-file executable the names of the plugins that it holds (`scripts/stage-executable.mjs`); else there is none. */
declare const configmanagerPluginsInside: readonly string[] | undefined;

/** The surroundings of this process, for a host that launches plugins from it. */
export function nodeContext(): HostContext {
  return {
    env: process.env,
    cwd: process.cwd(),
    home: homeFolder(),
    platform: process.platform,
    arch: process.arch,
    execPath: process.execPath,
    uid: process.getuid?.(),
    tempDir: tmpdir(),
    shippedPluginsDir: shippedPluginsDir(),
    pluginsInside: pluginsInside(),
    onProcessExit(callback) {
      process.once("exit", callback);
      return () => process.removeListener("exit", callback);
    },
    kill: (pid, signal) => process.kill(pid, signal),
  };
}

/** What runs this, with its version: `node 20.19.0`, or `bun 1.4.5` in the single-file executable. */
export function runtimeName(): string {
  const { bun, node } = process.versions;
  return bun === undefined ? `node ${node}` : `bun ${bun}`;
}

// In a container the user may be known by its number only, and have none.
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

function pluginsInside(): readonly string[] | undefined {
  return typeof configmanagerPluginsInside === "undefined" ? undefined : configmanagerPluginsInside;
}

// As published this code is in `dist/` or in a folder below it; run from its sources it uses what was built last.
function shippedPluginsDir(): string | undefined {
  if (pluginsInside() !== undefined) return undefined;
  return ["./plugins", "../plugins", "./dist/plugins"]
    .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    .find((folder) => existsSync(`${folder}/env.cjs`));
}
