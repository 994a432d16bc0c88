import {
  type AzureClientOptions,
  type AzureCredential,
  type AzurePlace,
  readFailure,
} from "@configmanager-plugins/azure";
import { type KeyVaultSecret, SecretClient, type SecretProperties } from "@azure/keyvault-secrets";
import { type StoreContext, unauthenticated } from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import { FirstAlone } from "./first-alone.ts";

/** One vault. What it does rejects with the error of the official client, or with the credential's. */
export interface Vault {
  readonly getSecret: (address: SecretAddress, signal: AbortSignal) => Promise<KeyVaultSecret>;
  /** Makes a new version, which becomes the current one. */
  readonly setSecret: (address: SecretAddress, value: string, signal: AbortSignal) => Promise<KeyVaultSecret>;
  /** All current versions without their values, page by page. It cannot go on after an error. */
  readonly pages: () => SecretPages;
}

/** Pages of a vault's secrets. */
export interface SecretPages {
  /** The next page; undefined after the last. */
  readonly next: (signal: AbortSignal) => Promise<readonly SecretProperties[] | undefined>;
}

/**
 * A vault by its official client. A vault says whose tokens it takes when it is asked without one, and the client keeps
 * the answer: so the first request goes alone, and the others wait until it has a token.
 */
export function createVault(
  { url, cloud }: AzurePlace,
  credential: AzureCredential,
  options: AzureClientOptions,
  env: StoreContext["env"],
): Vault {
  const requests = new FirstAlone(concernsAll);
  const client = new SecretClient(url, credential, {
    ...options,
    httpClient: {
      async sendRequest(request) {
        // The client knows enough as soon as it sends a token.
        if (request.headers.has("authorization")) requests.letAllGo();
        const response = await options.httpClient.sendRequest(request);
        // It trips over an error without a body, as gateways give it, and forgets the status.
        return response.status >= 400 && response.bodyAsText === "" ? { ...response, bodyAsText: "{}" } : response;
      },
    },
    serviceVersion: "7.6",
  });
  fetchAhead(credential, cloud.scope, env);

  return {
    getSecret: ({ name, version }, signal) =>
      ask(() => client.getSecret(name, { version, abortSignal: signal }), signal),
    setSecret: ({ name }, value, signal) => ask(() => client.setSecret(name, value, { abortSignal: signal }), signal),
    pages() {
      // Not the signal of one try: the client would keep it for all pages.
      const pages = client.listPropertiesOfSecrets().byPage();
      return {
        async next(signal) {
          const page = await ask(() => pages.next(), signal);
          return page.done === true ? undefined : page.value;
        },
      };
    },
  };

  function ask<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return requests.run(() => withOwnWords(send), signal);
  }

  async function withOwnWords<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      // The client's own words name an option of its own.
      const foreign = error instanceof Error && /^The challenge resource '([^']*)' does not match/.exec(error.message);
      if (!foreign) throw error;
      throw unauthenticated(`"${new URL(url).host}" wants a token for "${foreign[1] ?? ""}", which is not sent to it`, {
        hint: "check the name of the vault, and what answers in its stead",
      });
    }
  }
}

/** True for what is about the vault, the network or the credential; false for what is about one secret. */
function concernsAll(error: unknown): boolean {
  const status = readFailure(error)?.status;
  return status === undefined || status === 401 || status === 429 || status >= 500;
}

/**
 * Begins to fetch the token that the vault is going to ask for, while it is asked. Only where the tenant that it names
 * is all but sure, so that this is no second request; other credentials may start programs.
 */
function fetchAhead(credential: AzureCredential, scope: string, env: StoreContext["env"]): void {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE } = env;
  if (!tenantId || !AZURE_CLIENT_ID || !(AZURE_CLIENT_SECRET || AZURE_FEDERATED_TOKEN_FILE)) return;
  credential.getToken([scope], { tenantId, enableCae: true }).catch(() => {});
}
