import type { StoreConfig } from "../internal/config/config.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { TokenStore } from "../internal/resolve/token-store.ts";
import type * as overGrpcModule from "./over-grpc.ts";
import type { PluginLink } from "./plugin-link.ts";

/** How the store behind a plugin is asked. */
export interface OpenStoreOptions {
  readonly store: StoreConfig;
  /** Unless the store has its own. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * The store behind a connected plugin, by the app protocol version of its handshake, and configured.
 *
 * @throws CM_CONFIG_INVALID when the store has options and the plugin does not take them
 */
export async function openStore(
  appVersion: number,
  link: PluginLink,
  overGrpc: typeof overGrpcModule,
  { store, concurrency, signal }: OpenStoreOptions,
): Promise<TokenStore> {
  if (appVersion === 2) return overGrpc.openTokenStoreV2(link, store.options, signal);
  if (store.options !== undefined && Object.keys(store.options).length > 0) {
    const message = `the plugin of "${link.prefix}" takes no options, it speaks app protocol 1`;
    throw new ConfigManagerError("CM_CONFIG_INVALID", message, {
      hint: `remove "options" of the store "${link.prefix}"`,
      details: { prefix: link.prefix },
    });
  }
  return overGrpc.createTokenStoreV1(link, {
    concurrency: store.concurrency ?? concurrency,
    metadataFormat: store.metadataFormat ?? "json",
  });
}
