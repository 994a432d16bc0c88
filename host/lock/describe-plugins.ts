import type { Warning } from "../../internal/errors/errors.ts";
import { createPluginPool, type PluginInspection, type PluginPoolOptions } from "../plugin-pool.ts";
import type { LockedDescription } from "./plugin-lock.ts";

/** Starts plugins to hear what they say of themselves. */
export interface PluginDescriber extends AsyncDisposable {
  /** Undefined for one that does not start, which `onWarning` is told of. */
  readonly describe: (prefix: string, file: string) => Promise<LockedDescription | undefined>;
}

/** How plugins are started; of a store of the configuration everything but which file it is. */
export interface DescriberOptions extends PluginPoolOptions {
  readonly onWarning: (warning: Warning) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Starts exactly the files that it is asked about: a pool of its own, in which no lock is in the way of a new one. */
export function createDescriber({ onWarning, signal, ...options }: DescriberOptions): PluginDescriber {
  const stores = new Map(options.stores);
  const pool = createPluginPool({ ...options, stores });
  return {
    async describe(prefix, file) {
      const { plugin: _plugin, ...store } = stores.get(prefix) ?? {};
      stores.set(prefix, { ...store, members: undefined, path: file });
      const inspection = await pool.inspect(prefix, signal);
      const { error } = inspection;
      if (error !== undefined) {
        const message = `the plugin of "${prefix}" is locked without a look at what it says of itself: ${error.message}`;
        onWarning({ message, hint: error.hint, code: error.code });
      }
      return toDescription(inspection);
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** What the lock says of a plugin that was inspected; undefined when it did not answer the handshake. */
export function toDescription({ handshake, description }: PluginInspection): LockedDescription | undefined {
  if (handshake === undefined) return undefined;
  if (description === undefined) return { appProtocol: handshake.appVersion };
  const { prefix, version, metadataKeys } = description;
  return {
    appProtocol: handshake.appVersion,
    ...(prefix !== "" && { prefix }),
    ...(version !== "" && { version }),
    metadataKeys: metadataKeys.map(({ name }) => name).toSorted(),
  };
}
