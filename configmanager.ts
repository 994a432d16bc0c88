/**
 * The facade: the steps scan, plan, resolve, splice in a row, and the only place where the host meets the token language.
 * It holds no state of a single run, so that it can be asked many times with its plugins kept running.
 * Called by the library door (`index.ts`) and by `cmd/`; it knows neither terminals nor files.
 */
import { cancellation, runSignal } from "./configmanager-cancel.ts";
import { type ConfigManagerOptions, settingsOf } from "./configmanager-options.ts";
import { scanInput, type ScannedInput } from "./configmanager-scan.ts";
import type {
  ConfigManager,
  InputOptions,
  RenderedBlocks,
  RetrievedValue,
  RetrievedValues,
  RetrieveOptions,
  RetrieveRequest,
  ScannedToken,
  ScanReport,
} from "./configmanager-types.ts";
import type { HostContext, PluginPool } from "./host/index.ts";
import type { Settings } from "./internal/config/config.ts";
import {
  ConfigManagerError,
  ConfigManagerErrors,
  type Place,
  toErrors,
  type Warning,
} from "./internal/errors/errors.ts";
import { type Logger, silentLogger } from "./internal/log/logger.ts";
import { createAllowList, forbiddenError } from "./internal/resolve/allow.ts";
import { createPlan } from "./internal/resolve/plan.ts";
import { type Resolution, resolve } from "./internal/resolve/resolver.ts";
import { isSoftened } from "./internal/resolve/soften.ts";
import { type NamedToken, parseNamedToken } from "./internal/token/named-token.ts";
import { builtInPrefixes } from "./internal/token/prefixes.ts";
import { checkTokenSyntax } from "./internal/token/scanner.ts";
import type { TokenReference, TokenSyntax } from "./internal/token/token.ts";
import { exportName } from "./internal/write/export-names.ts";
import { spliceBlocks } from "./internal/write/splice.ts";
import { nodeContext } from "./node-context.ts";

export type { ConfigManagerOptions, ProgressEvent } from "./configmanager-options.ts";
export type * from "./configmanager-types.ts";
export type { Warning } from "./internal/errors/errors.ts";
export { lineAt } from "./internal/token/place.ts";

/** Makes a `ConfigManager`. Throws CM_USAGE, CM_TOKEN_SEPARATOR_INVALID or CM_KEY_SEPARATOR_INVALID for options that cannot hold. */
export function createConfigManager(options: ConfigManagerOptions = {}): ConfigManager {
  return new PluginConfigManager(settingsOf(options), options);
}

class PluginConfigManager implements ConfigManager {
  readonly #settings: Settings;
  readonly #options: ConfigManagerOptions;
  readonly #context: HostContext;
  readonly #logger: Logger;
  #syntax: Promise<TokenSyntax> | undefined;
  #pool: Promise<PluginPool> | undefined;
  #launchedPool: PluginPool | undefined;
  #disposed = false;

  constructor(settings: Settings, options: ConfigManagerOptions) {
    const { tokenSeparator, keySeparator } = settings;
    checkTokenSyntax({ tokenSeparator, keySeparator, prefixes: new Set() });
    this.#settings = settings;
    this.#options = options;
    this.#context = { ...nodeContext(), ...options.context };
    this.#logger = options.logger ?? silentLogger;
  }

  async scan(input: string | Uint8Array, options: InputOptions = {}): Promise<ScanReport> {
    const scanned = await this.#scanInput(toBytes(input), options.file);
    const tokens = scanned.tokens.map((token) => toScannedToken(token.reference, scanned.placeOf(token)));
    return { tokens, errors: scanned.errors, warnings: scanned.warnings };
  }

  render(input: string, options?: InputOptions): Promise<string>;
  render(input: Uint8Array, options?: InputOptions): Promise<Uint8Array>;
  async render(input: string | Uint8Array, options?: InputOptions): Promise<string | Uint8Array> {
    const { blocks } = await this.renderBlocks(toBytes(input), options);
    // A block is valid only until the next one is taken.
    const whole = Buffer.concat(Array.from(blocks, (block) => Uint8Array.from(block)));
    return typeof input === "string" ? whole.toString("utf8") : whole;
  }

  async renderBlocks(input: Uint8Array, { file, signal }: InputOptions = {}): Promise<RenderedBlocks> {
    const scanned = await this.#scanInput(input, file);
    const references = new Set(scanned.tokens.map(({ reference }) => reference));
    const forbidden = this.#forbidden(references);
    const faults = inDocumentOrder([
      ...scanned.errors,
      ...scanned.tokens
        .filter(({ reference }) => forbidden.has(reference))
        .map((token) => forbiddenError(token.reference).at(scanned.placeOf(token))),
    ]);
    const resolution = await this.#resolve(references, signal, faults, scanned.warnings);
    const { errors, warnings } = this.#report(scanned.tokens, scanned.placeOf, resolution);
    if (errors.length > 0) throw new ConfigManagerErrors(errors, [...scanned.warnings, ...warnings]);
    const textOf = (reference: TokenReference): Uint8Array | undefined => {
      const outcome = resolution.outcomeOf(reference);
      return outcome.ok ? outcome.text : undefined;
    };
    return {
      blocks: spliceBlocks(scanned.text, scanned.tokens, textOf),
      warnings: [...scanned.warnings, ...warnings],
    };
  }

  async retrieve(
    tokens: readonly RetrieveRequest[],
    { signal, needsNames = false }: RetrieveOptions = {},
  ): Promise<RetrievedValues> {
    const syntax = await this.#knownSyntax();
    const { named, errors: faults } = parseRequests(tokens, syntax, needsNames);
    const references = new Set(named.map(({ reference }) => reference));
    const forbidden = [...this.#forbidden(references)].map(forbiddenError);
    const resolution = await this.#resolve(references, signal, [...faults, ...forbidden]);
    const { errors, warnings } = this.#report(named, () => undefined, resolution);
    if (errors.length > 0) throw new ConfigManagerErrors(errors);
    const values = named.flatMap(({ name, reference }): RetrievedValue[] => {
      const outcome = resolution.outcomeOf(reference);
      return outcome.ok ? [{ reference, value: outcome.text, ...(name === undefined ? {} : { name }) }] : [];
    });
    return { values, warnings };
  }

  killNow(): void {
    this.#launchedPool?.killNow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await (await this.#pool)?.[Symbol.asyncDispose]();
  }

  // Which prefixes begin a token. Looked up once: a plugin that is installed later is seen by the next ConfigManager.
  #knownSyntax(): Promise<TokenSyntax> {
    this.#syntax ??= (async () => {
      const { findPluginPrefixes } = await import("./host/index.ts");
      const found = await findPluginPrefixes(this.#context);
      const { tokenSeparator, keySeparator, stores } = this.#settings;
      return { tokenSeparator, keySeparator, prefixes: new Set([...builtInPrefixes, ...found, ...stores.keys()]) };
    })();
    return this.#syntax;
  }

  async #scanInput(input: Uint8Array, file: string | undefined): Promise<ScannedInput> {
    return await scanInput(input, file, await this.#knownSyntax(), this.#settings, this.#context.env);
  }

  #forbidden(references: Iterable<TokenReference>): ReadonlySet<TokenReference> {
    const isAllowed = createAllowList(this.#settings.allow);
    return new Set([...references].filter((reference) => !isAllowed(reference)));
  }

  // Everything from the plan to the values. `faults` are the errors known so far: together with what the host finds before
  // a launch they end the run, since nothing has been started yet.
  async #resolve(
    references: ReadonlySet<TokenReference>,
    signal: AbortSignal | undefined,
    faults: readonly ConfigManagerError[],
    scanWarnings: readonly Warning[] = [],
  ): Promise<Resolution> {
    if (this.#disposed)
      throw new ConfigManagerErrors([new ConfigManagerError("CM_USAGE", "the ConfigManager was disposed")]);
    const plan = createPlan(references, { aliasMetadata: (prefix) => this.#settings.stores.get(prefix)?.metadata });
    const prefixes = [...plan.stores.keys()];
    const pool = prefixes.length === 0 ? undefined : await this.#openPool();
    const refused = (await pool?.prepare(prefixes)) ?? [];
    if (faults.length > 0 || refused.length > 0) throw new ConfigManagerErrors([...faults, ...refused], scanWarnings);

    const { runTimeoutMs, failOnEmpty } = this.#settings;
    const bounded = runSignal(signal, runTimeoutMs);
    try {
      bounded?.throwIfAborted();
      this.#options.onProgress?.({ kind: "launching", prefixes });
      pool?.launch(prefixes);
      const total = [...plan.stores.values()].reduce((sum, { requests }) => sum + requests.length, 0);
      return await resolve(plan, (prefix) => pool!.store(prefix, bounded), {
        failOnEmpty,
        signal: bounded,
        onAnswered: (answered) => this.#options.onProgress?.({ kind: "resolving", answered, total }),
      });
    } catch (error) {
      throw bounded?.aborted === true ? cancellation(bounded.reason, runTimeoutMs) : error;
    }
  }

  // Errors and warnings of what was asked, in document order.
  #report<T extends { readonly reference: TokenReference }>(
    asked: readonly T[],
    placeOf: (item: T) => Place | undefined,
    resolution: Resolution,
  ): { readonly errors: readonly ConfigManagerError[]; readonly warnings: readonly Warning[] } {
    const errors: ConfigManagerError[] = [];
    const warnings: Warning[] = [];
    for (const item of asked) {
      const { reference } = item;
      const place = (): Place | undefined => placeOf(item);
      const outcome = resolution.outcomeOf(reference);
      if (outcome.ok) {
        if (outcome.isEmpty) {
          warnings.push({
            message: `the value of "${reference.text}" is empty`,
            place: place(),
            token: reference.text,
          });
        }
      } else if (isSoftened(outcome.error, this.#settings)) {
        const { message, hint, code } = outcome.error;
        warnings.push({ message, hint, code, place: place(), token: reference.text });
      } else {
        errors.push(outcome.error.at(place(), reference.text));
      }
    }
    return { errors, warnings };
  }

  #openPool(): Promise<PluginPool> {
    this.#pool ??= (async () => {
      const { createPluginPool } = await import("./host/index.ts");
      this.#launchedPool = createPluginPool({ ...this.#settings, context: this.#context, logger: this.#logger });
      return this.#launchedPool;
    })();
    return this.#pool;
  }
}

function inDocumentOrder(errors: readonly ConfigManagerError[]): ConfigManagerError[] {
  return errors.toSorted((left, right) => (left.place?.start ?? 0) - (right.place?.start ?? 0));
}

function parseRequests(
  tokens: readonly RetrieveRequest[],
  syntax: TokenSyntax,
  needsNames: boolean,
): { readonly named: readonly NamedToken[]; readonly errors: readonly ConfigManagerError[] } {
  const named: NamedToken[] = [];
  const errors: ConfigManagerError[] = [];
  for (const request of tokens) {
    try {
      const asked = typeof request === "string" ? request : request.token;
      const parsed = parseNamedToken(asked, syntax);
      const name = (typeof request === "string" ? undefined : request.name) ?? parsed.name;
      if (needsNames && name === undefined) exportName(parsed.reference);
      named.push({ ...parsed, name });
    } catch (error) {
      errors.push(...toErrors(error));
    }
  }
  return { named, errors };
}

function toScannedToken(reference: TokenReference, place: Place): ScannedToken {
  const { text, prefix, path, keyPath, metadata, defaultText, transforms } = reference;
  return {
    text,
    prefix,
    path,
    ...(keyPath === undefined ? {} : { keyPath }),
    metadata: Object.fromEntries(metadata),
    ...(defaultText === undefined ? {} : { default: defaultText }),
    ...(transforms.length === 0 ? {} : { as: transforms }),
    place,
  };
}

function toBytes(input: string | Uint8Array): Uint8Array {
  return typeof input === "string" ? Buffer.from(input, "utf8") : input;
}
