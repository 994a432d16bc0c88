import path from "node:path";
import type { BroughtStore } from "../../internal/config/brought-along.ts";
import type { DiscoverContext } from "../discover.ts";
import { platformName } from "../platform.ts";
import { findPluginFolders } from "../plugin-folders.ts";
import { realpathIfThere } from "./trust-record.ts";

/** What a folder brings along for the prefixes that it serves. */
export interface BroughtAlong {
  /** Links resolved. */
  readonly folder: string;
  readonly items: readonly BroughtItem[];
}

/** One thing that would act with the user's rights, or make a plugin act. */
export interface BroughtItem {
  readonly prefix: string;
  /** `plugin`, or what an entry of the configuration does. */
  readonly what: string;
  /** A file, within the folder from there. */
  readonly where: string;
}

/**
 * The plugins for this platform in a folder's `.configmanager/plugins`, and what its configuration does (`stores`), in the
 * order of the prefixes.
 */
export function findBroughtAlong(
  folder: string,
  stores: ReadonlyMap<string, BroughtStore>,
  context: DiscoverContext,
): BroughtAlong {
  const real = realpathIfThere(folder);
  const suffix = `-${platformName(context.platform, context.arch)}${context.platform === "win32" ? ".exe" : ""}`;
  const within = (file: string): string => {
    const relative = path.relative(real, file);
    return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
  };
  const inFolders = findPluginFolders({ ...context, env: {}, cwd: real, home: undefined }).flatMap(
    ({ prefix, path: place, files }): readonly BroughtItem[] => {
      const name = `${path.basename(place)}${suffix}`;
      if (prefix === undefined || !files.includes(name)) return [];
      return [{ prefix, what: "plugin", where: within(path.join(place, name)) }];
    },
  );
  const named = [...stores].flatMap(([prefix, { path: file }]): readonly BroughtItem[] =>
    file === undefined ? [] : [{ prefix, what: "plugin", where: within(realpathIfThere(file)) }],
  );
  const told = [...stores].flatMap(([prefix, { does, place }]): readonly BroughtItem[] =>
    does.length === 0 ? [] : [{ prefix, what: does.join(", "), where: `${place.file}:${place.line}` }],
  );
  const items = [...inFolders, ...named, ...told];
  return { folder: real, items: items.toSorted((one, other) => (one.prefix < other.prefix ? -1 : 1)) };
}
