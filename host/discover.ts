import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { StoreConfig } from "../internal/config/config.ts";
import { prefixOfPluginName } from "../internal/token/prefixes.ts";
import type { HostContext } from "./host-context.ts";
import { platformName } from "./platform.ts";

/** A plugin's file, and how it is run. */
export interface FoundPlugin {
  /** The prefix it answers for; an alias has its own. */
  readonly prefix: string;
  /** Absolute. */
  readonly file: string;
  /** Ships with the program: run by the program's own Node, trusted as the program is. */
  readonly isShipped: boolean;
}

type DiscoverContext = Pick<HostContext, "env" | "cwd" | "home" | "platform" | "arch" | "shippedPluginsDir">;

const shippedSuffix = ".cjs";

/**
 * The plugin of a prefix: the executable that the configuration names, else the first hit of the four search places
 * (`docs/configuration.md`, "Where plugins are looked for").
 *
 * @throws CM_PLUGIN_NOT_FOUND with every path that was tried; CM_CONFIG_INVALID when the configuration makes the
 * prefix an alias of a plugin that is nowhere.
 */
export function findPlugin(prefix: string, store: StoreConfig | undefined, context: DiscoverContext): FoundPlugin {
  if (store?.path !== undefined) return { prefix, file: path.resolve(context.cwd, store.path), isShipped: false };

  const name = store?.plugin ?? prefix.toLowerCase();
  const platform = platformName(context.platform, context.arch);
  const fileName = `${name}-${platform}${context.platform === "win32" ? ".exe" : ""}`;
  const tried = pluginFolders(context).map((folder) => path.join(folder, name, fileName));
  const found = tried.find(isThere);
  if (found !== undefined) return { prefix, file: found, isShipped: false };

  if (context.shippedPluginsDir !== undefined) {
    const shipped = path.join(context.shippedPluginsDir, `${name}${shippedSuffix}`);
    if (isThere(shipped)) return { prefix, file: shipped, isShipped: true };
    tried.push(shipped);
  }
  const details = { prefix, plugin: name, platform, tried };
  if (store?.plugin !== undefined) {
    throw new ConfigManagerError(
      "CM_CONFIG_INVALID",
      `the store "${prefix}" is an alias of the plugin "${name}", which is nowhere`,
      {
        hint: `install it, or correct "plugin" of the store; looked for ${tried.join(", ")}`,
        details,
      },
    );
  }
  throw new ConfigManagerError("CM_PLUGIN_NOT_FOUND", `there is no plugin for "${prefix}" on ${platform}`, {
    hint: `put it at ${tried[0] ?? fileName}; looked for ${tried.join(", ")}`,
    details,
  });
}

/**
 * The prefixes that have a plugin's folder in one of the search places, or a plugin that ships: a few directory
 * listings, no look at the files in them. Names that are no plugin's name are ignored.
 */
export function findPluginPrefixes(context: DiscoverContext): ReadonlySet<string> {
  const names = pluginFolders(context).flatMap(namesIn);
  if (context.shippedPluginsDir !== undefined) {
    const shipped = namesIn(context.shippedPluginsDir).filter((name) => name.endsWith(shippedSuffix));
    names.push(...shipped.map((name) => name.slice(0, -shippedSuffix.length)));
  }
  return new Set(names.map(prefixOfPluginName).filter((prefix) => prefix !== undefined));
}

// Environment, working directory, home: an absent one is skipped, two equal ones are tried once.
function pluginFolders({ env, cwd, home }: DiscoverContext): string[] {
  const configured = env["CONFIGMANAGER_DIR"];
  const roots = [configured ? path.resolve(cwd, configured) : undefined, cwd, home];
  const folders = roots
    .filter((root) => root !== undefined)
    .map((root) => path.join(root, ".configmanager", "plugins"));
  return [...new Set(folders)];
}

// Synchronous on purpose: a handful of look-ups take microseconds, a trip through the thread pool takes longer than
// all of them, and nothing can be launched before they are done.
function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
