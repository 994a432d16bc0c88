import { badRequest, failed, type StoreLog, waitFor } from "configmanager/plugin";
import { type AuthClient, BaseExternalAccountClient, Compute, Impersonated, JWT } from "google-auth-library";
import { toTokenFailure } from "./credential-errors.ts";
import type { Failure } from "./failure.ts";
import { findCredentials, type FoundCredentials, type SearchPlaces } from "./find-credentials.ts";

/** What a request is sent with. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  /** The domain of the services: `googleapis.com`, as a rule. */
  readonly universe: string;
  /** Who asks, when the credentials say it. */
  readonly account: string | undefined;
  /** Counts how often the credentials have been read. */
  readonly generation: number;
}

/** The credentials of a process. */
export interface Credentials {
  /** A valid token, the same for all who ask at the same time. Rejects with a Failure, or with the reason of the signal. */
  readonly authorize: (signal: AbortSignal) => Promise<Authorization>;
  /** The service took it. */
  readonly proved: (authorization: Authorization) => void;
  /** The service refused it: the credentials are read again. False when that has been tried, and has not helped. */
  readonly renew: (authorization: Authorization) => boolean;
}

/** Credentials that are searched for when they are needed first. */
export function createCredentials(places: SearchPlaces, log: StoreLog): Credentials {
  let generation = 0;
  let provedGeneration: number | undefined;
  let found: Promise<FoundCredentials> | undefined;
  let pending: Promise<Authorization> | undefined;
  let failure: Failure | undefined;
  let isTold = false;

  return {
    authorize(signal) {
      // What is missing or wrong stays so: hundreds of requests need not find that out one after the other.
      if (failure !== undefined) return Promise.reject(failure);
      pending ??= obtain();
      return waitFor(pending, signal);
    },
    proved(authorization) {
      provedGeneration = authorization.generation;
    },
    renew(authorization) {
      // Somebody else has done it meanwhile.
      if (authorization.generation !== generation) return true;
      if (generation > 0 && provedGeneration !== generation) return false;
      log.info("the access token was refused, so the credentials are read again");
      generation++;
      found = undefined;
      pending = undefined;
      return true;
    },
  };

  async function obtain(): Promise<Authorization> {
    const asked = generation;
    let source = "the environment";
    try {
      found ??= findCredentials(places);
      const { client, ...origin } = await found;
      source = origin.source;
      const universe = universeOf(client, source, places.env["GOOGLE_CLOUD_UNIVERSE_DOMAIN"]);
      const quotaProject = places.env["GOOGLE_CLOUD_QUOTA_PROJECT"];
      if (quotaProject) client.quotaProjectId = quotaProject;
      const headers = Object.fromEntries((await client.getRequestHeaders()).entries());
      const account = accountOf(client);
      if (!isTold) log.debug("credentials found", { source, account });
      isTold = true;
      return { headers, universe, account, generation: asked };
    } catch (error) {
      const reason = toTokenFailure(error, source);
      if (asked === generation && reason.verdict === "final") failure = reason;
      throw reason;
    } finally {
      if (asked === generation) pending = undefined;
    }
  }
}

function universeOf(client: AuthClient, source: string, setting: string | undefined): string {
  // It becomes the name of the host that the token is sent to.
  if (setting && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(setting)) {
    throw badRequest(`GOOGLE_CLOUD_UNIVERSE_DOMAIN is "${setting}", which is no domain`, {
      hint: "unset it, or set it to the domain of your universe",
    });
  }
  // That of a metadata server would have to be asked for.
  const own = client instanceof Compute ? undefined : client.universeDomain;
  if (!setting) return own ?? "googleapis.com";
  // A token of one universe is nothing for the servers of another.
  if (own !== undefined && own !== setting) {
    throw failed(`${source} is for "${own}", and GOOGLE_CLOUD_UNIVERSE_DOMAIN is "${setting}"`, {
      hint: "use credentials of that universe, or correct GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    });
  }
  return setting;
}

function accountOf(client: AuthClient): string | undefined {
  if (client instanceof JWT) return client.email;
  if (client instanceof Impersonated) return client.getTargetPrincipal();
  return client instanceof BaseExternalAccountClient ? (client.getServiceAccountEmail() ?? undefined) : undefined;
}
