/**
 * Locking what is there: the checksums of all files of a plugin, what its source publishes for other platforms, and what it
 * says of itself. Not for installing, which locks what it has placed by `updateLock`.
 */
import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import { type DiscoverContext, shippedPluginNames } from "../discover.ts";
import { platformName } from "../platform.ts";
import { hashFile } from "./hash-file.ts";
import { createLockLookup, isLockedRun } from "./lock-lookup.ts";
import { formatLock, readLock, updateLock } from "./lockfile.ts";
import { mergeLocked } from "./merge-locked.ts";
import { findPlacedPlugins, type PlacedPlugin, pluginsNamed, type Stores } from "./plugin-files.ts";
import type { Checksum, LockedDescription, LockedPlugin } from "./plugin-lock.ts";

/** What is locked, and how. */
export interface LockOptions {
  readonly context: DiscoverContext;
  readonly stores: Stores;
  /** Names of plugins; unless there is one, those of the nearest folder that has any, and those of the configuration. */
  readonly names: readonly string[];
  /** These have to be in the lock for each plugin. */
  readonly platforms: readonly string[];
  /** Whether nothing may change; undefined: in CI, where there is a lock. */
  readonly locked: boolean | undefined;
  /** Starts a plugin and tells what it says of itself; undefined when it cannot be started. */
  readonly describe: (prefix: string, file: string) => Promise<LockedDescription | undefined>;
  /** What the source of a locked plugin publishes for its version, by platform; asked for platforms that the lock lacks. */
  readonly published?: ((plugin: LockedPlugin, lockFile: string) => Promise<ReadonlyMap<string, Checksum>>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one plugin. */
export interface LockResult {
  readonly lockFile: string;
  /** Absent when it was in no lock. */
  readonly before?: LockedPlugin;
  readonly after: LockedPlugin;
  readonly isChanged: boolean;
}

/**
 * Locks plugins and says what changed, by name. Rejects, with nothing written, with CM_PLUGIN_NOT_FOUND or CM_USAGE for a name,
 * CM_LOCKFILE_INVALID, and CM_LOCKFILE_OUTDATED for each plugin that is not known of for a platform that was asked for, or
 * that would change in a locked run.
 */
export async function lockPlugins(options: LockOptions): Promise<readonly LockResult[]> {
  const { context, stores, names, locked } = options;
  const lookUp = createLockLookup(context);
  const targets = targetsOf(findPlacedPlugins(context, stores), names, shippedPluginNames(context));
  const results = await Promise.all(
    targets.map((plugin) => {
      // One that the configuration has by its path stays in the lock that has it.
      const entry = lookUp({ prefix: plugin.prefix, file: [...plugin.files.values()][0]!, origin: plugin.origin });
      return lockOne(plugin, "locked" in entry ? entry.lockFile : plugin.lockFile, options);
    }),
  );
  const faults = results.flatMap((result) => faultsOf(result, options));
  if (faults.length > 0) throw new ConfigManagerErrors(faults);
  const changed = results.filter(({ isChanged }) => isChanged);
  if (changed.length > 0 && isLockedRun(locked, context)) throw new ConfigManagerErrors(changed.map(wouldChange));
  for (const lockFile of new Set(changed.map((result) => result.lockFile))) {
    const own = changed.filter((result) => result.lockFile === lockFile);
    const added = own.map(({ after }) => [after.name, after] as const);
    await updateLock(
      lockFile,
      ({ plugins }) => {
        refuseOutrun(own, plugins);
        return { plugins: new Map([...plugins, ...added]) };
      },
      { signal: options.signal },
    );
  }
  return results.toSorted((left, right) => (left.after.name < right.after.name ? -1 : 1));
}

function targetsOf(
  placed: readonly PlacedPlugin[],
  names: readonly string[],
  shipped: ReadonlySet<string>,
): readonly PlacedPlugin[] {
  const there = placed.filter(({ files }) => files.size > 0);
  if (names.length > 0) {
    return firstOfEachName(pluginsNamed(there, names, shipped));
  }
  const nearest = there.find(({ origin }) => origin !== "configuration")?.origin;
  return firstOfEachName(there.filter(({ origin }) => origin === "configuration" || origin === nearest));
}

// The one that a run takes: the configuration's, else the nearest.
function firstOfEachName(plugins: readonly PlacedPlugin[]): readonly PlacedPlugin[] {
  return plugins.filter((plugin) => plugins.find(({ name }) => name === plugin.name) === plugin);
}

async function lockOne(
  { name, prefix, files }: PlacedPlugin,
  lockFile: string,
  options: LockOptions,
): Promise<LockResult> {
  const { context, describe, platforms, published, signal } = options;
  const before = readLock(lockFile)?.plugins.get(name);
  const here = files.get(platformName(context.platform, context.arch));
  const hashing = [...files].map(async ([platform, file]): Promise<[string, Checksum]> => {
    const { checksum } = await hashFile(file, { signal });
    return [platform, checksum];
  });
  const lacksSome = platforms.some((platform) => before?.checksums.has(platform) === false);
  const known = before?.source !== undefined && lacksSome ? published?.(before, lockFile) : undefined;
  const [hashed, publishes, described] = await Promise.all([
    Promise.all(hashing),
    known,
    here === undefined ? undefined : describe(prefix, here),
  ]);
  const after = mergeLocked({ name, before, found: new Map(hashed), published: publishes, described });
  const isChanged = before === undefined || textOf(before) !== textOf(after);
  return { lockFile, ...(before && { before }), after, isChanged };
}

function faultsOf({ after }: LockResult, { platforms }: LockOptions): readonly ConfigManagerError[] {
  return platforms
    .filter((platform) => !after.checksums.has(platform))
    .map((platform) => {
      const message = `nothing is known of the plugin "${after.name}" for ${platform}`;
      const hint =
        after.source === undefined
          ? `put its file for ${platform} beside the others, or install it from a source`
          : `"${after.source}" publishes it for ${[...after.checksums.keys()].join(", ")}`;
      return new ConfigManagerError("CM_LOCKFILE_OUTDATED", message, {
        hint,
        details: { plugin: after.name, platform },
      });
    });
}

function wouldChange({ lockFile, after: { name } }: LockResult): ConfigManagerError {
  return new ConfigManagerError("CM_LOCKFILE_OUTDATED", `the plugin "${name}" is not in "${lockFile}" as it is now`, {
    hint: "lock it where the lock may change, and commit the lock; --no-locked writes it here",
    details: { plugin: name, lock: lockFile },
  });
}

// Between what was read and what is written a plugin was looked at, which takes its time: whoever was quicker is right.
function refuseOutrun(results: readonly LockResult[], plugins: ReadonlyMap<string, LockedPlugin>): void {
  const outrun = results.find(({ before, after: { name } }) => {
    const now = plugins.get(name);
    return (now && textOf(now)) !== (before && textOf(before));
  });
  if (outrun === undefined) return;
  const { name } = outrun.after;
  throw new ConfigManagerError(
    "CM_LOCKFILE_OUTDATED",
    `the plugin "${name}" was locked anew by somebody else meanwhile`,
    {
      hint: "look at the lock, and try again",
      details: { plugin: name, lockFile: outrun.lockFile },
    },
  );
}

function textOf(plugin: LockedPlugin): string {
  return formatLock({ plugins: new Map([[plugin.name, plugin]]) });
}
