/**
 * The facade: the steps scan, plan, resolve, splice in a row, and the only place (with `facade/`, whose door this is) where
 * the host meets the token language. It holds no state of a single run, so that it can be asked many times with its plugins
 * kept running. Called by the library door (`index.ts`) and by `cmd/`; it knows neither terminals nor files.
 */
import { checkInputs } from "./facade/check.ts";
import { type ConfigManagerOptions, settingsOf } from "./facade/options.ts";
import { listBelow } from "./facade/list-below.ts";
import { putValues } from "./facade/put.ts";
import {
  compareInputs,
  explainInputs,
  renderInputs,
  type ResolveInputsOptions,
  scanWith,
  toScannedTokens,
} from "./facade/render.ts";
import { retrieveTokens } from "./facade/retrieve.ts";
import { Stores } from "./facade/stores.ts";
import { syncInputs } from "./facade/sync.ts";
import type {
  CallOptions,
  CheckOptions,
  CheckReport,
  ComparedInput,
  Comparison,
  Explanation,
  InputOptions,
  ListedValues,
  PutItem,
  PutOptions,
  PutResult,
  RenderedBlocks,
  RenderedInputs,
  RenderOptions,
  RetrievedValues,
  RetrieveOptions,
  RetrieveRequest,
  ScanOptions,
  ScanReport,
  SyncOptions,
  SyncReport,
  TextInput,
} from "./facade/types.ts";
import type { PluginInspection } from "./host/index.ts";

export type { ConfigManagerOptions, ProgressEvent } from "./facade/options.ts";
export type * from "./facade/types.ts";
export type { AskTrust, BroughtAlong, BroughtItem, PluginInspection, TrustAnswer } from "./host/index.ts";
export type { BroughtStore } from "./internal/config/brought-along.ts";
export type { Warning } from "./internal/errors/errors.ts";
export { lineAt } from "./internal/token/place.ts";

/**
 * Replaces tokens by the values of stores.
 *
 * Every method rejects with `ConfigManagerErrors`: all errors of the call in document order. Plugins are launched when
 * they are first needed and run until the object is disposed (`await using`, or `[Symbol.asyncDispose]()`).
 */
export interface ConfigManager extends AsyncDisposable {
  /** The tokens of a text; asks no store and launches no plugin. Errors of the text are in the report. */
  scan(input: string | Uint8Array, options?: ScanOptions): Promise<ScanReport>;
  /** The text with its tokens replaced: a string for a string, bytes for bytes. A value that is no UTF-8 needs bytes. */
  render(input: string, options?: InputOptions): Promise<string>;
  render(input: Uint8Array, options?: InputOptions): Promise<Uint8Array>;
  /** As `render`, in blocks and with the warnings. */
  renderBlocks(input: Uint8Array, options?: InputOptions): Promise<RenderedBlocks>;
  /** Several inputs in one run: each distinct request is asked once for all of them, and one error fails them all. */
  renderAll(inputs: readonly TextInput[], options?: RenderOptions): Promise<RenderedInputs>;
  /** Says which places of what was rendered before would change, by token and never by value. Rejects as `renderAll` does. */
  compare(inputs: readonly ComparedInput[], options?: RenderOptions): Promise<Comparison>;
  /** Asks for every token of the inputs and says what became of each, never a value. Rejects for what is wrong before a store is asked. */
  explain(inputs: readonly TextInput[], options?: CallOptions): Promise<Explanation>;
  /**
   * Looks for what would fail in a run: faults of the text, words that look like prefixes, plugins that do not start, metadata
   * that they do not know. It starts the plugins of the tokens, and asks no store unless `resolve` is set. Never rejects for
   * what it finds.
   */
  check(inputs: readonly TextInput[], options?: CheckOptions): Promise<CheckReport>;
  /** The values of single tokens. */
  retrieve(tokens: readonly RetrieveRequest[], options?: RetrieveOptions): Promise<RetrievedValues>;
  /** Writes values, in the order given. Rejects, with nothing written, when one of them cannot be written as it is asked for. */
  put(items: readonly PutItem[], options?: PutOptions): Promise<readonly PutResult[]>;
  /**
   * Copies the values that the inputs need, whole, into another store: `PREFIX`, or `PREFIX://path` with `{path}`, `{name}` and
   * `{prefix}` for what is asked. Rejects, with nothing written, when a value cannot be had, two would get one name
   * (CM_NAME_CONFLICT), or one cannot be written there; what fails while it is written is among the results.
   */
  sync(inputs: readonly TextInput[], target: string, options?: SyncOptions): Promise<SyncReport>;
  /** All values below paths such as `AWSPARAMSTR:///app/`. */
  listBelow(locations: readonly string[], options?: CallOptions): Promise<ListedValues>;
  /** Looks at the plugins of these prefixes, of all known ones unless given, and starts them to hear what they say of themselves. */
  inspectPlugins(prefixes?: readonly string[], options?: CallOptions): Promise<readonly PluginInspection[]>;
  /** Every known prefix: of the seven stores, of plugins that are found, and of the configuration. */
  knownPrefixes(): Promise<readonly string[]>;
  /** Ends the plugins at once and without waiting; for a process that is about to end. */
  killNow(): void;
}

/** Makes a `ConfigManager`. Throws CM_USAGE, CM_TOKEN_SEPARATOR_INVALID or CM_KEY_SEPARATOR_INVALID for options that cannot hold. */
export function createConfigManager(options: ConfigManagerOptions = {}): ConfigManager {
  return new PluginConfigManager(options);
}

class PluginConfigManager implements ConfigManager {
  readonly #stores: Stores;
  readonly #onReport: ConfigManagerOptions["onReport"];

  constructor(options: ConfigManagerOptions) {
    this.#stores = new Stores(settingsOf(options), options);
    this.#onReport = options.onReport;
  }

  async scan(input: string | Uint8Array, { file, prefixes }: ScanOptions = {}): Promise<ScanReport> {
    const scanned = await scanWith(this.#stores, { bytes: toBytes(input), file }, prefixes);
    return { tokens: toScannedTokens(scanned), errors: scanned.errors, warnings: scanned.warnings };
  }

  render(input: string, options?: InputOptions): Promise<string>;
  render(input: Uint8Array, options?: InputOptions): Promise<Uint8Array>;
  async render(input: string | Uint8Array, options?: InputOptions): Promise<string | Uint8Array> {
    const { blocks } = await this.renderBlocks(toBytes(input), options);
    // A block is valid only until the next one is taken.
    const whole = Buffer.concat(Array.from(blocks, (block) => Uint8Array.from(block)));
    return typeof input === "string" ? whole.toString("utf8") : whole;
  }

  async renderBlocks(bytes: Uint8Array, { file, ...options }: InputOptions = {}): Promise<RenderedBlocks> {
    const { outputs, warnings } = await this.renderAll([{ bytes, file }], options);
    return { blocks: outputs[0]!, warnings };
  }

  renderAll(inputs: readonly TextInput[], { signal, escape }: RenderOptions = {}): Promise<RenderedInputs> {
    return renderInputs(this.#stores, inputs, { ...this.#with(signal), ...(escape && { escape }) });
  }

  compare(inputs: readonly ComparedInput[], { signal, escape }: RenderOptions = {}): Promise<Comparison> {
    return compareInputs(this.#stores, inputs, { ...this.#with(signal), ...(escape && { escape }) });
  }

  explain(inputs: readonly TextInput[], { signal }: CallOptions = {}): Promise<Explanation> {
    return explainInputs(this.#stores, inputs, this.#with(signal));
  }

  check(inputs: readonly TextInput[], { signal, ...options }: CheckOptions = {}): Promise<CheckReport> {
    return checkInputs(this.#stores, inputs, { ...options, ...this.#with(signal) });
  }

  retrieve(tokens: readonly RetrieveRequest[], { signal, needsNames }: RetrieveOptions = {}): Promise<RetrievedValues> {
    return retrieveTokens(this.#stores, tokens, { ...this.#with(signal), needsNames });
  }

  put(
    items: readonly PutItem[],
    { createOnly = false, onResult, signal }: PutOptions = {},
  ): Promise<readonly PutResult[]> {
    return putValues(this.#stores, items, { createOnly, onResult, signal });
  }

  sync(inputs: readonly TextInput[], target: string, options: SyncOptions = {}): Promise<SyncReport> {
    return syncInputs(this.#stores, inputs, target, options);
  }

  listBelow(locations: readonly string[], { signal }: CallOptions = {}): Promise<ListedValues> {
    return listBelow(this.#stores, locations, signal);
  }

  async inspectPlugins(
    prefixes?: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly PluginInspection[]> {
    return this.#stores.inspect(prefixes ?? (await this.knownPrefixes()), signal);
  }

  async knownPrefixes(): Promise<readonly string[]> {
    return [...(await this.#stores.syntax()).prefixes];
  }

  killNow(): void {
    this.#stores.killNow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stores.dispose();
  }

  #with(signal: AbortSignal | undefined): ResolveInputsOptions {
    return { signal, onReport: this.#onReport };
  }
}

function toBytes(input: string | Uint8Array): Uint8Array {
  return typeof input === "string" ? Buffer.from(input, "utf8") : input;
}
