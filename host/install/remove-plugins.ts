import { readdirSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { OutputWriter } from "../../internal/write/output-leftovers.ts";
import type { HostContext } from "../host-context.ts";
import { readLock } from "../lock/lockfile.ts";
import type { PluginLock } from "../lock/plugin-lock.ts";
import { platformName } from "../platform.ts";
import { statIfThere } from "../stat-if-there.ts";
import { toPlacingError } from "./install-errors.ts";
import { placeFile } from "./place-file.ts";
import { pluginFileName, pluginFileOf } from "./sums-text.ts";

/** What is removed. */
export interface RemoveOptions {
  /** In lower case. */
  readonly name: string;
  readonly context: Pick<HostContext, "platform" | "arch">;
  /** The folder `plugins`. */
  readonly pluginsDir: string;
  readonly lockFile: string;
  readonly isLockedRun: boolean;
  /** The files of every platform, with the folder that they are in. */
  readonly allPlatforms: boolean;
  readonly writer: OutputWriter;
  readonly signal?: AbortSignal | undefined;
}

/** What became of it. */
export interface RemovedPlugin {
  readonly name: string;
  /** Absent when there was only an entry in the lock. */
  readonly removed: string | undefined;
  /** Its entry was taken out of the lock. */
  readonly isUnlocked: boolean;
  /** The platforms whose files are left; the lock's entry stays for them. */
  readonly left: readonly string[];
}

/**
 * Removes a plugin's file for this platform, the folder when it is empty then, and the lock's entry when no platform's file is left.
 *
 * Rejects with CM_PLUGIN_NOT_FOUND when there is neither file nor entry, CM_LOCKFILE_OUTDATED in a locked run, CM_INSTALL_FAILED,
 * and as `updateLock` does; then everything is as it was.
 */
export async function removePlugin(options: RemoveOptions): Promise<RemovedPlugin> {
  const { name, context, pluginsDir, lockFile, allPlatforms, writer, signal } = options;
  const platform = platformName(context.platform, context.arch);
  const folder = path.join(pluginsDir, name);
  const target = path.join(folder, pluginFileName(name, platform));
  const isLocked = readLock(lockFile)?.plugins.has(name) === true;
  const platforms = platformsThere(folder, name);
  const isThere = allPlatforms ? statIfThere(folder)?.isDirectory() === true : platforms.includes(platform);
  const left = allPlatforms ? [] : platforms.filter((other) => other !== platform);
  if (!isThere && (!isLocked || left.length > 0)) throw notThere(name, target, left);
  const isUnlocked = isLocked && left.length === 0;
  if (isUnlocked && options.isLockedRun) {
    throw new ConfigManagerError("CM_LOCKFILE_OUTDATED", `the plugin "${name}" is locked in "${lockFile}"`, {
      hint: `configmanager --no-locked plugin remove ${name}, and commit the lock`,
      details: { plugin: name, lock: lockFile },
    });
  }
  const change = ({ plugins }: PluginLock): PluginLock | undefined => {
    if (!isUnlocked) return undefined;
    return { plugins: new Map([...plugins].filter(([other]) => other !== name)) };
  };
  if (isThere && platforms.includes(platform)) {
    await placeFile({ target, file: "remove", lockFile, change, writer, platform: context.platform, signal });
  } else if (isUnlocked) {
    await placeFile({ target, file: "keep", lockFile, change, writer, platform: context.platform, signal });
  }
  try {
    if (allPlatforms && isThere) await rm(folder, { recursive: true, force: true });
    else removeWhenEmpty(folder);
  } catch (error) {
    throw toPlacingError(error, folder);
  }
  return { name, removed: isThere ? (allPlatforms ? folder : target) : undefined, isUnlocked, left };
}

function platformsThere(folder: string, name: string): readonly string[] {
  try {
    return readdirSync(folder).flatMap((fileName) => {
      const file = pluginFileOf(fileName);
      return file?.name === name ? [file.platform] : [];
    });
  } catch {
    return [];
  }
}

function removeWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
}

function notThere(name: string, target: string, left: readonly string[]): ConfigManagerError {
  const hint =
    left.length > 0
      ? `there is one for ${left.join(", ")}: --all-platforms removes it`
      : "see configmanager plugin list; --home looks in the home folder";
  return new ConfigManagerError("CM_PLUGIN_NOT_FOUND", `there is no "${target}"`, {
    hint,
    details: { plugin: name, file: target },
  });
}
