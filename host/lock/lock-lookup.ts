/**
 * What the locks say of a plugin: which lock is asked, and what stands there. Not for whether the file is the one that was
 * locked, which `lock-guard.ts` sees to.
 */
import path from "node:path";
import { type DiscoverContext, type FoundPlugin, searchPlaces } from "../discover.ts";
import type { HostContext } from "../host-context.ts";
import { platformName } from "../platform.ts";
import { statIfThere } from "../stat-if-there.ts";
import { stampAt } from "./file-stamp.ts";
import { lockFileOf, readLock } from "./read-lock.ts";
import type { Checksum, LockedPlugin, PluginLock } from "./plugin-lock.ts";

/** What the locks say of a plugin; `name` is by which they know it. */
export type LockEntry =
  /** There is no lock where it would be. */
  | { readonly kind: "no lock"; readonly name: string }
  | { readonly kind: "not named"; readonly name: string; readonly lockFile: string }
  /** Locked, and not for the platform of this machine. */
  | {
      readonly kind: "other platforms";
      readonly name: string;
      readonly lockFile: string;
      readonly locked: LockedPlugin;
    }
  | {
      readonly kind: "named";
      readonly name: string;
      readonly lockFile: string;
      readonly locked: LockedPlugin;
      readonly checksum: Checksum;
    };

/** Of a plugin that was found, what its lock is found by. */
export type LockablePlugin = Pick<FoundPlugin, "prefix" | "file" | "origin">;

/** Finds what the locks say; a lock is read again when its file is another one. Throws CM_LOCKFILE_INVALID. */
export type LockLookup = (plugin: LockablePlugin) => LockEntry;

/**
 * A plugin of a folder `plugins` is in the lock beside that. One that the configuration has by its path is looked for by its
 * prefix in lower case, in the locks of all places, nearest first.
 */
export function createLockLookup(context: DiscoverContext): LockLookup {
  const known = new Map<string, { readonly stamp: string; readonly read: () => PluginLock | undefined }>();
  const platform = platformName(context.platform, context.arch);
  const lockIn = (file: string): PluginLock | undefined => {
    const stamp = stampAt(file);
    if (stamp === undefined) return undefined;
    const last = known.get(file);
    const read = last?.stamp === stamp ? last.read : readOnce(file);
    known.set(file, { stamp, read });
    return read();
  };
  return (plugin) => {
    const name = lockNameOf(plugin);
    const files =
      plugin.origin === "configuration"
        ? searchPlaces(context).map(({ folder }) => lockFileOf(folder))
        : [lockFileOf(path.dirname(path.dirname(plugin.file)))];
    let nearest: string | undefined;
    for (const lockFile of files) {
      const lock = lockIn(lockFile);
      if (lock === undefined) continue;
      nearest ??= lockFile;
      const locked = lock.plugins.get(name);
      if (locked === undefined) continue;
      const checksum = locked.checksums.get(platform);
      if (checksum === undefined) return { kind: "other platforms", name, lockFile, locked };
      return { kind: "named", name, lockFile, locked, checksum };
    }
    return nearest === undefined ? { kind: "no lock", name } : { kind: "not named", name, lockFile: nearest };
  };
}

// One error for all plugins, of a lock that says nothing sensible.
function readOnce(file: string): () => PluginLock | undefined {
  try {
    const lock = readLock(file);
    return () => lock;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** By which name a lock knows a plugin: that of its folder; of one that the configuration has by its path, of its prefix. */
export function lockNameOf({ prefix, file, origin }: LockablePlugin): string {
  return origin === "configuration" ? prefix.toLowerCase() : path.basename(path.dirname(file));
}

/**
 * Whether a run holds to its locks: as `locked` says, and where that says nothing, in CI (`CI` is set, and not to `false`)
 * when there is a lock in one of the search places.
 */
export function isLockedRun(locked: boolean | undefined, context: DiscoverContext): boolean {
  if (locked !== undefined) return locked;
  const ci = context.env["CI"];
  if (ci === undefined || ci === "" || ci.toLowerCase() === "false") return false;
  return searchPlaces(context).some(({ folder }) => statIfThere(lockFileOf(folder)) !== undefined);
}

/** What of the host a lock is checked with. */
export type LockContext = DiscoverContext & Pick<HostContext, "uid">;
