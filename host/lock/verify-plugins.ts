import path from "node:path";
import { ConfigManagerError, isConfigManagerError } from "../../internal/errors/errors.ts";
import { type DiscoverContext, searchPlaces, shippedPluginNames } from "../discover.ts";
import { platformName } from "../platform.ts";
import { hashFile } from "./hash-file.ts";
import { mismatchError, outdatedError } from "./lock-errors.ts";
import { createLockLookup, isLockedRun, type LockEntry } from "./lock-lookup.ts";
import { lockFileOf, readLock } from "./read-lock.ts";
import type { Checksum } from "./plugin-lock.ts";
import { findPlacedPlugins, pluginsNamed, type Stores } from "./plugin-files.ts";

/** What became of one file. */
export interface VerifiedFile {
  readonly name: string;
  readonly platform: string;
  /** Where it is, or would be. */
  readonly file: string;
  /** `missing`: locked for this platform, and not there. */
  readonly status: "ok" | "differs" | "missing" | "not locked" | "unreadable";
  readonly lockFile?: string;
  readonly expected?: Checksum;
  readonly found?: Checksum;
  /** What ends the command. */
  readonly error?: ConfigManagerError;
}

/** What is verified. */
export interface VerifyOptions {
  readonly context: DiscoverContext;
  readonly stores: Stores;
  /** Names of plugins; all unless there is one. */
  readonly names: readonly string[];
  /** Whether every plugin has to be locked; undefined: in CI, where there is a lock. */
  readonly locked: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every file of every plugin, of all platforms, and compares it with the locks; nothing is remembered. Of a plugin that
 * was named, a missing file is an error too. Rejects with CM_LOCKFILE_INVALID, CM_PLUGIN_NOT_FOUND for a name, CM_USAGE.
 */
export async function verifyPlugins(options: VerifyOptions): Promise<readonly VerifiedFile[]> {
  const { context, stores, names, locked, signal } = options;
  const platform = platformName(context.platform, context.arch);
  const isLocked = isLockedRun(locked, context);
  const lookUp = createLockLookup(context);
  const placed = findPlacedPlugins(context, stores);
  const missing = missingFiles(context, platform, placed);
  const wanted = pluginsNamed([...placed, ...missing], names, shippedPluginNames(context));

  const verify = async (file: string, of: string, plugin: (typeof placed)[number]): Promise<VerifiedFile> => {
    const { name, prefix, origin } = plugin;
    const found = { prefix, file, origin };
    const entry = lookUp(found);
    const facts = { name, platform: of, file, ...("lockFile" in entry && { lockFile: entry.lockFile }) };
    const expected = "locked" in entry ? entry.locked.checksums.get(of) : undefined;
    if (expected === undefined || !("locked" in entry)) {
      // Of other platforms a lock need not know; whoever runs there is told.
      const error = isLocked && of === platform ? notLocked(found, entry, platform) : undefined;
      return { ...facts, status: "not locked", ...(error && { error }) };
    }
    try {
      const { checksum } = await hashFile(file, { signal });
      const both = { expected, found: checksum };
      if (checksum === expected) return { ...facts, status: "ok", ...both };
      return { ...facts, status: "differs", ...both, error: mismatchError(found, entry, expected, checksum) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!isConfigManagerError(error)) throw error;
      return { ...facts, status: "unreadable", expected, error };
    }
  };
  const verified = wanted.map(async (plugin): Promise<readonly VerifiedFile[]> => {
    if ("files" in plugin) {
      return Promise.all(Array.from(plugin.files, ([of, file]) => verify(file, of, plugin)));
    }
    return [names.length === 0 ? plugin : withError(plugin, missingError(plugin))];
  });
  return (await Promise.all(verified)).flat();
}

function withError(file: VerifiedFile, error: ConfigManagerError): VerifiedFile {
  return { ...file, error };
}

type Found = Parameters<typeof outdatedError>[0];

function notLocked(found: Found, entry: LockEntry, platform: string): ConfigManagerError | undefined {
  return entry.kind === "named" ? undefined : outdatedError(found, entry, platform);
}

/** Plugins that are locked for this platform, and whose file is not there. */
function missingFiles(
  context: DiscoverContext,
  platform: string,
  placed: ReturnType<typeof findPlacedPlugins>,
): readonly VerifiedFile[] {
  return searchPlaces(context).flatMap(({ folder, origin }) => {
    const lockFile = lockFileOf(folder);
    return [...(readLock(lockFile)?.plugins.values() ?? [])].flatMap(({ name, checksums }): readonly VerifiedFile[] => {
      const expected = checksums.get(platform);
      const isThere = placed.some(
        (other) =>
          other.name === name &&
          (other.origin === "configuration" || other.origin === origin) &&
          other.files.has(platform),
      );
      if (expected === undefined || isThere) return [];
      const file = path.join(folder, name, `${name}-${platform}${context.platform === "win32" ? ".exe" : ""}`);
      return [{ name, platform, file, status: "missing", lockFile, expected }];
    });
  });
}

function missingError({ name, file, platform }: VerifiedFile): ConfigManagerError {
  return new ConfigManagerError("CM_PLUGIN_NOT_FOUND", `there is no file "${file}", which is locked`, {
    hint: `configmanager plugin install ${name}`,
    details: { plugin: name, file, platform },
  });
}
