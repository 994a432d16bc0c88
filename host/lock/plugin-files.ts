import path from "node:path";
import type { StoreConfig } from "../../internal/config/config.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { nearestWord } from "../../internal/errors/nearest.ts";
import { type DiscoverContext, type PluginOrigin, searchPlaces } from "../discover.ts";
import { platformName } from "../platform.ts";
import { findPluginFolders } from "../plugin-folders.ts";
import { statIfThere } from "../stat-if-there.ts";
import { isPlatformName } from "./lock-words.ts";
import { lockFileOf } from "./read-lock.ts";

/** A plugin that can be locked, with the files of all platforms that are there. */
export interface PlacedPlugin {
  /** By which a lock knows it. */
  readonly name: string;
  readonly prefix: string;
  readonly origin: PluginOrigin;
  /** The lock that it belongs into; of one that the configuration has by its path, that of the nearest place. */
  readonly lockFile: string;
  /** Absolute paths by platform. */
  readonly files: ReadonlyMap<string, string>;
}

/** The configuration's stores, by prefix. */
export type Stores = ReadonlyMap<string, StoreConfig>;

/** Every plugin that can be locked: those that the configuration has by their path, then those of the search places, nearest first. */
export function findPlacedPlugins(context: DiscoverContext, stores: Stores): readonly PlacedPlugin[] {
  const platform = platformName(context.platform, context.arch);
  const nearest = searchPlaces(context)[0];
  const configured = [...stores].flatMap(([prefix, store]): readonly PlacedPlugin[] => {
    if (store.path === undefined || nearest === undefined) return [];
    const file = path.resolve(context.cwd, store.path);
    const files = new Map(isFile(file) ? [[platform, file]] : []);
    return [
      { name: prefix.toLowerCase(), prefix, origin: "configuration", lockFile: lockFileOf(nearest.folder), files },
    ];
  });
  const placed = findPluginFolders(context).flatMap(({ path: folder, prefix, origin, files }) => {
    if (prefix === undefined) return [];
    const name = path.basename(folder);
    const found = files.flatMap((fileName): [string, string][] => {
      const of = platformOf(fileName, name);
      const file = path.join(folder, fileName);
      return of !== undefined && isFile(file) ? [[of, file]] : [];
    });
    return [{ name, prefix, origin, lockFile: lockFileOf(path.dirname(folder)), files: new Map(found) }];
  });
  return [...configured, ...placed];
}

/**
 * Those with one of these names, of all unless some are given; a prefix in capitals is a name too. Throws CM_USAGE for a
 * plugin that ships with the program, CM_PLUGIN_NOT_FOUND for any other that is not among them.
 */
export function pluginsNamed<P extends Pick<PlacedPlugin, "name">>(
  plugins: readonly P[],
  names: readonly string[],
  shipped: ReadonlySet<string>,
): readonly P[] {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  for (const name of wanted) {
    if (plugins.some((plugin) => plugin.name === name)) continue;
    if (shipped.has(name)) {
      throw new ConfigManagerError("CM_USAGE", `the plugin "${name}" ships with the program, and is not locked`, {
        hint: "lock those of a folder of plugins, or of the configuration",
      });
    }
    const near = nearestWord(
      name,
      plugins.map((plugin) => plugin.name),
    );
    throw new ConfigManagerError("CM_PLUGIN_NOT_FOUND", `there is no plugin "${name}"`, {
      hint: near === undefined ? "see configmanager plugin list" : `write "${near}"`,
      details: { plugin: name },
    });
  }
  return wanted.size === 0 ? plugins : plugins.filter(({ name }) => wanted.has(name));
}

/** The platform that a file of a plugin's folder is for; undefined for a file that is none of the plugin's. */
function platformOf(fileName: string, name: string): string | undefined {
  if (!fileName.startsWith(`${name}-`)) return undefined;
  const rest = fileName.slice(name.length + 1);
  const platform = rest.startsWith("windows-") ? rest.replace(/\.exe$/, "") : rest;
  return isPlatformName(platform) ? platform : undefined;
}

function isFile(file: string): boolean {
  return statIfThere(file)?.isFile() === true;
}
