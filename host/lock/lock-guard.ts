/**
 * Before a plugin is launched: whether its file is the one that was locked. A run over plugins that are known to be takes a
 * `stat` for each, and one read of the lock and of the memory; all of it in one turn, as nothing can be launched before.
 */
import type { Logger } from "../../internal/log/logger.ts";
import type { FoundPlugin } from "../discover.ts";
import { platformName } from "../platform.ts";
import type { PluginGuard } from "../plugin-guard.ts";
import { stampAt } from "./file-stamp.ts";
import type { HashedFile } from "./hash-file.ts";
import { mismatchError, outdatedError } from "./lock-errors.ts";
import { createLockLookup, isLockedRun, type LockContext, type LockEntry } from "./lock-lookup.ts";
import type { Checksum } from "./plugin-lock.ts";
import { openVerifiedFiles } from "./verified-files.ts";

/** What the guard goes by. */
export interface LockGuardOptions {
  readonly context: LockContext;
  /** Whether every plugin has to be locked; undefined: in CI, where there is a lock. */
  readonly locked: boolean | undefined;
  readonly logger: Logger;
  /** Milliseconds since 1970; the system's clock unless set. */
  readonly now?: () => number;
}

/**
 * A guard that refuses a plugin whose file is not the locked one (CM_CHECKSUM_MISMATCH), a lock that says nothing sensible
 * (CM_LOCKFILE_INVALID), and in a locked run a plugin that is not locked for this platform (CM_LOCKFILE_OUTDATED).
 */
export function createLockGuard({ context, locked, logger, now }: LockGuardOptions): PluginGuard {
  const platform = platformName(context.platform, context.arch);
  const lookUp = createLockLookup(context);
  const verified = openVerifiedFiles(context, logger);
  const hashing = new Map<string, Promise<HashedFile>>();
  const toRemember = new Map<string, Checksum>();
  let isLocked: boolean | undefined;

  // Plugins that are asked about at the same time are read at the same time, and remembered together.
  const verify = async (plugin: FoundPlugin, entry: Extract<LockEntry, { readonly kind: "named" }>): Promise<void> => {
    const { file } = plugin;
    // Late, since it brings node:crypto, and most locked runs have nothing to hash.
    const started = hashing.get(file) ?? import("./hash-file.ts").then(({ hashFile }) => hashFile(file, { now }));
    hashing.set(file, started);
    try {
      const { checksum, stamp } = await started;
      if (checksum !== entry.checksum) throw mismatchError(plugin, entry, entry.checksum, checksum);
      if (stamp !== undefined) toRemember.set(stamp, checksum);
    } finally {
      hashing.delete(file);
      if (hashing.size === 0) {
        verified.add(toRemember);
        toRemember.clear();
      }
    }
  };

  return (plugin) => {
    const entry = lookUp(plugin);
    if (entry.kind === "named") {
      const stamp = stampAt(plugin.file);
      if (stamp !== undefined && verified.has(stamp, entry.checksum)) return undefined;
      return verify(plugin, entry);
    }
    isLocked ??= isLockedRun(locked, context);
    if (isLocked) throw outdatedError(plugin, entry, platform);
    if (entry.kind === "other platforms") {
      const facts = { plugin: entry.name, lock: entry.lockFile, platform };
      logger.log("warn", "a plugin's file is not in the lock for this platform", facts);
    }
    if (entry.kind === "not named") {
      logger.log("debug", "a plugin is not in the lock", { plugin: entry.name, lock: entry.lockFile });
    }
    return undefined;
  };
}
