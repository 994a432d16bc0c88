import { type AzureClients, createAzureClients, toAzureStoreError } from "@configmanager-plugins/azure";
import type { KeyVaultSecret } from "@azure/keyvault-secrets";
import type { StoreContext } from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import { createVault, type Vault } from "./vault.ts";

/** All vaults; to be closed. */
export interface VaultClients {
  readonly vaults: AzureClients<Vault>;
  /** Reads a secret. Throws a StoreError, or the reason of the signal. */
  readonly read: (address: SecretAddress, signal: AbortSignal) => Promise<KeyVaultSecret>;
}

/** Makes the clients, one for each vault, with one credential for each cloud. */
export function openVaultClients(env: StoreContext["env"]): VaultClients {
  const vaults = createAzureClients(env, (place, credential, options) => createVault(place, credential, options, env));
  return {
    vaults,
    async read(address, signal) {
      try {
        return await vaults.ask(address, (vault, attempt) => vault.getSecret(address, attempt), signal);
      } catch (error) {
        signal.throwIfAborted();
        const { host, vault } = address;
        throw toAzureStoreError(error, {
          host,
          what: nameOf(address),
          permission: `the role "Key Vault Secrets User" on vault "${vault}", or "Get" for secrets in its access policy`,
        });
      }
    },
  };
}

/** A secret for people. */
export function nameOf({ name, vault }: SecretAddress): string {
  return `secret "${name}" of vault "${vault}"`;
}
