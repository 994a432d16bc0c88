import { ConfigManagerError, type Warning } from "../../internal/errors/errors.ts";
import { toDescription } from "../lock/describe-plugins.ts";
import type { LockedDescription } from "../lock/plugin-lock.ts";
import { createPluginPool, type PluginPoolOptions } from "../plugin-pool.ts";

/** Which file is tried, and as what. */
export interface TriedPlugin {
  readonly name: string;
  /** The file that is started. */
  readonly file: string;
  /** Where it will be, which errors name. */
  readonly target: string;
}

/** How plugins are started. */
export type TryOptions = Omit<PluginPoolOptions, "guards"> & {
  readonly onWarning: (warning: Warning) => void;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Starts a file as a run would, with what the configuration says of its prefix, and hears what it says of itself. Rejects with
 * CM_INSTALL_NOT_A_PLUGIN for what this platform does not run and what does not answer the handshake, with CM_PLUGIN_UNTRUSTED
 * for a folder that others can write, and with the reason of the signal.
 */
export async function tryPlugin(
  { name, file, target }: TriedPlugin,
  { onWarning, signal, ...options }: TryOptions,
): Promise<LockedDescription> {
  const prefix = name.toUpperCase();
  const { plugin: _plugin, members: _members, ...store } = options.stores.get(prefix) ?? {};
  await using pool = createPluginPool({ ...options, stores: new Map([[prefix, { ...store, path: file }]]) });
  const inspection = await pool.inspect(prefix, signal);
  const described = toDescription(inspection);
  const { error } = inspection;
  const said = (text: string): string => text.replaceAll(file, target);
  if (described === undefined) {
    const cause = error ?? new ConfigManagerError("CM_PLUGIN_MISBEHAVED", `the plugin of "${prefix}" says nothing`);
    if (cause.code === "CM_PLUGIN_UNTRUSTED") throw withTexts(cause, said);
    const message = `what came for "${name}" is no plugin that works here: ${said(cause.message)}`;
    throw new ConfigManagerError("CM_INSTALL_NOT_A_PLUGIN", message, {
      hint: "check the source, and that it has the plugin for this platform; nothing was changed",
      details: { plugin: name, file: target, reason: cause.code },
      cause,
    });
  }
  if (error !== undefined) onWarning({ message: said(error.message), hint: error.hint, code: error.code });
  if (described.prefix !== undefined && described.prefix !== prefix) {
    onWarning({
      message: `the plugin "${name}" says that its prefix is "${described.prefix}"`,
      hint: `tokens begin with "${prefix}" here, after the name that it was installed by`,
    });
  }
  return described;
}

function withTexts(error: ConfigManagerError, said: (text: string) => string): ConfigManagerError {
  return new ConfigManagerError(error.code, said(error.message), {
    hint: error.hint === undefined ? undefined : said(error.hint),
    details: error.details,
    cause: error,
  });
}
