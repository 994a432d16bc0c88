import type { Checksum, LockedPlugin } from "../lock/plugin-lock.ts";
import { createHttpClient } from "./http-client.ts";
import type { InstallSurroundings } from "./install-one.ts";
import { parseSource } from "./install-source.ts";
import { openPublication } from "./publication.ts";
import { readIfThere } from "./published.ts";
import { platformsIn } from "./sums-text.ts";

/** How the source of a locked plugin is asked. */
export type LockedSourceOptions = Pick<InstallSurroundings, "context" | "verifyChecksums" | "signal"> & {
  /** Holds `.configmanager`; a relative source is seen from here. */
  readonly root: string;
  readonly timeoutMs: number;
};

/**
 * The checksums, by platform, that a plugin's source publishes for the version that is locked; none without a source, and where
 * that has no SHA256SUMS and cannot be looked through. Rejects with CM_INSTALL_SOURCE, CM_SIGNATURE_INVALID, and the signal's reason.
 */
export async function publishedOfLocked(
  plugin: LockedPlugin,
  { context, verifyChecksums, root, timeoutMs, signal }: LockedSourceOptions,
): Promise<ReadonlyMap<string, Checksum>> {
  if (plugin.source === undefined) return new Map();
  const client = createHttpClient({ env: context.env, timeoutMs });
  try {
    const publication = openPublication(parseSource(plugin.source, root), plugin.version, () => client);
    const verified = await publication.sums(signal);
    await verifyChecksums(verified?.bytes, (name) => readIfThere(publication, name, signal), plugin);
    if (verified !== undefined) return platformsIn(verified.sums, plugin.name);
    return (await publication.hashAll?.(plugin.name, signal)) ?? new Map();
  } finally {
    client.close();
  }
}
