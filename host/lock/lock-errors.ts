import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { LockablePlugin, LockEntry } from "./lock-lookup.ts";
import type { Checksum, LockedPlugin } from "./plugin-lock.ts";

/** A plugin's file that is not the one that was locked. */
export function mismatchError(
  { prefix, file, origin }: LockablePlugin,
  { name, lockFile, locked }: Extract<LockEntry, { readonly locked: LockedPlugin }>,
  expected: Checksum,
  found: Checksum,
): ConfigManagerError {
  const message = `the plugin file "${file}" is not the one that was locked, ${shortened(found)} and not ${shortened(expected)}`;
  const named = origin === "home folder" ? `${name} --home` : name;
  const lockIt = `when it was changed on purpose, lock it with configmanager plugin lock ${name}`;
  return new ConfigManagerError("CM_CHECKSUM_MISMATCH", message, {
    hint: `${locked.source === undefined ? "put the old one back" : `configmanager plugin install ${named}`}; ${lockIt}`,
    details: { prefix, plugin: name, file, lock: lockFile, expected, found },
  });
}

/** With `--locked`: a plugin that is in no lock, or not for this platform. */
export function outdatedError(
  { prefix, file }: LockablePlugin,
  entry: Exclude<LockEntry, { readonly kind: "named" }>,
  platform: string,
): ConfigManagerError {
  return new ConfigManagerError("CM_LOCKFILE_OUTDATED", notLockedText(entry, platform), {
    hint: `${lockHint(entry, platform)}, and commit the lock; --no-locked runs what is there`,
    details: { prefix, plugin: entry.name, file, platform, lock: "lockFile" in entry ? entry.lockFile : undefined },
  });
}

/** That a plugin is not locked, as a clause. */
export function notLockedText(entry: Exclude<LockEntry, { readonly kind: "named" }>, platform: string): string {
  if (entry.kind === "no lock") return `the plugin "${entry.name}" is not locked, there is no lock`;
  if (entry.kind === "not named") return `the plugin "${entry.name}" is not locked in "${entry.lockFile}"`;
  return `the plugin "${entry.name}" is not locked for ${platform} in "${entry.lockFile}"`;
}

/** The command that would lock it. */
export function lockHint({ name, kind }: LockEntry, platform: string): string {
  return `configmanager plugin lock ${name}${kind === "other platforms" ? ` --platform ${platform}` : ""}`;
}

function shortened(checksum: Checksum): string {
  return `${checksum.slice(0, "sha256:".length + 12)}…`;
}
