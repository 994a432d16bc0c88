import { readdirSync } from "node:fs";
import path from "node:path";
import { prefixOfPluginName } from "../internal/token/prefixes.ts";
import { type DiscoverContext, type PluginOrigin, searchPlaces } from "./discover.ts";
import { statIfThere } from "./stat-if-there.ts";

/** Something that lies in one of the places where plugins are looked for. */
export interface PluginFolder {
  readonly origin: PluginOrigin;
  /** Absolute. */
  readonly path: string;
  /** The prefix that a folder of this name is for; undefined for a name that no plugin has, and for what is no folder. */
  readonly prefix: string | undefined;
  readonly isFolder: boolean;
  /** The names of what is in it. */
  readonly files: readonly string[];
  /** It can be written by its group. */
  readonly isGroupWritable: boolean;
}

/** Everything in the search places, nearest place first, names that begin with a dot left out. What cannot be read is empty. */
export function findPluginFolders(context: DiscoverContext): readonly PluginFolder[] {
  return searchPlaces(context).flatMap(({ folder, origin }) =>
    visibleNames(folder).flatMap((name) => {
      const file = path.join(folder, name);
      const stats = statIfThere(file);
      if (stats === undefined) return [];
      const isFolder = stats.isDirectory();
      return [
        {
          origin,
          path: file,
          prefix: isFolder ? prefixOfPluginName(name) : undefined,
          isFolder,
          files: isFolder ? visibleNames(file) : [],
          isGroupWritable: context.platform !== "win32" && (stats.mode & 0o020) !== 0,
        },
      ];
    }),
  );
}

function visibleNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .toSorted();
  } catch {
    return [];
  }
}
