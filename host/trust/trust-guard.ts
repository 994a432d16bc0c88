/**
 * The guard of `trust: ask`: what a working directory brings along is launched only when that folder is trusted. Not for
 * whether a plugin is the one that was locked, or who may write its file. Made by the facade, for one pool.
 */
import path from "node:path";
import type { BroughtStore } from "../../internal/config/brought-along.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { FoundPlugin } from "../discover.ts";
import type { HostContext } from "../host-context.ts";
import type { PluginGuard } from "../plugin-guard.ts";
import { type BroughtAlong, findBroughtAlong } from "./brought-along.ts";
import { readTrusted, realpathIfThere, updateTrusted } from "./trust-record.ts";

/** `once`: for this run; `always`: is put on record. */
export type TrustAnswer = "once" | "always" | "no";

/** Asks the user whether a folder is trusted; resolves with undefined where there is nobody who could be asked. */
export type AskTrust = (brought: BroughtAlong) => Promise<TrustAnswer | undefined>;

/** What the guard is made with. */
export interface TrustGuardOptions {
  readonly context: HostContext;
  /** What the working directory's configuration does to plugins, by prefix. */
  readonly broughtAlong: ReadonlyMap<string, BroughtStore>;
  /** Nobody can be asked unless set. */
  readonly askTrust?: AskTrust | undefined;
}

/**
 * A guard that asks at most once. It rejects with CM_PLUGIN_UNTRUSTED for what an untrusted working directory brings along, and
 * as `readTrusted` and `updateTrusted` do. The folder is trusted when it is on record, when it is the home folder or that of
 * CONFIGMANAGER_DIR, and when the user says so.
 */
export function createTrustGuard(options: TrustGuardOptions): PluginGuard {
  let isTrusted: Promise<boolean> | undefined;
  return async (plugin) => {
    const store = options.broughtAlong.get(plugin.prefix);
    if (plugin.origin !== "working directory" && store === undefined) return;
    isTrusted ??= decide(options);
    if (!(await isTrusted)) throw refusal(plugin, store, options.context);
  };
}

async function decide({ context, broughtAlong, askTrust }: TrustGuardOptions): Promise<boolean> {
  const { cwd, home, env } = context;
  const folder = realpathIfThere(cwd);
  const chosen = [home, env["CONFIGMANAGER_DIR"] || undefined].filter((own) => own !== undefined);
  if (chosen.some((own) => realpathIfThere(path.resolve(cwd, own)) === folder) || readTrusted(context).has(folder))
    return true;
  const answer = await askTrust?.(findBroughtAlong(cwd, broughtAlong, context));
  if (answer === "always") await updateTrusted(context, (folders) => [...folders, folder]);
  return answer === "once" || answer === "always";
}

function refusal(plugin: FoundPlugin, store: BroughtStore | undefined, { cwd }: HostContext): ConfigManagerError {
  const { prefix, file, origin } = plugin;
  const isTheirs = origin === "working directory" || store?.path !== undefined;
  const message = isTheirs
    ? `the plugin of "${prefix}", "${file}", is brought along by a working directory that is not trusted`
    : `the working directory is not trusted, and its entry for "${prefix}" ${store?.does.join(", ")}`;
  return new ConfigManagerError("CM_PLUGIN_UNTRUSTED", message, {
    hint: `look at what it is, then write: configmanager plugin trust${argument(cwd)}`,
    place: store?.place,
    details: { prefix, file, folder: cwd },
  });
}

// The hint is copied into a shell, and whoever made the folder has named it.
function argument(folder: string): string {
  if (/^[\w./@%+:,=-]+$/.test(folder)) return ` ${folder}`;
  return /[\u0000-\u001f\u007f-\u009f]/.test(folder) ? "" : ` '${folder.replaceAll("'", String.raw`'\''`)}'`;
}
