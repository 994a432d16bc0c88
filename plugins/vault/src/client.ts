import {
  createCalls,
  type ListedValue,
  type ListRequest,
  type PutRequest,
  type StoreContext,
  type StoreValue,
  waitFor,
} from "configmanager/plugin";
import { createVaultAccess, judgeFailure } from "./access.ts";
import type { VaultRead } from "./address.ts";
import { listSecrets } from "./list-secrets.ts";
import { chooseAuthMethod, createLogin } from "./login.ts";
import { putSecret } from "./put-secret.ts";
import { createRateLimiter } from "./rate-limiter.ts";
import type { ReadValue } from "./reply.ts";
import { createVaultServer } from "./server.ts";
import { readSettings } from "./settings.ts";
import { readTls } from "./tls.ts";
import { createGivenToken, createLogins } from "./tokens.ts";

/** The Vault of one process. */
export interface VaultClient {
  /** The value that a path has; rejects with the StoreError for the reason why there is none. */
  readonly read: (read: VaultRead, signal: AbortSignal) => Promise<StoreValue>;
  /** Writes a secret or a key of one; resolves to its version, when the mount has versions. */
  readonly put: (request: PutRequest, signal: AbortSignal) => Promise<{ readonly version?: string }>;
  /** The secrets below a path. */
  readonly list: (request: ListRequest, signal: AbortSignal) => AsyncIterable<ListedValue>;
  readonly close: () => void;
}

/** Makes a client by the environment; nothing is sent yet. Rejects with `badRequest` when the environment is wrong. */
export async function createVaultClient(context: StoreContext): Promise<VaultClient> {
  const { env, cwd, log, signal: stopping } = context;
  const settings = readSettings(env);
  const method = chooseAuthMethod(env);
  const server = createVaultServer(settings, await readTls(settings.tls, cwd), env);
  const takeTurn = settings.rate === undefined ? undefined : createRateLimiter(settings.rate);
  const { maxRetries, timeoutMs } = settings;
  const calls = createCalls({
    ...(maxRetries === undefined ? {} : { attempts: maxRetries + 1, throttledAttempts: maxRetries + 1 }),
    ...(timeoutMs === undefined ? {} : { attemptTimeoutMs: timeoutMs, callTimeoutMs: timeoutMs }),
    judge: judgeFailure,
  });
  const send: Parameters<typeof createVaultAccess>[0]["send"] = async (request, signal, doubt) => {
    await takeTurn?.(signal);
    return calls.run((attempt) => {
      const work = () => server.send(request, attempt);
      return doubt === undefined ? work() : doubt.watch(work, attempt);
    }, signal);
  };
  const tokens =
    method === "token"
      ? await createGivenToken(env)
      : createLogins(createLogin({ method, context, settings, send }), stopping);
  const access = createVaultAccess({ settings, tokens, send, sendOnce: server.send, stopping });
  const rawReads = new Map<string, RawRead>();

  return {
    read: (read, signal) => (read.engine === "raw" ? readOnce(read, signal) : readNow(read, signal)),
    put: (request, signal) => putSecret(access, request, signal),
    list: (request, signal) => listSecrets(access, request, signal),
    close: () => server.close(),
  };

  async function readNow(read: VaultRead, signal: AbortSignal): Promise<ReadValue> {
    const reply = await access.read(read, signal);
    if (!reply.found) throw reply.error;
    if (reply.value.data === "") log.warn("value retrieved but empty", { path: read.path });
    return reply.value;
  }

  /** A path of the raw engine may make a new credential each time it is read. */
  async function readOnce(read: VaultRead, signal: AbortSignal): Promise<StoreValue> {
    const key = `${read.role ?? ""} ${read.path}`;
    const known = rawReads.get(key);
    if (known !== undefined && known.expiresAt > Date.now()) return waitFor(known.value, signal);
    const started: RawRead = { value: readNow(read, stopping), expiresAt: Infinity };
    rawReads.set(key, started);
    started.value.then(
      ({ expiresAt }) => (started.expiresAt = expiresAt?.getTime() ?? Infinity),
      () => rawReads.get(key) === started && rawReads.delete(key),
    );
    return waitFor(started.value, signal);
  }
}

interface RawRead {
  readonly value: Promise<ReadValue>;
  /** By the clock of `Date`. */
  expiresAt: number;
}
