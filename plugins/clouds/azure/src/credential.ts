import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/identity";
import type { Connections } from "configmanager/plugin";
import { azureClientOptions } from "./client-options.ts";
import { toCredentialError } from "./credential-error.ts";
import { createHttpClient, type FailedExchange, recordFailures } from "./http-client.ts";

/** What a credential is made of. */
export interface AzureCredentialOptions {
  /** Read for error messages; the official credentials look at the real environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly connections: Connections;
  /** The login endpoint of a sovereign cloud; undefined for that of `AZURE_AUTHORITY_HOST`, or the public one. */
  readonly authorityHost: string | undefined;
}

/** Who asks, to all services of one cloud: as `DefaultAzureCredential` finds it, `AZURE_TOKEN_CREDENTIALS` included. */
export interface AzureCredential extends TokenCredential {
  /**
   * A token, fetched once for all who ask for the same at the same time, and kept until two minutes before its end.
   *
   * Throws `unauthenticated` with what was tried in order, `unavailable` or `timedOut` with the host that was not reached.
   */
  readonly getToken: (scopes: string | string[], options?: GetTokenOptions) => Promise<AccessToken>;
  /** Forgets a token that a service no longer takes, unless another has been fetched since. */
  readonly forget: (token: string) => void;
}

// Entra ID answers within a second as a rule; whoever waits for it has 15 in all.
const tokenTimeoutMs = 10_000;

/** Makes a credential. The official ones are loaded when the first token is wanted, or by `loadAzureCredentials`. */
export function createAzureCredential({ env, connections, authorityHost }: AzureCredentialOptions): AzureCredential {
  const tokens = new Map<string, TokenEntry>();
  let chain: TokenCredential | undefined;

  const fetchToken = async (scopes: string | string[], options: GetTokenOptions): Promise<AccessToken> => {
    const failures: FailedExchange[] = [];
    let current: TokenCredential | undefined;
    try {
      const { DefaultAzureCredential } = await import("./official.ts");
      chain ??= new DefaultAzureCredential({
        ...azureClientOptions(connections),
        httpClient: createHttpClient(connections, tokenTimeoutMs),
        ...(authorityHost === undefined ? {} : { authorityHost }),
        // As in Go; the official credential of the environment reads it too, but hands it on by a name that nobody reads.
        additionallyAllowedTenants: (env["AZURE_ADDITIONALLY_ALLOWED_TENANTS"] ?? "")
          .split(";")
          .filter((id) => id !== ""),
      });
      const asked = (current = chain);
      const token = await recordFailures(failures, () => asked.getToken(scopes, options));
      if (token === null) throw new Error("no token");
      return token;
    } catch (error) {
      // The official credentials remember that they were throttled, for a minute if nobody says how long, and answer
      // without asking. Here it is the limiter that waits.
      if (chain === current) chain = undefined;
      throw toCredentialError(error, { env, failures });
    }
  };

  return {
    async getToken(scopes, { tenantId, claims, enableCae } = {}) {
      const key = JSON.stringify([scopes, tenantId, claims, enableCae]);
      const known = tokens.get(key);
      if (known !== undefined) {
        const token = await known.promise;
        if (isFresh(token)) return token;
      }
      // Whoever comes second finds what the first has begun. Not the signal of either: the token is for all.
      const begun = tokens.get(key);
      if (begun !== undefined && begun !== known) return begun.promise;
      const promise = fetchToken(scopes, {
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(claims === undefined ? {} : { claims }),
        ...(enableCae === undefined ? {} : { enableCae }),
      });
      const entry: TokenEntry = { promise, token: undefined };
      tokens.set(key, entry);
      promise.then(
        ({ token }) => (entry.token = token),
        () => {
          if (tokens.get(key) === entry) tokens.delete(key);
        },
      );
      return promise;
    },
    forget(refused) {
      for (const [key, { token }] of tokens) {
        if (token !== refused) continue;
        tokens.delete(key);
        // The official credentials keep tokens too.
        chain = undefined;
      }
    },
  };
}

interface TokenEntry {
  readonly promise: Promise<AccessToken>;
  /** Set when it is there. */
  token: string | undefined;
}

/** Loads the official credentials, ahead of the first token. */
export async function loadAzureCredentials(): Promise<void> {
  await import("./official.ts");
}

function isFresh({ expiresOnTimestamp, refreshAfterTimestamp = Infinity }: AccessToken): boolean {
  return Date.now() < Math.min(expiresOnTimestamp - 2 * 60_000, refreshAfterTimestamp);
}
