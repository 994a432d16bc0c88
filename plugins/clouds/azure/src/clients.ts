import { createCalls, createConnections, type StoreContext, waitFor } from "configmanager/plugin";
import { type AzureClientOptions, azureClientOptions } from "./client-options.ts";
import { type AzureCredential, createAzureCredential, loadAzureCredentials } from "./credential.ts";
import { readFailure } from "./failure.ts";
import type { AzureCloud } from "./services.ts";
import { judgeAzureError } from "./verdicts.ts";

/** Where a client asks. */
export interface AzurePlace {
  /** What makes the client another one. */
  readonly url: string;
  /** What makes the credential another one. */
  readonly cloud: AzureCloud;
}

/** The official clients of a store plugin; to be closed. */
export interface AzureClients<Client> {
  /**
   * Does some work with the client of a place when its turn comes, and again as long as that may help. Rejects with the
   * last error of the client or its credential (see `toAzureStoreError`), or with the reason of the signal.
   */
  readonly ask: <T>(
    place: AzurePlace,
    work: (client: Client, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>;
  readonly close: () => void;
}

/**
 * Makes the clients of a process: one limiter and one set of connections, a credential for each cloud, a client for each
 * place. Begins to load the official credentials.
 */
export function createAzureClients<Client>(
  env: StoreContext["env"],
  createClient: (place: AzurePlace, credential: AzureCredential, options: AzureClientOptions) => Client,
): AzureClients<Client> {
  const connections = createConnections({ env });
  const options = azureClientOptions(connections);
  const calls = createCalls({ judge: judgeAzureError });
  const credentials = new Map<string | undefined, AzureCredential>();
  const clients = new Map<string, Client>();
  // Places that have refused a token, and have taken none since.
  const doubtful = new Set<string>();
  // What goes wrong here goes wrong again when a token is wanted, and is reported then.
  loadAzureCredentials().catch(() => {});

  return {
    // The official clients wait for a token that others wait for too, whatever the signal of one request says.
    ask: (place, work, signal) => calls.run((attempt) => waitFor(askOnce(place, work, attempt), attempt), signal),
    close: () => connections.close(),
  };

  async function askOnce<T>(
    place: AzurePlace,
    work: (client: Client, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const client = clientOf(place);
    try {
      return await askClient(client, place, work, signal);
    } catch (error) {
      const token = refusedToken(error);
      if (token === undefined) throw error;
      // A token may end before its time. A new one is asked for once, and not again for each value of a place that takes none.
      const isCurrent = clients.get(place.url) === client;
      if (isCurrent && doubtful.has(place.url)) throw error;
      if (isCurrent) {
        doubtful.add(place.url);
        credentialOf(place).forget(token);
        // It keeps a token of its own.
        clients.delete(place.url);
      }
      return await askClient(clientOf(place), place, work, signal);
    }
  }

  /** Clears the place of its doubts when it takes the token, if only to say "not there" or "not yours". */
  async function askClient<T>(
    client: Client,
    place: AzurePlace,
    work: (client: Client, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      const outcome = await work(client, signal);
      doubtful.delete(place.url);
      return outcome;
    } catch (error) {
      if (readFailure(error) !== undefined && refusedToken(error) === undefined) doubtful.delete(place.url);
      throw error;
    }
  }

  function clientOf(place: AzurePlace): Client {
    const client = clients.get(place.url) ?? createClient(place, credentialOf(place), options);
    clients.set(place.url, client);
    return client;
  }

  function credentialOf({ cloud: { authorityHost } }: AzurePlace): AzureCredential {
    const credential = credentials.get(authorityHost) ?? createAzureCredential({ env, connections, authorityHost });
    credentials.set(authorityHost, credential);
    return credential;
  }
}

/** The token that a service did not take, when that is what an error says. */
function refusedToken(error: unknown): string | undefined {
  if (readFailure(error)?.status !== 401) return undefined;
  const { request } = error as { readonly request?: { readonly headers: Pick<Headers, "get"> } };
  return request?.headers.get("authorization")?.replace(/^Bearer /i, "");
}
