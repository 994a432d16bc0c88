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
import { type AccessProgress, accessSecret } from "./access-secret.ts";
import type { SecretAddress } from "./address.ts";
import { createCredentials } from "./credentials.ts";
import { Failure } from "./failure.ts";
import { createAuthTransport } from "./transporter.ts";

/** Secret Manager, with the credentials of one environment; to be closed. */
export interface SecretClient {
  /** The bytes of a version and its number. Rejects with a StoreError, or with the reason of the signal. */
  readonly access: (address: SecretAddress, signal: AbortSignal) => Promise<StoreValue>;
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
  return {
    async access(address, signal) {
      const progress: AccessProgress = { unusable: 0, host: undefined };
      const access = { address, credentials, connections, log, progress };
      try {
        return await calls.run((limit) => accessSecret(access, limit), signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toStoreError(error, progress.host);
      }
    },
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
