/** One plugin, from the plan to the file and the lock. Called by `install-plugins.ts`, for several at once. */
import path from "node:path";
import { ConfigManagerError, type Warning } from "../../internal/errors/errors.ts";
import type { OutputWriter } from "../../internal/write/output-leftovers.ts";
import { findPlugin } from "../discover.ts";
import type { HostContext } from "../host-context.ts";
import { hashFile } from "../lock/hash-file.ts";
import type { Checksum, LockedDescription, LockedPlugin, PluginLock } from "../lock/plugin-lock.ts";
import { platformName } from "../platform.ts";
import type { PluginPoolOptions } from "../plugin-pool.ts";
import { statIfThere } from "../stat-if-there.ts";
import { type InstallPlan, noSource } from "./install-plan.ts";
import { sourceText } from "./install-source.ts";
import { placeFile } from "./place-file.ts";
import type { Publication } from "./publication.ts";
import { type Published, publishedFor } from "./published.ts";
import type { ChecksumsVerifier } from "./signatures/verify-checksums.ts";
import { type StagedFile, stageFile } from "./stage-file.ts";
import { pluginFileName } from "./sums-text.ts";
import { tryPlugin } from "./try-plugin.ts";

/** What every plugin of a call is installed with. */
export interface InstallSurroundings {
  readonly context: HostContext;
  /** How a plugin is started. */
  readonly pool: Omit<PluginPoolOptions, "guards" | "context">;
  /** The folder `plugins`. */
  readonly pluginsDir: string;
  readonly lockFile: string;
  /** Nothing may change in the lock. */
  readonly isLockedRun: boolean;
  /** Take what an address sends that has no SHA256SUMS. */
  readonly withoutChecksums: boolean;
  readonly writer: OutputWriter;
  readonly verifyChecksums: ChecksumsVerifier;
  /** Also what is locked has to be signed, since the user says by whom. */
  readonly isSignatureAskedFor: boolean;
  readonly onProgress?: ((name: string, received: number, size: number | undefined) => void) | undefined;
  readonly onWarning: (warning: Warning) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one plugin. */
export interface InstalledPlugin {
  readonly name: string;
  readonly file: string;
  /** `there`: it was there already, byte by byte. */
  readonly status: "installed" | "replaced" | "there";
  readonly locked: LockedPlugin;
}

/**
 * Installs one plugin. Rejects, with everything as it was, with CM_INSTALL_SOURCE, CM_CHECKSUM_MISMATCH, CM_INSTALL_NOT_A_PLUGIN,
 * CM_INSTALL_FAILED, CM_LOCKFILE_OUTDATED, CM_PLUGIN_UNTRUSTED, what `updateLock` rejects with, and the reason of the signal.
 */
export async function installOne(
  plan: InstallPlan,
  publication: Publication | undefined,
  surroundings: InstallSurroundings,
): Promise<InstalledPlugin> {
  const { context, pluginsDir, lockFile, writer, signal, isSignatureAskedFor } = surroundings;
  const { name, pinned } = plan;
  const platform = platformName(context.platform, context.arch);
  const fileName = pluginFileName(name, platform);
  const target = path.join(pluginsDir, name, fileName);
  const there = statIfThere(target)?.isFile() === true ? (await hashFile(target, { signal })).checksum : undefined;
  const locked = pinned?.checksums.get(platform);
  if (pinned !== undefined && locked !== undefined && there === locked && !isSignatureAskedFor) {
    return { name, file: target, status: "there", locked: pinned };
  }
  if (pinned !== undefined && locked === undefined && surroundings.isLockedRun)
    throw unlocked(name, platform, lockFile);
  if (publication === undefined) throw noSource(name);

  const published =
    locked === undefined || isSignatureAskedFor
      ? await publishedFor(plan, publication, platform, surroundings)
      : undefined;
  const recorded = pinned !== undefined && surroundings.isLockedRun ? undefined : published;
  const expected = locked ?? published?.checksums.get(platform);
  const isThere = expected !== undefined && there === expected;
  await using staged = isThere
    ? undefined
    : await stageFile(path.dirname(target), {
        target,
        writer,
        context,
        signal,
        open: () => publication.open(fileName, signal),
        onProgress: (received, size) => surroundings.onProgress?.(name, received, size),
      });
  if (staged !== undefined && expected !== undefined && staged.checksum !== expected) {
    throw mismatch(name, publication.locate(fileName), staged, expected, locked !== undefined);
  }
  const file = staged?.path ?? target;
  const described = await tryPlugin({ name, file, target }, { ...surroundings.pool, ...surroundings });
  const checksum = staged?.checksum ?? there!;
  const entry =
    recorded === undefined
      ? pinned!
      : lockedAs(plan, publication, recorded, [platform, checksum], described, pluginsDir);
  await placeFile({
    target,
    file: staged === undefined ? "keep" : { staged: staged.path },
    lockFile,
    change: recorded === undefined ? stillLocked(pinned!, platform, lockFile) : withEntry(entry),
    writer,
    platform: context.platform,
    signal,
  });
  warnWhenShadowed(name, target, surroundings);
  return {
    name,
    file: target,
    status: isThere ? "there" : there === undefined ? "installed" : "replaced",
    locked: entry,
  };
}

/** What the lock shall say. */
function lockedAs(
  { name, version, pinned }: InstallPlan,
  publication: Publication,
  { checksums, publicKey }: Published,
  own: readonly [string, Checksum],
  described: LockedDescription,
  pluginsDir: string,
): LockedPlugin {
  const foundVersion = publication.version() ?? version;
  return {
    name,
    ...(foundVersion !== undefined && { version: foundVersion }),
    source: sourceText(publication.source, path.dirname(path.dirname(pluginsDir))),
    checksums: new Map([...(pinned?.checksums ?? []), ...checksums, own]),
    described,
    ...(publicKey !== undefined && { publicKey }),
  };
}

function warnWhenShadowed(
  name: string,
  target: string,
  { context, pool, onWarning }: Pick<InstallSurroundings, "context" | "pool" | "onWarning">,
): void {
  const prefix = name.toUpperCase();
  const store = pool.stores.get(prefix);
  if (store?.members !== undefined) return;
  const { file } = findPlugin(prefix, store?.plugin === undefined ? store : { ...store, plugin: name }, context);
  if (file === target) return;
  onWarning({
    message: `"${target}" is not used, "${file}" comes first`,
    hint: "remove the one that is not wanted, or set CONFIGMANAGER_DIR",
  });
}

function withEntry(entry: LockedPlugin): (lock: PluginLock) => PluginLock {
  return ({ plugins }) => ({ plugins: new Map([...plugins, [entry.name, entry]]) });
}

// Another process may have updated the plugin since it was looked up.
function stillLocked({ name, checksums }: LockedPlugin, platform: string, lockFile: string) {
  return ({ plugins }: PluginLock): undefined => {
    if (plugins.get(name)?.checksums.get(platform) === checksums.get(platform)) return undefined;
    throw new ConfigManagerError("CM_LOCKFILE_OUTDATED", `the plugin "${name}" was locked anew by another process`, {
      hint: "try again",
      details: { plugin: name, lock: lockFile },
    });
  };
}

function unlocked(name: string, platform: string, lockFile: string): ConfigManagerError {
  return new ConfigManagerError("CM_LOCKFILE_OUTDATED", `the plugin "${name}" is not locked for ${platform}`, {
    hint: `configmanager --no-locked plugin install ${name}, and commit the lock`,
    details: { plugin: name, platform, lock: lockFile },
  });
}

function mismatch(
  name: string,
  where: string,
  { checksum, isWebPage }: StagedFile,
  expected: Checksum,
  isLocked: boolean,
): ConfigManagerError {
  const said = isLocked ? "is locked" : "its SHA256SUMS says";
  const what = isWebPage ? "is a web page" : `is ${shortened(checksum)}`;
  const hint = isLocked
    ? `find out why it was changed; configmanager plugin install ${name} --update takes what is there now`
    : "try again; ask whoever publishes it";
  return new ConfigManagerError("CM_CHECKSUM_MISMATCH", `"${where}" ${what}, and ${shortened(expected)} ${said}`, {
    hint: `${hint}; nothing was changed`,
    details: { plugin: name, expected, found: checksum },
  });
}

function shortened(checksum: Checksum): string {
  return `${checksum.slice(0, "sha256:".length + 12)}…`;
}
