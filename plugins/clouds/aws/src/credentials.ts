import { unauthenticated } from "configmanager/plugin";
import { credentialSources } from "./credential-sources.ts";
import type { AwsCredentialIdentity, AwsCredentialOptions } from "./credential-types.ts";

/** Hands out credentials, the same ones until they end. `forceRefresh` asks for new ones, where there can be new ones. */
export type AwsCredentialIdentityProvider = (options?: {
  readonly forceRefresh?: boolean;
}) => Promise<AwsCredentialIdentity>;

/**
 * Credentials by the order of the AWS SDK for Go: keys of the environment, web identity of the environment, the profile
 * (keys, role, web identity, SSO, process), the container's endpoint, instance metadata. The first that is set up counts.
 *
 * Rejects with `unauthenticated`: nothing is set up (the message says what was tried, in order), or what is failed. An
 * AWS SDK is loaded only when the environment has no keys.
 */
export function createAwsCredentials(options: AwsCredentialOptions): AwsCredentialIdentityProvider {
  let current: AwsCredentialIdentity | undefined;
  let pending: Promise<AwsCredentialIdentity> | undefined;
  let failure: { readonly error: unknown; readonly at: number } | undefined;

  const load = async (): Promise<AwsCredentialIdentity> => {
    try {
      current = await loadCredentials(options);
      failure = undefined;
      return current;
    } catch (error) {
      failure = { error, at: Date.now() };
      throw error;
    } finally {
      pending = undefined;
    }
  };

  const provider: AwsCredentialIdentityProvider & { memoized?: boolean } = async (how) => {
    if (pending !== undefined) return pending;
    if (how?.forceRefresh !== true) {
      if (current !== undefined && !isEnding(current)) return current;
      // A hundred requests that wait in line are not to try everything a hundred times.
      if (failure !== undefined && Date.now() - failure.at < failureMemoryMs) throw failure.error;
    }
    pending = load();
    return pending;
  };
  // The SDK's clients put a memory of their own around a provider that does not say that it has one.
  provider.memoized = true;
  return provider;
}

const failureMemoryMs = 10_000;
/** Long enough for a request that is signed now to arrive. */
const endingMs = 60_000;

function isEnding({ expiration }: AwsCredentialIdentity): boolean {
  return expiration !== undefined && expiration.getTime() - Date.now() < endingMs;
}

async function loadCredentials(options: AwsCredentialOptions): Promise<AwsCredentialIdentity> {
  const tried: string[] = [];
  for (const { name, load } of credentialSources) {
    const found = await load(options);
    if ("credentials" in found) {
      options.log.debug("found credentials", { source: name });
      return found.credentials;
    }
    tried.push(found.absent);
  }
  throw unauthenticated(`no AWS credentials were found, tried ${tried.join(", ")}`, {
    hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run "aws configure"',
  });
}
