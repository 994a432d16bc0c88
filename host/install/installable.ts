import { readLock } from "../lock/lockfile.ts";
import { createHttpClient } from "./http-client.ts";
import type { InstallOptions } from "./install-plugins.ts";
import type { InstallSource } from "./install-source.ts";
import { openPublication } from "./publication.ts";
import { pluginNamesIn } from "./sums-text.ts";

/** The names of the plugins that a lock has, in alphabetical order; none where there is no lock. Throws CM_LOCKFILE_INVALID. */
export function lockedNames(lockFile: string): readonly string[] {
  return [...(readLock(lockFile)?.plugins.keys() ?? [])].toSorted();
}

/** The names of the plugins that a source publishes, as far as it says so. Rejects with CM_INSTALL_SOURCE and the reason of the signal. */
export async function publishedNames(
  source: InstallSource,
  { context, timeoutMs, signal }: Pick<InstallOptions, "context" | "timeoutMs" | "signal">,
): Promise<readonly string[]> {
  const client = createHttpClient({ env: context.env, timeoutMs });
  try {
    const publication = openPublication(source, undefined, () => client);
    const verified = await publication.sums(signal);
    return pluginNamesIn(verified?.sums.keys() ?? publication.fileNames?.() ?? []);
  } finally {
    client.close();
  }
}
