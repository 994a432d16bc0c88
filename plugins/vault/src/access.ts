import { isTransientNetworkError, type StoreError, type Verdict, waitFor, type WriteDoubt } from "configmanager/plugin";
import type { VaultRead } from "./address.ts";
import { explainMissing, findOtherEngine } from "./mount-info.ts";
import { type FoundReply, type MissingReason, readReply } from "./reply.ts";
import { VaultFailure, type VaultRequest, type VaultResponse } from "./server.ts";
import type { VaultSettings } from "./settings.ts";
import type { Access, Tokens } from "./tokens.ts";
import { toVaultError, type VaultAction } from "./vault-errors.ts";

/** What is done with a path, and how. */
export interface Asked {
  /** For people, as policies name it. */
  readonly path: string;
  readonly action: VaultAction;
  /** The role to log in with, when the token names one. */
  readonly role: string | undefined;
  /** Watches each try of a write. */
  readonly doubt?: WriteDoubt | undefined;
  /** True for a failure that is handed to the caller as it is. */
  readonly passes?: ((failure: VaultFailure) => boolean) | undefined;
}

/** Vault by the tokens of the environment: all that the plugin asks goes through here. */
export interface VaultAccess {
  /** One request; a token that is denied is had anew once. Rejects with a StoreError, or with a failure that `passes`. */
  readonly send: (request: VaultRequest, asked: Asked, signal: AbortSignal) => Promise<VaultResponse>;
  /** A read, and why there is nothing when there is nothing. */
  readonly read: (
    read: VaultRead,
    signal: AbortSignal,
  ) => Promise<FoundReply | { readonly found: false; readonly error: StoreError; readonly reason: MissingReason }>;
  /** The error for a path at which nothing was found. */
  readonly explain: (read: VaultRead, reason: MissingReason, signal: AbortSignal) => Promise<StoreError>;
  /** The error for a mount of another engine than the one that is asked for; undefined when none is known of. */
  readonly otherEngine: (read: VaultRead, signal: AbortSignal) => Promise<StoreError | undefined>;
}

/** What an access is made of. */
export interface AccessParts {
  readonly settings: VaultSettings;
  readonly tokens: Tokens;
  /** Sends a request in its turn, and again as long as that may help. */
  readonly send: (request: VaultRequest, signal: AbortSignal, doubt?: WriteDoubt) => Promise<VaultResponse>;
  /** Sends one at once, and once. */
  readonly sendOnce: (request: VaultRequest, signal: AbortSignal) => Promise<VaultResponse>;
  /** Ends with the plugin. */
  readonly stopping: AbortSignal;
}

/** A better hint is not worth more, nor another try. */
const explainLimitMs = 2000;

/** Makes the access of one process. */
export function createVaultAccess({ settings, tokens, send, sendOnce, stopping }: AccessParts): VaultAccess {
  const mountEngines = new Map<string, Promise<string | undefined>>();

  const sendAs: VaultAccess["send"] = async (request, asked, signal) => {
    const { role, doubt } = asked;
    const toError = (error: unknown, { lacking }: Access): unknown =>
      error instanceof VaultFailure && asked.passes?.(error) === true
        ? error
        : toVaultError(error, asked, settings, lacking);
    const access = await tokens.get(role, signal);
    try {
      return await send({ ...request, token: access.token }, signal, doubt);
    } catch (error) {
      const renewed = isDenied(error) ? await tokens.renew(role, access, signal) : undefined;
      if (renewed === undefined) throw toError(error, access);
      try {
        return await send({ ...request, token: renewed.token }, signal, doubt);
      } catch (again) {
        if (isDenied(again)) tokens.settle(role);
        throw toError(again, renewed);
      }
    }
  };
  const askMount = async (role: string | undefined, signal: AbortSignal) => {
    const { token } = await tokens.get(role, signal);
    return (path: string): Promise<VaultResponse> =>
      sendOnce({ path, token }, AbortSignal.any([stopping, AbortSignal.timeout(explainLimitMs)]));
  };
  const explain: VaultAccess["explain"] = async (read, reason, signal) =>
    waitFor(explainMissing(read, reason, mountEngines, await askMount(read.role, signal)), signal);

  return {
    send: sendAs,
    explain,
    async read(read, signal) {
      const { path, version, role } = read;
      const query = version === undefined ? undefined : { version };
      const reply = readReply(read, await sendAs({ path, query }, { path, action: "read", role }, signal));
      if (reply.found) return reply;
      return { ...reply, error: await explain(read, reply.reason, signal) };
    },
    otherEngine: async (read, signal) =>
      waitFor(findOtherEngine(read, mountEngines, await askMount(read.role, signal)), signal),
  };
}

function isDenied(error: unknown): boolean {
  return error instanceof VaultFailure && error.status === 403;
}

/** What Vault's own clients try again, and for how long Vault asks to wait. */
export function judgeFailure(error: unknown): Verdict {
  if (!(error instanceof VaultFailure)) return isTransientNetworkError(error) ? "transient" : "final";
  const { status, retryAfterMs: afterMs } = error;
  if (status === 429) return { retry: "throttled", afterMs };
  // 412: a standby has not heard of a write yet. 501: there is nothing to wait for before Vault is initialized.
  return status === 412 || (status >= 500 && status !== 501) ? { retry: "transient", afterMs } : "final";
}
