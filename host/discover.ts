import { readdirSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { StoreConfig } from "../internal/config/config.ts";
import { prefixOfPluginName } from "../internal/token/prefixes.ts";
import type { HostContext } from "./host-context.ts";
import { platformName } from "./platform.ts";
import { statIfThere } from "./stat-if-there.ts";

/** A plugin's file, and how it is run. */
export interface FoundPlugin {
  /** The prefix it answers for; an alias has its own. */
  readonly prefix: string;
  /** Absolute; the program's own file for a plugin that is inside it. */
  readonly file: string;
  /** Ships with the program: run by the program's own Node or inside it, trusted as the program is. */
  readonly isShipped: boolean;
  /** The name by which the program's own file is started as this plugin. */
  readonly inside?: string;
  readonly origin: PluginOrigin;
}

/** Where a plugin's file was found: the configuration's `path`, one of the search places, or with the program. */
export type PluginOrigin = "configuration" | "CONFIGMANAGER_DIR" | "working directory" | "home folder" | "shipped";

/** What of the surroundings decides where plugins are. */
export type DiscoverContext = Pick<
  HostContext,
  "env" | "cwd" | "home" | "platform" | "arch" | "execPath" | "shippedPluginsDir" | "pluginsInside"
>;

const shippedSuffix = ".cjs";

/**
 * The plugin of a prefix: the executable that the configuration names, else the first hit of the four search places
 * (`docs/configuration.md`, "Where plugins are looked for").
 *
 * @throws CM_PLUGIN_NOT_FOUND with every path that was tried; CM_CONFIG_INVALID when the configuration makes the
 * prefix an alias of a plugin that is nowhere.
 */
export function findPlugin(prefix: string, store: StoreConfig | undefined, context: DiscoverContext): FoundPlugin {
  if (store?.path !== undefined) {
    return { prefix, file: path.resolve(context.cwd, store.path), isShipped: false, origin: "configuration" };
  }

  const name = store?.plugin ?? prefix.toLowerCase();
  const platform = platformName(context.platform, context.arch);
  const fileName = `${name}-${platform}${context.platform === "win32" ? ".exe" : ""}`;
  const places = searchPlaces(context).map(({ folder, origin }) => ({
    file: path.join(folder, name, fileName),
    origin,
  }));
  const found = places.find(({ file }) => statIfThere(file) !== undefined);
  if (found !== undefined) return { prefix, isShipped: false, ...found };
  const tried = places.map(({ file }) => file);

  if (context.pluginsInside?.includes(name) === true) {
    return { prefix, file: context.execPath, isShipped: true, inside: name, origin: "shipped" };
  }
  if (context.shippedPluginsDir !== undefined) {
    const shipped = path.join(context.shippedPluginsDir, `${name}${shippedSuffix}`);
    if (statIfThere(shipped) !== undefined) return { prefix, file: shipped, isShipped: true, origin: "shipped" };
    tried.push(shipped);
  }
  const details = { prefix, plugin: name, platform, tried };
  if (store?.plugin !== undefined) {
    throw new ConfigManagerError(
      "CM_CONFIG_INVALID",
      `the store "${prefix}" is an alias of the plugin "${name}", which is nowhere`,
      {
        hint: `configmanager plugin install ${name} --from URL, or correct "plugin" of the store; looked for ${tried.join(", ")}`,
        details,
      },
    );
  }
  throw new ConfigManagerError("CM_PLUGIN_NOT_FOUND", `there is no plugin for "${prefix}" on ${platform}`, {
    hint: `configmanager plugin install ${name} --from URL; looked for ${tried.join(", ")}`,
    details,
  });
}

/**
 * The prefixes that have a plugin's folder in one of the search places, or a plugin that ships: a few directory
 * listings, no look at the files in them. Names that are no plugin's name are ignored.
 */
export function findPluginPrefixes(context: DiscoverContext): ReadonlySet<string> {
  const names = searchPlaces(context).flatMap(({ folder }) => namesIn(folder));
  names.push(...shippedPluginNames(context));
  return new Set(names.map(prefixOfPluginName).filter((prefix) => prefix !== undefined));
}

/** The names of the plugins that ship with the program. */
export function shippedPluginNames({ shippedPluginsDir, pluginsInside = [] }: DiscoverContext): ReadonlySet<string> {
  const scripts = shippedPluginsDir === undefined ? [] : namesIn(shippedPluginsDir);
  const names = scripts.filter((name) => name.endsWith(shippedSuffix));
  return new Set([...names.map((name) => name.slice(0, -shippedSuffix.length)), ...pluginsInside]);
}

/** A folder that holds a folder for each plugin. */
export interface SearchPlace {
  readonly folder: string;
  readonly origin: PluginOrigin;
}

/** Environment, working directory, home: an absent one is skipped, two equal ones are tried once. */
export function searchPlaces({ env, cwd, home }: DiscoverContext): readonly SearchPlace[] {
  const configured = env["CONFIGMANAGER_DIR"];
  const roots: readonly (readonly [string | undefined, PluginOrigin])[] = [
    [configured ? path.resolve(cwd, configured) : undefined, "CONFIGMANAGER_DIR"],
    [cwd, "working directory"],
    [home, "home folder"],
  ];
  const places = new Map<string, SearchPlace>();
  for (const [root, origin] of roots) {
    const folder = root === undefined ? undefined : path.join(root, ".configmanager", "plugins");
    if (folder !== undefined && !places.has(folder)) places.set(folder, { folder, origin });
  }
  return [...places.values()];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
