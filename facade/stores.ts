/**
 * The stores of a ConfigManager, as its methods share them: known prefixes, what may be asked, the plugins behind the
 * prefixes, and the way from references to what they are worth. It holds no state of a single run.
 */
import type { HostContext, PluginInspection, PluginPool } from "../host/index.ts";
import type { Settings } from "../internal/config/config.ts";
import { ConfigManagerError, ConfigManagerErrors, type Warning } from "../internal/errors/errors.ts";
import { type Logger, silentLogger } from "../internal/log/logger.ts";
import { createAllowList } from "../internal/resolve/allow.ts";
import { createPlan, type Plan } from "../internal/resolve/plan.ts";
import { type Resolution, resolve } from "../internal/resolve/resolver.ts";
import type { TokenStore, ValueSource } from "../internal/resolve/token-store.ts";
import { builtInPrefixes } from "../internal/token/prefixes.ts";
import { checkTokenSyntax } from "../internal/token/scanner.ts";
import type { TokenReference, TokenSyntax } from "../internal/token/token.ts";
import { nodeContext } from "../node-context.ts";
import { cancellation, runSignal } from "./cancel.ts";
import { checkComposite, compositeError, openComposite } from "./composite.ts";
import type { ConfigManagerOptions } from "./options.ts";

/** What `resolve` is told beside the references. */
export interface ResolveRequest {
  readonly signal?: AbortSignal | undefined;
  /** The errors known so far: with what the host finds before a launch they end the run, since nothing has been started yet. */
  readonly faults?: readonly ConfigManagerError[];
  /** What goes with those errors. */
  readonly warnings?: readonly Warning[];
}

/** The stores behind one ConfigManager. */
export class Stores {
  readonly settings: Settings;
  readonly context: HostContext;
  readonly #options: ConfigManagerOptions;
  readonly #logger: Logger;
  #syntax: Promise<TokenSyntax> | undefined;
  #pool: Promise<PluginPool> | undefined;
  #launchedPool: PluginPool | undefined;
  #disposed = false;

  /** Throws CM_TOKEN_SEPARATOR_INVALID or CM_KEY_SEPARATOR_INVALID for settings that cannot hold. */
  constructor(settings: Settings, options: ConfigManagerOptions) {
    const { tokenSeparator, keySeparator } = settings;
    checkTokenSyntax({ tokenSeparator, keySeparator, prefixes: new Set() });
    this.settings = settings;
    this.#options = options;
    this.context = { ...nodeContext(), ...options.context };
    this.#logger = options.logger ?? silentLogger;
  }

  /** Which prefixes begin a token. Looked up once: a plugin that is installed later is seen by the next ConfigManager. */
  syntax(): Promise<TokenSyntax> {
    this.#syntax ??= (async () => {
      const { findPluginPrefixes } = await import("../host/index.ts");
      const found = await findPluginPrefixes(this.context);
      const { tokenSeparator, keySeparator, stores } = this.settings;
      return { tokenSeparator, keySeparator, prefixes: new Set([...builtInPrefixes, ...found, ...stores.keys()]) };
    })();
    return this.#syntax;
  }

  /** Those of the references that may not be asked. */
  forbidden<R extends Pick<TokenReference, "prefix" | "path">>(references: Iterable<R>): ReadonlySet<R> {
    const isAllowed = createAllowList(this.settings.allow);
    return new Set([...references].filter((reference) => !isAllowed(reference)));
  }

  /** Everything from the plan to the values. Rejects with the faults, with those of the host, or with what ended the run. */
  async resolve(
    references: ReadonlySet<TokenReference>,
    { signal, faults = [], warnings = [] }: ResolveRequest,
  ): Promise<Resolution> {
    const plan = createPlan(references, { aliasMetadata: (prefix) => this.settings.stores.get(prefix)?.metadata });
    await this.#prepare([...plan.stores.keys()], faults, warnings);
    return this.#bounded(signal, async (bounded) => {
      const total = [...plan.stores.values()].reduce((sum, { requests }) => sum + requests.length, 0);
      this.#launch(plan);
      const resolution = await resolve(plan, (prefix) => this.#source(prefix, bounded), {
        failOnEmpty: this.settings.failOnEmpty,
        signal: bounded,
        onAnswered: (answered) => this.#options.onProgress?.({ kind: "resolving", answered, total }),
      });
      await this.tellValues(valuesOf(references, resolution));
      return resolution;
    });
  }

  /**
   * Starts the plugins of these prefixes and hands their stores, as they get ready, to `work`. Rejects with the faults, and
   * with CM_STORE_UNSUPPORTED for a composite store, which is none by itself.
   */
  async withStores<T>(
    prefixes: readonly string[],
    request: ResolveRequest,
    work: (store: (prefix: string) => Promise<TokenStore>, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const composites = prefixes.filter((prefix) => this.#members(prefix) !== undefined).map(compositeError);
    await this.#prepare(prefixes, [...(request.faults ?? []), ...composites], request.warnings ?? []);
    return this.#bounded(request.signal, async (bounded) => {
      const pool = await this.#openPool();
      this.#options.onProgress?.({ kind: "launching", prefixes });
      pool.launch(prefixes);
      return work((prefix) => pool.store(prefix, bounded), bounded);
    });
  }

  /**
   * Looks at the plugins of these prefixes, and starts them to hear what they say of themselves. A composite store has no
   * plugin: nothing is said of it but what is wrong with it.
   */
  async inspect(prefixes: readonly string[], signal: AbortSignal | undefined): Promise<readonly PluginInspection[]> {
    this.#refuseWhenDisposed();
    const { prefixes: known } = await this.syntax();
    return this.#bounded(signal, async (bounded) => {
      const pool = await this.#openPool();
      return Promise.all(
        prefixes.map(async (prefix) => {
          if (this.#members(prefix) === undefined) return pool.inspect(prefix, bounded);
          const [error] = checkComposite(prefix, this.settings.stores, known);
          return { prefix, ...(error && { error }) };
        }),
      );
    });
  }

  /** Of plugins that were found to be sound, those that a lock is there for and that are not locked for this platform, by prefix. */
  async unlocked(inspections: readonly PluginInspection[]): Promise<Map<string, Warning>> {
    const { createLockLookup, lockHint, notLockedText, platformName } = await import("../host/index.ts");
    const lookUp = createLockLookup(this.context);
    const platform = platformName(this.context.platform, this.context.arch);
    const unlocked = new Map<string, Warning>();
    for (const { prefix, origin, facts, error } of inspections) {
      if (error !== undefined || facts === undefined || origin === undefined || origin === "shipped") continue;
      const entry = lookUp({ prefix, file: facts.file, origin });
      if (entry.kind === "named" || entry.kind === "no lock") continue;
      const message = notLockedText(entry, platform);
      unlocked.set(prefix, { message, hint: lockHint(entry, platform), code: "CM_LOCKFILE_OUTDATED" });
    }
    return unlocked;
  }

  /** Hands values to whoever wants to hear of them before a call returns them. */
  async tellValues(values: readonly Uint8Array[]): Promise<void> {
    await this.#options.onValues?.(values);
  }

  /** The prefixes whose plugins answer for a prefix: its own, or those of the stores that a composite store is made of. */
  pluginsOf(prefix: string): readonly string[] {
    return this.#members(prefix)?.map((member) => member.split("://")[0]!) ?? [prefix];
  }

  killNow(): void {
    this.#launchedPool?.killNow();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await (await this.#pool)?.[Symbol.asyncDispose]();
  }

  #members(prefix: string): readonly string[] | undefined {
    return this.settings.stores.get(prefix)?.members;
  }

  async #prepare(
    prefixes: readonly string[],
    faults: readonly ConfigManagerError[],
    warnings: readonly Warning[],
  ): Promise<void> {
    this.#refuseWhenDisposed();
    const { prefixes: known } = await this.syntax();
    const wrong = prefixes.flatMap((prefix) => checkComposite(prefix, this.settings.stores, known));
    const plugins = prefixes.flatMap((prefix) => this.pluginsOf(prefix));
    const pool = plugins.length === 0 ? undefined : await this.#openPool();
    const refused = wrong.length > 0 ? [] : ((await pool?.prepare(plugins)) ?? []);
    const all = [...faults, ...wrong, ...refused];
    if (all.length > 0) throw new ConfigManagerErrors(all, warnings);
  }

  // Of a composite store only the first: whether another is needed, its answers tell.
  #launch(plan: Plan): void {
    const prefixes = [...plan.stores.keys()].map((prefix) => this.pluginsOf(prefix)[0]!);
    this.#options.onProgress?.({ kind: "launching", prefixes });
    this.#launchedPool?.launch(prefixes, undefined, plan.stores);
  }

  async #source(prefix: string, signal: AbortSignal | undefined): Promise<ValueSource> {
    const pool = await this.#openPool();
    const members = this.#members(prefix);
    if (members === undefined) return pool.store(prefix, signal);
    return openComposite(prefix, members, this.settings.stores, (member) => pool.store(member, signal));
  }

  async #bounded<T>(
    signal: AbortSignal | undefined,
    work: (bounded: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const { runTimeoutMs } = this.settings;
    const bounded = runSignal(signal, runTimeoutMs);
    try {
      bounded?.throwIfAborted();
      return await work(bounded);
    } catch (error) {
      throw bounded?.aborted === true ? cancellation(bounded.reason, runTimeoutMs) : error;
    }
  }

  #refuseWhenDisposed(): void {
    if (!this.#disposed) return;
    throw new ConfigManagerErrors([new ConfigManagerError("CM_USAGE", "the ConfigManager was disposed")]);
  }

  #openPool(): Promise<PluginPool> {
    this.#pool ??= (async () => {
      const { createLockGuard, createPluginPool, loadFolderTrust } = await import("../host/index.ts");
      const { settings, context } = this;
      const logger = this.#logger;
      const { askTrust, broughtAlong = new Map<string, never>() } = this.#options;
      const trustGuard =
        settings.trust === "off"
          ? undefined
          : (await loadFolderTrust()).createTrustGuard({ context, broughtAlong, askTrust });
      const guards = [createLockGuard({ context, locked: settings.locked, logger })];
      this.#launchedPool = createPluginPool({ ...settings, context, trustGuard, guards, logger });
      return this.#launchedPool;
    })();
    return this.#pool;
  }
}

// What a default stands for is in the input already, so it is no value of a store.
function valuesOf(references: Iterable<TokenReference>, resolution: Resolution): readonly Uint8Array[] {
  const values = new Set<Uint8Array>();
  for (const reference of references) {
    const outcome = resolution.outcomeOf(reference);
    if (outcome.ok && !outcome.isDefault && !outcome.isEmpty) values.add(outcome.text);
  }
  return [...values];
}
