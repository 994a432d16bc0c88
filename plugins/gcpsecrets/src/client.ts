import {
  createCalls,
  createConnections,
  isStoreError,
  isTransientNetworkError,
  type StoreContext,
  type StoreValue,
  timedOut,
  toNetworkError,
  type Verdict,
} from "configmanager/plugin";
import { accessSecret } from "./access-secret.ts";
import type { SecretAddress } from "./address.ts";
import { createCredentials } from "./credentials.ts";
import { Failure } from "./failure.ts";
import type { CallProgress, SecretService } from "./send-authorized.ts";
import { createAuthTransport } from "./transporter.ts";

/** Secret Manager, with the credentials of one environment; to be closed. */
export interface SecretClient {
  /** The bytes of a version and its number. Rejects with a StoreError, or with the reason of the signal. */
  readonly access: (address: SecretAddress, signal: AbortSignal) => Promise<StoreValue>;
  /** Does some work with the service, again as long as that may help, as a Failure says it. Rejects as `access` does. */
  readonly perform: <T>(
    work: (service: SecretService, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>;
  readonly close: () => void;
}

/** What Google's own client waits first when it is throttled. */
const throttledBaseDelayMs = 2000;

/** Makes the client of a process. Nothing is read or asked before the first secret. */
export function createSecretClient({ env, cwd, log }: Pick<StoreContext, "env" | "cwd" | "log">): SecretClient {
  const connections = createConnections({ env });
  const transport = createAuthTransport(connections, env);
  const credentials = createCredentials({ env, cwd, transport }, log);
  const calls = createCalls({ throttledBaseDelayMs, judge });
  const perform: SecretClient["perform"] = async (work, signal) => {
    const progress: CallProgress = { unusable: 0, host: undefined };
    const service = { credentials, connections, log, progress };
    try {
      return await calls.run((limit) => work(service, limit), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw toStoreError(error, progress.host);
    }
  };
  return {
    access: (address, signal) => perform((service, limit) => accessSecret(address, service, limit), signal),
    perform,
    close() {
      transport.close();
      connections.close();
    },
  };
}

function judge(error: unknown): Verdict {
  if (error instanceof Failure) return error.verdict;
  return isTransientNetworkError(error) ? "transient" : "final";
}

function toStoreError(error: unknown, host: string | undefined): unknown {
  if (error instanceof Failure) return error.error;
  // The time-out of the calls, which do not know whom they wait for.
  if (isStoreError(error) && error.kind === "timedOut") {
    const whom = host === undefined ? "the credentials give no token" : `cannot reach "${host}"`;
    return timedOut(`${whom}: ${error.message}`, { hint: error.hint });
  }
  return host === undefined ? error : (toNetworkError(error, host) ?? error);
}
