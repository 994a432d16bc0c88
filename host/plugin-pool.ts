import { setMaxListeners } from "node:events";
import type { StoreConfig } from "../internal/config/config.ts";
import { exitCodeOf } from "../internal/errors/codes.ts";
import { ConfigManagerError, isConfigManagerError, toErrors } from "../internal/errors/errors.ts";
import type { Logger } from "../internal/log/logger.ts";
import type { StoreDescription, StoreRequest, TokenStore } from "../internal/resolve/token-store.ts";
import { findPlugin, type FoundPlugin, type PluginOrigin } from "./discover.ts";
import type { HostContext } from "./host-context.ts";
import { type HandshakeFacts, PluginClient } from "./plugin-client.ts";
import type { PluginGuard } from "./plugin-guard.ts";
import { type FileFacts, preflight } from "./preflight.ts";

/** How plugins are found, started and asked. */
export interface PluginPoolOptions {
  readonly context: HostContext;
  /** The configuration's stores, by prefix. */
  readonly stores: ReadonlyMap<string, StoreConfig>;
  /** Protocol 1: each call; protocol 2: since the last result of a stream. A store may have its own. */
  readonly timeoutMs: number;
  readonly pluginStartTimeoutMs: number;
  /** Calls in flight for one plugin of protocol 1. A store may have its own. */
  readonly concurrency: number;
  /** `auto`: AutoMTLS on Windows only. */
  readonly mtls: "auto" | "always";
  /** Skips the check of owner and mode. */
  readonly trustPluginModes: boolean;
  /** Asked in this order about each plugin that does not ship with the program, before its first launch; none unless set. */
  readonly guards?: readonly PluginGuard[];
  /** Asked before them, also about plugins that ship: what those are told may come from somebody else. */
  readonly trustGuard?: PluginGuard | undefined;
  readonly logger: Logger;
}

/**
 * The plugins of a run, or of many: one process for each prefix, started when it is first needed, kept until the pool
 * is disposed of, and started anew after a crash.
 */
export interface PluginPool extends AsyncDisposable {
  /**
   * Finds the plugin of each prefix and looks at its file; launches nothing. Resolves with what ends a run before any
   * launch (exit codes 2, 3 and 7: CM_CONFIG_INVALID, CM_PLUGIN_UNTRUSTED); what else is wrong, `store` tells.
   */
  readonly prepare: (prefixes: Iterable<string>) => Promise<readonly ConfigManagerError[]>;
  /**
   * Starts the plugins of these prefixes that are not running, all at once; how that goes, `store` tells. `expected` are the lists
   * that their stores will be asked for, by prefix, where that is known.
   */
  readonly launch: (prefixes: Iterable<string>, signal?: AbortSignal, expected?: ExpectedRequests) => void;
  /** The store of a prefix, once its plugin is ready; rejects with why it is not, or with the reason of the signal. */
  readonly store: (prefix: string, signal?: AbortSignal) => Promise<TokenStore>;
  /** What can be found out about the plugin of a prefix, which is started for it; rejects with the reason of the signal only. */
  readonly inspect: (prefix: string, signal?: AbortSignal) => Promise<PluginInspection>;
  /** Kills all plugins and removes their sockets in this turn: the last resort of a process that ends. */
  readonly killNow: () => void;
  /** Shuts all plugins down at once, in bounded time; may be called again, and nothing is launched after it. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** By prefix. */
export type ExpectedRequests = ReadonlyMap<string, { readonly requests: readonly StoreRequest[] }>;

/** What is known of a plugin: as far as it could be found, looked at, started and asked; `error` says what stopped it. */
export interface PluginInspection {
  readonly prefix: string;
  readonly origin?: PluginOrigin;
  readonly facts?: FileFacts;
  readonly handshake?: HandshakeFacts;
  /** Absent of a plugin of app protocol 1, which has no words for it. */
  readonly description?: StoreDescription;
  readonly error?: ConfigManagerError;
}

/** A pool without a process yet. It kills what it has launched when this process ends without disposing of it. */
export function createPluginPool(options: PluginPoolOptions): PluginPool {
  return new ProcessPool(options);
}

/** What is known of a prefix. */
type Slot = { readonly error: ConfigManagerError } | GoodSlot;
interface GoodSlot {
  readonly plugin: FoundPlugin;
  readonly facts: FileFacts;
  /** No guard has anything against it. */
  isGuarded: boolean;
}

class ProcessPool implements PluginPool {
  readonly #options: PluginPoolOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #clients = new Map<string, PluginClient>();
  /** Those that another process has taken the place of, until they are gone. */
  readonly #retired = new Set<PluginClient>();
  readonly #stopWatchingExit: () => void;
  #disposed: Promise<void> | undefined;

  constructor(options: PluginPoolOptions) {
    this.#options = options;
    this.#stopWatchingExit = options.context.onProcessExit(() => this.killNow());
  }

  async prepare(prefixes: Iterable<string>): Promise<readonly ConfigManagerError[]> {
    const idle = [...prefixes].filter((prefix) => !this.#isRunning(prefix));
    for (const prefix of idle) this.#look(prefix);
    const slots = await Promise.all(idle.map((prefix) => this.#guarded(prefix)));
    // What ends the run for several plugins at once is said once.
    return [...new Set(slots.flatMap((slot) => ("error" in slot && endsRun(slot.error) ? [slot.error] : [])))];
  }

  launch(prefixes: Iterable<string>, signal?: AbortSignal, expected?: ExpectedRequests): void {
    if (this.#disposed !== undefined) return;
    for (const prefix of prefixes) {
      const slot = this.#slots.get(prefix) ?? this.#look(prefix);
      // What was not prepared, `store` asks the guards about, and launches.
      if (!("error" in slot) && slot.isGuarded && !this.#isRunning(prefix)) {
        this.#launchOne(prefix, slot, signal, expected?.get(prefix)?.requests);
      }
    }
  }

  async store(prefix: string, signal?: AbortSignal): Promise<TokenStore> {
    signal?.throwIfAborted();
    const slot = await this.#guarded(prefix);
    if ("error" in slot) throw slot.error;
    const known = this.#clients.get(prefix);
    // One that never became ready is not tried again before the next `launch`: it would keep a run waiting each time.
    const isGone = known === undefined || known.hasCrashed;
    const client = isGone ? this.#launchOne(prefix, slot, signal) : known;
    return unlessAborted(client.ready, signal);
  }

  async inspect(prefix: string, signal?: AbortSignal): Promise<PluginInspection> {
    const looked = this.#slots.get(prefix) ?? this.#look(prefix);
    if ("error" in looked) return { prefix, error: looked.error };
    const { plugin, facts } = looked;
    const found = { prefix, origin: plugin.origin, facts };
    try {
      const store = await this.store(prefix, signal);
      const handshake = this.#clients.get(prefix)?.handshake;
      const shaken = { ...found, ...(handshake && { handshake }) };
      try {
        const description = await store.describe(signal);
        return { ...shaken, ...(description && { description }) };
      } catch (error) {
        return { ...shaken, error: toInspectionError(error, signal) };
      }
    } catch (error) {
      return { ...found, error: toInspectionError(error, signal) };
    }
  }

  killNow(): void {
    for (const client of this.#allClients()) client.killNow();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    await Promise.all(this.#allClients().map((client) => client.shutDown()));
    this.#stopWatchingExit();
  }

  #allClients(): readonly PluginClient[] {
    return [...this.#clients.values(), ...this.#retired];
  }

  #isRunning(prefix: string): boolean {
    const state = this.#clients.get(prefix)?.state;
    return state === "starting" || state === "ready";
  }

  #look(prefix: string): Slot {
    const slot = this.#examine(prefix);
    this.#slots.set(prefix, slot);
    return slot;
  }

  #examine(prefix: string): Slot {
    const { context, stores, trustPluginModes, logger } = this.#options;
    try {
      const plugin = findPlugin(prefix, stores.get(prefix), context);
      const facts = preflight(plugin, context, { trustPluginModes, logger });
      return { plugin, facts, isGuarded: this.#guardsOf(plugin).length === 0 };
    } catch (error) {
      if (isConfigManagerError(error)) return { error };
      throw error;
    }
  }

  async #guarded(prefix: string): Promise<Slot> {
    const slot = this.#slots.get(prefix) ?? this.#look(prefix);
    if ("error" in slot || slot.isGuarded) return slot;
    try {
      for (const guard of this.#guardsOf(slot.plugin)) await guard(slot.plugin);
      slot.isGuarded = true;
      return slot;
    } catch (error) {
      if (!isConfigManagerError(error)) throw error;
      const refused = { error };
      this.#slots.set(prefix, refused);
      return refused;
    }
  }

  #guardsOf({ isShipped }: FoundPlugin): readonly PluginGuard[] {
    const { guards = [], trustGuard } = this.#options;
    return [...(trustGuard === undefined ? [] : [trustGuard]), ...(isShipped ? [] : guards)];
  }

  #launchOne(
    prefix: string,
    { plugin, facts }: GoodSlot,
    signal: AbortSignal | undefined,
    expected?: readonly StoreRequest[],
  ): PluginClient {
    if (this.#disposed !== undefined) throw new ConfigManagerError("CM_CANCELED", "the plugins have been shut down");
    const { context, stores, timeoutMs, pluginStartTimeoutMs, concurrency, mtls, logger } = this.#options;
    const client = new PluginClient({
      plugin,
      facts,
      store: stores.get(prefix) ?? {},
      context,
      timeoutMs,
      startTimeoutMs: pluginStartTimeoutMs,
      concurrency,
      autoMtls: mtls === "always" || context.platform === "win32",
      logger,
      expected,
      signal,
    });
    this.#retire(this.#clients.get(prefix));
    this.#clients.set(prefix, client);
    return client;
  }

  #retire(client: PluginClient | undefined): void {
    if (client === undefined) return;
    this.#retired.add(client);
    void client.shutDown().then(() => this.#retired.delete(client));
  }
}

function toInspectionError(error: unknown, signal: AbortSignal | undefined): ConfigManagerError {
  signal?.throwIfAborted();
  return toErrors(error)[0]!;
}

function endsRun(error: ConfigManagerError): boolean {
  const exitCode: number = exitCodeOf[error.code];
  return exitCode === 2 || exitCode === 3 || exitCode === 7;
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let stop: () => void = () => {};
  // One for each plugin that is waited for: many of them are no leak, which Node would warn of.
  setMaxListeners(0, signal);
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
