import { isUtf8 } from "node:buffer";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { StoreAnswer, StoreAskOptions, StoreRequest, TokenStore } from "../internal/resolve/token-store.ts";
import { callError, unsupportedError } from "./grpc-errors.ts";
import type { PluginLink } from "./plugin-link.ts";
import { callUnary, type UnaryCall, type UnaryEnd } from "./unary-call.ts";
import { WireReader, writeTextFields } from "../internal/goplugin/wire-fields.ts";

/** How a store of app protocol 1 is asked. */
export interface TokenStoreV1Options {
  /** Calls in flight for each `getValues`. */
  readonly concurrency: number;
  readonly metadataFormat: "json" | "raw";
}

const valueMethod = "/proto.TokenStore/Value";

/**
 * The store behind a plugin of app protocol 1: one unary call for each request, some at a time, each with a deadline
 * (go-plugin protocol, section 5.8). Metadata travels as a compact JSON object of strings or as it was written.
 */
export function createTokenStoreV1(link: PluginLink, options: TokenStoreV1Options): TokenStore {
  return {
    getValues: (requests, askOptions = {}) => new UnaryRun(link, options, requests, askOptions).answers(),
    describe: async () => undefined,
    putValue: () => Promise.reject(unsupportedError(link.prefix, "written")),
    listValues: () => Promise.reject(unsupportedError(link.prefix, "listed")),
  };
}

/** The calls of one `getValues`. */
class UnaryRun {
  readonly #link: PluginLink;
  readonly #options: TokenStoreV1Options;
  readonly #requests: readonly StoreRequest[];
  readonly #askOptions: StoreAskOptions;
  readonly #answers: StoreAnswer[] = [];
  readonly #calls = new Set<UnaryCall>();
  #next = 0;
  #answered = 0;
  /** Set once the plugin is lost: what is not asked yet needs no call to fail. */
  #loss: ConfigManagerError | undefined;
  #finish: () => void = () => {};

  constructor(
    link: PluginLink,
    options: TokenStoreV1Options,
    requests: readonly StoreRequest[],
    askOptions: StoreAskOptions,
  ) {
    this.#link = link;
    this.#options = options;
    this.#requests = requests;
    this.#askOptions = askOptions;
  }

  async answers(): Promise<readonly StoreAnswer[]> {
    const { signal } = this.#askOptions;
    signal?.throwIfAborted();
    if (this.#requests.length === 0) return [];
    const cancel = (): void => {
      this.#next = this.#requests.length;
      for (const call of this.#calls) call.cancel();
      this.#finish();
    };
    signal?.addEventListener("abort", cancel, { once: true });
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      for (let started = 0; started < this.#options.concurrency; started++) this.#askNext();
    });
    signal?.removeEventListener("abort", cancel);
    signal?.throwIfAborted();
    return this.#answers;
  }

  #askNext(): void {
    const index = this.#next;
    const request = this.#requests[index];
    if (request === undefined) return;
    this.#next++;
    if (this.#loss !== undefined) {
      // Not within the caller's turn: ten thousand of them would be a deep recursion.
      const error = this.#loss;
      queueMicrotask(() => this.#answer(index, { ok: false, error }));
      return;
    }
    const askedAt = performance.now();
    const finish = (answer: StoreAnswer): void =>
      this.#answer(index, { ...answer, tookMs: performance.now() - askedAt });
    const call = callUnary(
      this.#link.connection.client,
      valueMethod,
      writeTextFields([request.path, this.#metadataOf(request)]),
      this.#link.timeoutMs,
      (end) => {
        this.#calls.delete(call);
        if (end.code === 0) finish(this.#toAnswer(request, end.message));
        else void this.#fail(request, end, finish);
      },
    );
    this.#calls.add(call);
  }

  async #fail(request: StoreRequest, status: UnaryEnd, finish: (answer: StoreAnswer) => void): Promise<void> {
    if (this.#askOptions.signal?.aborted === true) return;
    const loss = await this.#link.lossBehind(status);
    this.#loss ??= loss;
    const error = loss ?? callError(status, this.#asked(request), this.#link.timeoutMs);
    finish({ ok: false, error });
  }

  #answer(index: number, answer: StoreAnswer): void {
    this.#answers[index] = answer;
    this.#answered++;
    this.#askOptions.onAnswered?.(this.#answered);
    if (this.#answered === this.#requests.length) this.#finish();
    else this.#askNext();
  }

  #toAnswer(request: StoreRequest, message: Buffer | undefined): StoreAnswer {
    const value = message === undefined ? undefined : valueIn(message);
    // A string of proto3 is UTF-8; a plugin that puts anything else there would put it into the file.
    if (value !== undefined && isUtf8(value)) return { ok: true, value };
    const error = new ConfigManagerError(
      "CM_PLUGIN_MISBEHAVED",
      `the plugin of "${this.#link.prefix}" answered for "${request.path}" with ${value === undefined ? "no message" : "text that is not UTF-8"}`,
      { hint: "correct the plugin", details: { prefix: this.#link.prefix, path: request.path } },
    );
    return { ok: false, error };
  }

  #asked(request: StoreRequest): { prefix: string; path: string } {
    return { prefix: this.#link.prefix, path: request.path };
  }

  #metadataOf({ metadata, rawMetadata }: StoreRequest): string {
    if (this.#options.metadataFormat === "raw") return rawMetadata;
    return metadata.size === 0 ? "" : toJson(metadata);
  }
}

// Empty when the field is absent, as proto3 has it; undefined for what is no message.
function valueIn(message: Buffer): Buffer | undefined {
  let value = message.subarray(0, 0);
  const reader = new WireReader().begin(message);
  while (reader.next()) if (reader.field === 1) value = reader.bytes();
  return reader.isBroken ? undefined : value;
}

// By hand: an object would put keys such as "1" first.
function toJson(metadata: ReadonlyMap<string, string>): string {
  return `{${[...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}
