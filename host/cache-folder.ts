import path from "node:path";
import type { HostContext } from "./host-context.ts";

/** What decides where the user's cache is. */
export type CacheContext = Pick<HostContext, "env" | "home" | "platform">;

/**
 * Where what can be made anew is kept for this user, `configmanager` below it included; undefined where there is no folder for
 * it: no home, or none with an absolute path.
 */
export function cacheFolder({ env, home, platform }: CacheContext): string | undefined {
  const configured = platform === "win32" ? env["LOCALAPPDATA"] : env["XDG_CACHE_HOME"];
  // A relative one is not to be used, says the specification of these folders.
  if (configured && path.isAbsolute(configured)) return path.join(configured, "configmanager");
  // Where HOME is set to nothing, so is the home folder.
  if (platform === "win32" || home === undefined || !path.isAbsolute(home)) return undefined;
  return path.join(home, ".cache", "configmanager");
}
