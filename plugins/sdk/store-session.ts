import { badRequest } from "./errors.ts";
import { clientInitializationFailed } from "./go-errors.ts";
import { createMetadataMatcher, isRequired, type MetadataMatcher, unknownKey } from "./metadata.ts";
import type { Store, StoreContext, StoreLog, StoreRequest } from "./store.ts";
import { type AnswerCallback, createValueAsker, type ValueAsker } from "./value-asker.ts";

/** What a store is given of the world, in each of its contexts. */
export interface StoreSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly log: StoreLog;
}

/**
 * One store in use: its options, its setting up and tearing down, and the asking for values. Both protocols speak to
 * this and know nothing of each other; in-process tests do too.
 */
export class StoreSession {
  readonly store: Store;
  readonly matchMetadata: MetadataMatcher;
  readonly log: StoreLog;
  readonly #surroundings: StoreSurroundings;
  readonly #stopping = new AbortController();
  readonly #calls = new Set<AbortController>();
  readonly #ask: ValueAsker;
  #options: Readonly<Record<string, unknown>> = Object.freeze({});
  #isConfigured = false;
  /** Resolves when setting up has ended, with the reason if it failed; undefined as soon as all is well. */
  #settingUp: Promise<Error | undefined> | undefined;

  constructor(store: Store, surroundings: StoreSurroundings) {
    this.store = store;
    this.matchMetadata = createMetadataMatcher(store);
    this.log = surroundings.log;
    this.#surroundings = surroundings;
    this.#ask = createValueAsker(store);
  }

  /** Begins `setUp`; requests wait for its end. */
  setUp(): void {
    const { setUp } = this.store;
    if (setUp === undefined) return;
    this.#settingUp = (async () => {
      try {
        await setUp.call(this.store, this.context(this.#stopping.signal));
        this.#settingUp = undefined;
        return undefined;
      } catch (error) {
        this.log.error("setUp() failed", { reason: error instanceof Error ? error.message : String(error) });
        return clientInitializationFailed(error);
      }
    })();
  }

  /** Hands the options of the configuration to the store. Throws what is wrong with them, as a StoreError as a rule. */
  async configure(options: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#isConfigured) throw badRequest("options were set before and cannot be changed");
    const declared = Object.keys(this.store.optionKeys ?? {});
    const unknown = Object.keys(options).find((key) => !declared.includes(key));
    if (unknown !== undefined) throw unknownKey("option", unknown, declared);
    const missing = this.#missingOption(options);
    if (missing !== undefined) throw missing;
    const handedOver = Object.freeze({ ...options });
    const refusal = await this.store.configure?.(handedOver, this.context(this.#stopping.signal, handedOver));
    if (refusal instanceof Error) throw refusal;
    this.#options = handedOver;
    this.#isConfigured = true;
  }

  /** The context of a call. `signal` is aborted when nobody waits any more. */
  context(signal: AbortSignal, options: Readonly<Record<string, unknown>> = this.#options): StoreContext {
    const { env, cwd, log } = this.#surroundings;
    return { signal, log, env, cwd, options };
  }

  /** Registers a call of the host, whose signal is aborted with the session too. To be closed when it is over. */
  openCall(): AbortController {
    const call = new AbortController();
    if (this.#stopping.signal.aborted) call.abort(this.#stopping.signal.reason);
    this.#calls.add(call);
    return call;
  }

  closeCall(call: AbortController): void {
    this.#calls.delete(call);
  }

  /** Answers each request once, in any order, when the store is set up; never rejects. */
  async ask(requests: readonly StoreRequest[], signal: AbortSignal, answer: AnswerCallback): Promise<void> {
    const obstacle = await this.obstacle();
    if (obstacle === undefined) return this.#ask(requests, this.context(signal), answer);
    for (const index of requests.keys()) await answer(index, { ok: false, error: obstacle });
  }

  /** Why the store cannot be asked for anything, once that is known. */
  async obstacle(): Promise<Error | undefined> {
    const failure = this.#settingUp === undefined ? undefined : await this.#settingUp;
    return failure ?? (this.#isConfigured ? undefined : this.#missingOption({}));
  }

  /** Ends what is going on and lets the store clean up, for at most `limitMs`; never rejects. */
  async tearDown(limitMs: number): Promise<void> {
    const reason = new Error("the plugin is shutting down");
    this.#stopping.abort(reason);
    for (const call of this.#calls) call.abort(reason);
    const { tearDown } = this.store;
    if (tearDown === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    try {
      await Promise.race([tearDown.call(this.store), limit]);
    } catch (error) {
      this.log.error("tearDown() failed", { reason: error instanceof Error ? error.message : String(error) });
    } finally {
      clearTimeout(timer);
    }
  }

  #missingOption(options: Readonly<Record<string, unknown>>): Error | undefined {
    const missing = Object.entries(this.store.optionKeys ?? {}).find(
      ([key, declaration]) => isRequired(declaration) && options[key] === undefined,
    );
    if (missing === undefined) return undefined;
    return badRequest(`option "${missing[0]}" is not set`, {
      hint: `set stores.${this.store.prefix}.options.${missing[0]} in the configuration`,
    });
  }
}
