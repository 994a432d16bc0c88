import type { KeyVaultSecret, SecretProperties } from "@azure/keyvault-secrets";
import { toAzureStoreError } from "@configmanager-plugins/azure";
import { isStoreError, type ListRequest } from "configmanager/plugin";
import { type SecretAddress, type SecretsAddress, toSecretsAddress } from "./address.ts";
import type { VaultClients } from "./client.ts";
import type { SecretPages } from "./vault.ts";

/** A secret of a listing. */
export interface ListedSecret {
  /** By which it is asked for. */
  readonly path: string;
  readonly address: SecretAddress;
  readonly secret: KeyVaultSecret;
}

/**
 * The secrets of a vault whose names begin alike, but those that are disabled. Names have no levels, so that there is
 * nothing deeper. Throws as a read does, also for a single one that may not be read.
 */
export async function* listSecrets(
  clients: VaultClients,
  request: ListRequest,
  signal: AbortSignal,
): AsyncGenerator<ListedSecret, void, undefined> {
  const place = toSecretsAddress(request);
  const { vault, host, url, cloud, prefix, above } = place;
  for await (const page of listPages(clients, place, signal)) {
    const names = page
      .filter(({ name, enabled }) => name.startsWith(prefix) && enabled !== false)
      .map(({ name }) => name);
    const secrets = names.map(async (name): Promise<ListedSecret | undefined> => {
      const address = { vault, host, url, cloud, name, version: "" };
      try {
        return { path: `${above}${name}`, address, secret: await clients.read(address, signal) };
      } catch (error) {
        // Deleted since it was listed.
        if (isStoreError(error) && error.kind === "notFound") return undefined;
        throw error;
      }
    });
    for (const listed of await Promise.all(secrets)) if (listed !== undefined) yield listed;
  }
}

async function* listPages(
  { vaults }: VaultClients,
  place: SecretsAddress,
  signal: AbortSignal,
): AsyncGenerator<readonly SecretProperties[], void, undefined> {
  let current: SecretPages | undefined;
  for (let count = 0; ; count++) {
    let page: readonly SecretProperties[] | undefined;
    try {
      page = await vaults.ask(
        place,
        async (vault, attempt) => {
          // After an error the client's pages have to be begun anew.
          const pages = current ?? vault.pages();
          if (current === undefined) for (let skipped = 0; skipped < count; skipped++) await pages.next(attempt);
          current = undefined;
          const next = await pages.next(attempt);
          if (!attempt.aborted) current = pages;
          return next;
        },
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      const { host, vault } = place;
      const permission = `the role "Key Vault Secrets User" on vault "${vault}", or "List" and "Get" for secrets in its access policy`;
      throw toAzureStoreError(error, { host, what: `the secrets of vault "${vault}"`, permission, action: "listed" });
    }
    if (page === undefined) return;
    yield page;
  }
}
