import {
  createCalls,
  isTransientNetworkError,
  type StoreContext,
  type StoreValue,
  type Verdict,
  waitFor,
} from "configmanager/plugin";
import type { VaultRead } from "./address.ts";
import { chooseAuthMethod, createLogin } from "./login.ts";
import { explainMissing } from "./mount-info.ts";
import { createRateLimiter } from "./rate-limiter.ts";
import { readReply } from "./reply.ts";
import { createVaultServer, VaultFailure, type VaultRequest, type VaultResponse } from "./server.ts";
import { readSettings } from "./settings.ts";
import { readTls } from "./tls.ts";
import { type Access, createGivenToken, createLogins } from "./tokens.ts";
import { toReadError } from "./vault-errors.ts";

/** The Vault of one process. */
export interface VaultClient {
  /** The value that a path has; rejects with the StoreError for the reason why there is none. */
  readonly read: (read: VaultRead, signal: AbortSignal) => Promise<StoreValue>;
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
    judge,
  });
  const send = async (request: VaultRequest, signal: AbortSignal): Promise<VaultResponse> => {
    await takeTurn?.(signal);
    return calls.run((attempt) => server.send(request, attempt), signal);
  };
  const tokens =
    method === "token"
      ? await createGivenToken(env)
      : createLogins(createLogin({ method, context, settings, send }), stopping);
  const rawReads = new Map<string, RawRead>();
  const mountVersions = new Map<string, Promise<string | undefined>>();

  return {
    read: (read, signal) => (read.engine === "raw" ? readOnce(read, signal) : readNow(read, signal)),
    close: () => server.close(),
  };

  async function readNow(read: VaultRead, signal: AbortSignal): Promise<ReadValue> {
    let access = await tokens.get(read.role, signal);
    let response: VaultResponse;
    try {
      response = await send(toRequest(read, access), signal);
    } catch (error) {
      const renewed = isDenied(error) ? await tokens.renew(read.role, access, signal) : undefined;
      if (renewed === undefined) throw toReadError(error, read, settings, access.lacking);
      access = renewed;
      try {
        response = await send(toRequest(read, access), signal);
      } catch (again) {
        if (isDenied(again)) tokens.settle(read.role);
        throw toReadError(again, read, settings, access.lacking);
      }
    }
    const reply = readReply(read, response);
    if (!reply.found) {
      const { token } = access;
      const ask = (path: string): Promise<VaultResponse> =>
        server.send({ path, token }, AbortSignal.any([stopping, AbortSignal.timeout(explainLimitMs)]));
      throw await waitFor(explainMissing(read, reply.reason, mountVersions, ask), signal);
    }
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

/** A better hint is not worth more, nor another try. */
const explainLimitMs = 2000;

type ReadValue = Exclude<StoreValue, string | Uint8Array>;

interface RawRead {
  readonly value: Promise<ReadValue>;
  /** By the clock of `Date`. */
  expiresAt: number;
}

function toRequest({ path, version }: VaultRead, { token }: Access): VaultRequest {
  return { path, ...(version === undefined ? {} : { query: { version } }), token };
}

function isDenied(error: unknown): boolean {
  return error instanceof VaultFailure && error.status === 403;
}

/** What Vault's own clients try again, and for how long Vault asks to wait. */
function judge(error: unknown): Verdict {
  if (!(error instanceof VaultFailure)) return isTransientNetworkError(error) ? "transient" : "final";
  const { status, retryAfterMs: afterMs } = error;
  if (status === 429) return { retry: "throttled", afterMs };
  // 412: a standby has not heard of a write yet. 501: there is nothing to wait for before Vault is initialized.
  return status === 412 || (status >= 500 && status !== 501) ? { retry: "transient", afterMs } : "final";
}
