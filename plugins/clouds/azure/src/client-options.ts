import type { HttpClient } from "@azure/core-rest-pipeline";
import type { Connections } from "configmanager/plugin";
import { createHttpClient } from "./http-client.ts";

/** What every client of Azure is given. */
export interface AzureClientOptions {
  /** Sends over the store's connections, which decide about proxies and certificates. */
  readonly httpClient: HttpClient;
  /** None: `createCalls` tries again, in one place for all. */
  readonly retryOptions: { readonly maxRetries: 0 };
  /** A service never sends us to another host. */
  readonly redirectOptions: { readonly maxRetries: 0 };
  readonly userAgentOptions: { readonly userAgentPrefix: string };
}

/** The options of an official client, to which a store adds its own. */
export function azureClientOptions(connections: Connections): AzureClientOptions {
  return {
    httpClient: createHttpClient(connections),
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: "configmanager" },
  };
}
