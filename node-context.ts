/**
 * What a run takes from the Node process when the caller hands in nothing: the one place besides the bins that
 * reads `process`. Called by the facade and by `cmd/main.ts`.
 */
import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { HostContext } from "./host/index.ts";

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
    onProcessExit(callback) {
      process.once("exit", callback);
      return () => process.removeListener("exit", callback);
    },
    kill: (pid, signal) => process.kill(pid, signal),
  };
}

/** The version of the Node that runs this, without a `v`. */
export function nodeVersion(): string {
  return process.versions.node;
}

// In a container the user may be known by its number only, and have none.
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

// As published this code is in `dist/` or in a folder below it; run from its sources it uses what was built last.
function shippedPluginsDir(): string | undefined {
  return ["./plugins", "../plugins", "./dist/plugins"]
    .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    .find((folder) => existsSync(`${folder}/env.cjs`));
}
