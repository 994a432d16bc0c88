import { createAzureClients, toAzureStoreError } from "@configmanager-plugins/azure";
import type { KeyVaultSecret } from "@azure/keyvault-secrets";
import type { StoreContext } from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import { createVault } from "./vault.ts";

/** Reads secrets of any vault; to be closed. */
export interface SecretReader {
  /** Throws a StoreError, or the reason of the signal. */
  readonly read: (address: SecretAddress, signal: AbortSignal) => Promise<KeyVaultSecret>;
  readonly close: () => void;
}

/** Makes a reader, with one client for each vault and one credential for each cloud. */
export function openSecretReader(env: StoreContext["env"]): SecretReader {
  const vaults = createAzureClients(env, (place, credential, options) => createVault(place, credential, options, env));
  return {
    async read(address, signal) {
      try {
        return await vaults.ask(address, (vault, attempt) => vault.getSecret(address, attempt), signal);
      } catch (error) {
        signal.throwIfAborted();
        const { host, vault, name } = address;
        throw toAzureStoreError(error, {
          host,
          what: `secret "${name}" of vault "${vault}"`,
          permission: `the role "Key Vault Secrets User" on vault "${vault}", or "Get" for secrets in its access policy`,
        });
      }
    },
    close: () => vaults.close(),
  };
}
