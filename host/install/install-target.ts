import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { type DiscoverContext, searchPlaces } from "../discover.ts";
import { lockFileOf } from "../lock/read-lock.ts";

/** Where plugins are installed. */
export interface InstallTarget {
  /** The folder `plugins`. */
  readonly pluginsDir: string;
  readonly lockFile: string;
}

/**
 * The place of CONFIGMANAGER_DIR, else the working directory's; with `home` that of the home folder. Throws CM_USAGE when there is
 * no home folder.
 */
export function installTarget(context: DiscoverContext, { home }: { readonly home: boolean }): InstallTarget {
  const place = home ? searchPlaces({ ...context, env: {}, cwd: context.home ?? "" })[0] : searchPlaces(context)[0];
  if (place === undefined || (home && context.home === undefined)) {
    throw new ConfigManagerError("CM_USAGE", "there is no home folder", { hint: "leave --home out, or set HOME" });
  }
  return { pluginsDir: place.folder, lockFile: lockFileOf(place.folder) };
}
