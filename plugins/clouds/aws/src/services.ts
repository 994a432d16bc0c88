import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { createCalls, type StoreContext } from "configmanager/plugin";
import { isCorrectedClockSkew, isExpiredToken, judgeAwsError } from "./aws-error.ts";
import { createAwsConnections } from "./connections.ts";
import { type AwsCredentialIdentityProvider, createAwsCredentials } from "./credentials.ts";
import { resolveRegion } from "./region.ts";
import { type Environment, profileName } from "./shared-config.ts";

/** What every client of the AWS SDK is made with. */
export interface AwsClientOptions {
  readonly region: string;
  /** Where the SDK looks for settings of endpoints. */
  readonly profile: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: AwsRequestHandler;
  /** 1: trying again is done here, for all clients together. */
  readonly maxAttempts: number;
  readonly retryMode: "standard";
  readonly defaultsMode: "standard";
}

/** One service in one region. */
export interface AwsService<Client> {
  readonly region: string;
  /** The host that its client talks to, as far as known, with a port that is not the usual one. */
  readonly host: () => string;
  /** Does some work with the client, when there is a place, and again as long as that may help. Rejects with the client's last error. */
  readonly call: <T>(work: (client: Client, signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/** A service in all regions: one client for each, made when it is asked for the first time. */
export interface AwsServices<Client> {
  /** Rejects as `resolveRegion` does. */
  readonly inRegion: (metadataRegion: string | undefined) => Promise<AwsService<Client>>;
  /** Ends every connection. */
  readonly close: () => void;
}

/** What differs from store to store. */
export interface AwsServicesOptions<Client> {
  /** As in the host's name: `ssm`. */
  readonly endpointPrefix: string;
  readonly concurrency: number;
  readonly createClient: (options: AwsClientOptions) => Client;
}

/** The clients of one store, which share credentials, connections, and the limits of how much is asked at once. */
export async function createAwsServices<Client>(
  { env, log }: Pick<StoreContext, "env" | "log">,
  { endpointPrefix, concurrency, createClient }: AwsServicesOptions<Client>,
): Promise<AwsServices<Client>> {
  await silenceSdk();
  const { NodeHttpHandler: Handler } = await import("@smithy/node-http-handler");
  const connections = await createAwsConnections(env);
  const credentials = createAwsCredentials({ env, connections, log });
  const calls = createCalls({ concurrency, ...attemptsOf(env), throttledBaseDelayMs: 500, judge: judgeAwsError });
  const services = new Map<string, AwsService<Client>>();
  const regions = new Map<string | undefined, Promise<string>>();

  const createService = (region: string): AwsService<Client> => {
    const { httpAgent, httpsAgent } = connections;
    const handler = new Handler({ httpAgent, httpsAgent, logger: silentLogger });
    let host = `${endpointPrefix}.${region}.amazonaws.com`;
    const requestHandler: AwsRequestHandler = {
      handle(request, options) {
        host = request.port === undefined ? request.hostname : `${request.hostname}:${request.port}`;
        return handler.handle(request, options);
      },
    };
    const client = createClient({
      region,
      profile: profileName(env),
      credentials,
      requestHandler,
      maxAttempts: 1,
      retryMode: "standard",
      defaultsMode: "standard",
    });
    return {
      region,
      host: () => host,
      call: (work, signal) =>
        calls.run((attemptSignal) => sendOnceMore(() => work(client, attemptSignal), credentials), signal),
    };
  };

  return {
    async inRegion(metadataRegion) {
      // Also why there is none, which may have taken a second to find out.
      const resolving = regions.get(metadataRegion) ?? resolveRegion(env, metadataRegion);
      regions.set(metadataRegion, resolving);
      const region = await resolving;
      const service = services.get(region) ?? createService(region);
      services.set(region, service);
      return service;
    },
    close: () => connections.close(),
  };
}

/** What sends the requests of a client. */
export type AwsRequestHandler = Pick<NodeHttpHandler, "handle">;

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** Below Node 22 each SDK prints several lines on how old Node is. */
async function silenceSdk(): Promise<void> {
  const { state } = await import("@aws-sdk/core/client");
  state.warningEmitted = true;
}

/** How often a request is tried, when the user has said so; the SDKs count throttled tries alike. */
function attemptsOf(env: Environment): { attempts?: number; throttledAttempts?: number } {
  const attempts = Number(env["AWS_MAX_ATTEMPTS"]);
  return Number.isInteger(attempts) && attempts > 0 ? { attempts, throttledAttempts: attempts } : {};
}

/** What is worth one more try at once, and no third: credentials that have ended and can be had anew, a clock that is wrong. */
async function sendOnceMore<T>(send: () => Promise<T>, credentials: AwsCredentialIdentityProvider): Promise<T> {
  const used = await credentials();
  try {
    return await send();
  } catch (error) {
    if (isCorrectedClockSkew(error)) return send();
    if (!isExpiredToken(error)) throw error;
    // Another request may have got new ones in the meantime.
    const current = await credentials();
    const next = current === used ? await credentials({ forceRefresh: true }) : current;
    if (next.accessKeyId === used.accessKeyId && next.sessionToken === used.sessionToken) throw error;
    return send();
  }
}
