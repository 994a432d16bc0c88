import path from "node:path";
import { type DiscoverContext, findPlugin, type PluginOrigin, searchPlaces, shippedPluginNames } from "../discover.ts";
import { platformName } from "../platform.ts";
import { readLock, lockFileOf } from "./read-lock.ts";
import { createLockLookup } from "./lock-lookup.ts";
import type { LockedPlugin } from "./plugin-lock.ts";
import { findPlacedPlugins, type Stores } from "./plugin-files.ts";

/** A plugin of some place. */
export interface ListedPlugin {
  readonly name: string;
  readonly prefix: string;
  readonly origin: PluginOrigin;
  /** For this platform; absent where there is none. */
  readonly file?: string | undefined;
  /** The platforms whose files are there. */
  readonly platforms: readonly string[];
  /** As the lock has it: its source's, else its own. */
  readonly version?: string | undefined;
  /** `other platforms`: not for this one; `no lock`: there is none where it would be, as for what ships. */
  readonly lock: "locked" | "not locked" | "other platforms" | "no lock";
  /** It is the one that a run takes for its prefix. */
  readonly isUsed: boolean;
}

/**
 * Every plugin of every place and those that ship, by prefix and then nearest first; with those that are locked and not
 * there. Nothing is started. Throws CM_LOCKFILE_INVALID.
 */
export function listPlugins(context: DiscoverContext, stores: Stores): readonly ListedPlugin[] {
  const platform = platformName(context.platform, context.arch);
  const lookUp = createLockLookup(context);
  const used = (prefix: string): string | undefined => usedFile(prefix, stores, context);
  const placed = findPlacedPlugins(context, stores).map(({ name, prefix, origin, files, lockFile }): ListedPlugin => {
    const file = files.get(platform);
    const asked = file ?? path.join(path.dirname(lockFile), "plugins", name, name);
    const entry = lookUp({ prefix, file: asked, origin });
    return {
      name,
      prefix,
      origin,
      file,
      platforms: [...files.keys()],
      version: "locked" in entry ? versionOf(entry.locked) : undefined,
      isUsed: file !== undefined && used(prefix) === file,
      lock: entry.kind === "named" ? "locked" : entry.kind === "not named" ? "not locked" : entry.kind,
    };
  });
  const shipped = [...shippedPluginNames(context)].map((name): ListedPlugin => {
    const prefix = name.toUpperCase();
    const isUsed = !placed.some((plugin) => plugin.prefix === prefix && plugin.isUsed);
    const file = isUsed ? used(prefix) : undefined;
    return {
      name,
      prefix,
      origin: "shipped",
      file,
      platforms: [platform],
      lock: "no lock",
      isUsed: file !== undefined,
    };
  });
  const all = [...placed, ...lockedOnly(context, placed, platform), ...shipped];
  return all.toSorted((left, right) => (left.prefix < right.prefix ? -1 : left.prefix > right.prefix ? 1 : 0));
}

function versionOf({ version, described }: LockedPlugin): string | undefined {
  return version ?? described?.version;
}

// What a run would take. Stores that are made of others have no plugin.
function usedFile(prefix: string, stores: Stores, context: DiscoverContext): string | undefined {
  const store = stores.get(prefix);
  if (store?.members !== undefined) return undefined;
  try {
    return findPlugin(prefix, store, context).file;
  } catch {
    return undefined;
  }
}

/** What is locked and lies nowhere: what `plugin install` would bring. */
function lockedOnly(
  context: DiscoverContext,
  placed: readonly ListedPlugin[],
  platform: string,
): readonly ListedPlugin[] {
  return searchPlaces(context).flatMap(({ folder, origin }) => {
    const locked = readLock(lockFileOf(folder))?.plugins.values() ?? [];
    return [...locked].flatMap((plugin): readonly ListedPlugin[] => {
      const { name, checksums } = plugin;
      // One that the configuration has by its path may be in any lock.
      const isThere = placed.some(
        (other) => other.name === name && (other.origin === origin || other.origin === "configuration"),
      );
      if (isThere) return [];
      const lock = checksums.has(platform) ? "locked" : "other platforms";
      const facts = { name, prefix: name.toUpperCase(), origin, platforms: [], lock, isUsed: false } as const;
      return [Object.assign(facts, { version: versionOf(plugin) })];
    });
  });
}
