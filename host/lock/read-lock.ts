import { readFileSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { errnoOf } from "../../internal/errors/errno.ts";
import { parseLock } from "./lock-text.ts";
import type { PluginLock } from "./plugin-lock.ts";

/** The lock of a folder `plugins`, whether there is one or not. */
export function lockFileOf(pluginsDir: string): string {
  return path.join(path.dirname(pluginsDir), "plugins.lock.json");
}

/**
 * The lock in a file; undefined when there is none. Synchronous, as nothing can be launched before it is known.
 *
 * @throws CM_LOCKFILE_INVALID as `parseLock`, and for a file that cannot be read.
 */
export function readLock(file: string): PluginLock | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = errnoOf(error);
    // A file where `.configmanager` should be holds no lock either.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ConfigManagerError(
      "CM_LOCKFILE_INVALID",
      `the lock "${file}" cannot be read (${code ?? "unknown error"})`,
      {
        hint: "give yourself the right to read it",
        details: { file },
        cause: error,
      },
    );
  }
  return parseLock(text, file);
}
