/**
 * Plugins as processes: found, checked, launched, asked, shut down. Nothing outside this folder knows that a store is
 * a process, and nothing in it knows what a token is. Called by `configmanager.ts`, `cmd` and the test kit of the SDK.
 */
import { findPluginPrefixes as findNow, shippedPluginNames } from "./discover.ts";
import type { HostContext } from "./host-context.ts";
import { findPluginFolders as findFoldersNow, type PluginFolder } from "./plugin-folders.ts";
import type * as folderTrust from "./trust/folder-trust.ts";

export { builtInPrefixes, prefixOfPluginName } from "../internal/token/prefixes.ts";
export { cacheFolder } from "./cache-folder.ts";
export { formatHeadBytes, readExecutableFormat } from "./executable-format.ts";
export type { HostContext } from "./host-context.ts";
export { createPluginPool, type PluginInspection, type PluginPool, type PluginPoolOptions } from "./plugin-pool.ts";
export { createLockGuard } from "./lock/lock-guard.ts";
export { lockHint, notLockedText } from "./lock/lock-errors.ts";
export { createLockLookup, isLockedRun, type LockEntry } from "./lock/lock-lookup.ts";
export { platformName } from "./platform.ts";
export { type CommandLine, findRunnable, type RunnablePlugin } from "./plugin-command.ts";
export type { PluginFolder } from "./plugin-folders.ts";
export type { BroughtAlong, BroughtItem } from "./trust/brought-along.ts";
export type { AskTrust, TrustAnswer } from "./trust/trust-guard.ts";

/** What trusting folders is made of: the guard, the record, what a folder brings along. Loaded when it is asked for. */
export function loadFolderTrust(): Promise<typeof folderTrust> {
  return import("./trust/folder-trust.ts");
}

/** The prefixes that have a plugin's folder in one of the search places, or a plugin that ships with the program. */
export function findPluginPrefixes(context: HostContext): Promise<ReadonlySet<string>> {
  return Promise.resolve(findNow(context));
}

/** Whether a plugin of that name, in lower case, ships with the program. */
export function shipsWithProgram(name: string, context: HostContext): boolean {
  return shippedPluginNames(context).has(name);
}

/** What lies where plugins are looked for, nearest place first, used or not. */
export function findPluginFolders(context: HostContext): Promise<readonly PluginFolder[]> {
  return Promise.resolve(findFoldersNow(context));
}
