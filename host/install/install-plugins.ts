/**
 * Installing: from names to files and a lock, several at once. Not for finding out which names are needed. Called by
 * `plugin install` and `init`.
 */
import path from "node:path";
import { type ConfigManagerError, toErrors } from "../../internal/errors/errors.ts";
import { readLock } from "../lock/lockfile.ts";
import type { PluginLock } from "../lock/plugin-lock.ts";
import { createHttpClient, type HttpClient } from "./http-client.ts";
import { type InstalledPlugin, installOne, type InstallSurroundings } from "./install-one.ts";
import { type InstallPlan, type InstallRequest, planInstall } from "./install-plan.ts";
import type { InstallSource } from "./install-source.ts";
import { openPublication, type Publication } from "./publication.ts";

/** What is installed, from where, and how. */
export interface InstallOptions extends Omit<InstallSurroundings, "signal"> {
  readonly requests: readonly InstallRequest[];
  /** As `--from` says. */
  readonly from: InstallSource | undefined;
  /** As the configuration says. */
  readonly usual: InstallSource | undefined;
  /** How long an address may say nothing. */
  readonly timeoutMs: number;
  /** Told of each plugin as soon as it is there. */
  readonly onInstalled: (plugin: InstalledPlugin) => Promise<void> | void;
  readonly signal?: AbortSignal | undefined;
}

/** More at once would share one network, and each starts a process at its end. */
const concurrency = 4;

/**
 * Installs plugins, each for itself: one that fails keeps no other from being installed. Resolves with the errors, in the order of
 * the requests. Rejects with the reason of the signal, with CM_LOCKFILE_INVALID, and when it is a plan that fails, before
 * anything is fetched.
 */
export async function installPlugins(options: InstallOptions): Promise<readonly ConfigManagerError[]> {
  const { requests, lockFile, signal, onInstalled } = options;
  const lock = readLock(lockFile);
  const planned = requests.map((request) => tryPlan(request, lock, options));
  const unplanned = planned.flatMap((plan) => ("errors" in plan ? plan.errors : []));
  if (unplanned.length > 0) return unplanned;
  const publications = createPublications(options);
  const errors = new Map<number, readonly ConfigManagerError[]>();
  const waiting = [...planned.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, plan] = next;
      if ("errors" in plan) continue;
      try {
        signal?.throwIfAborted();
        await onInstalled(await installOne(plan, publications.of(plan), options));
      } catch (error) {
        signal?.throwIfAborted();
        errors.set(index, toErrors(error));
      }
    }
  };
  try {
    const settled = await Promise.allSettled(Array.from({ length: concurrency }, work));
    signal?.throwIfAborted();
    const rejected = settled.find((result) => result.status === "rejected");
    if (rejected !== undefined) throw rejected.reason;
  } finally {
    publications.close();
  }
  return [...errors.entries()].toSorted(([left], [right]) => left - right).flatMap(([, each]) => each);
}

/** What every plugin's plan needs of the options. */
type Planning = Pick<InstallOptions, "from" | "usual" | "pluginsDir" | "lockFile" | "isLockedRun">;

function tryPlan(
  request: InstallRequest,
  lock: PluginLock | undefined,
  { pluginsDir, ...others }: Planning,
): InstallPlan | { readonly errors: readonly ConfigManagerError[] } {
  try {
    const root = path.dirname(path.dirname(pluginsDir));
    return planInstall(request, { ...others, root, locked: lock?.plugins.get(request.name) });
  } catch (error) {
    return { errors: toErrors(error) };
  }
}

interface Publications {
  readonly of: (plan: InstallPlan) => Publication | undefined;
  readonly close: () => void;
}

/** One for each version of each source, so that its checksums are read once; the network is opened when it is needed. */
function createPublications({ context, timeoutMs }: Pick<InstallOptions, "context" | "timeoutMs">): Publications {
  const known = new Map<string, Publication>();
  let client: HttpClient | undefined;
  const http = (): HttpClient => {
    client ??= createHttpClient({ env: context.env, timeoutMs });
    return client;
  };
  return {
    of({ source, version }) {
      if (source === undefined) return undefined;
      const key = JSON.stringify([source.base, version]);
      const publication = known.get(key) ?? openPublication(source, version, http);
      known.set(key, publication);
      return publication;
    },
    close: () => client?.close(),
  };
}
