/**
 * One `GetValues` stream of app protocol 2: requests out in messages, results in, each id answered exactly once
 * (plugin protocol 2, section 2). Called by `token-store-v2.ts`; which request an id stands for is known here alone.
 */
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { ClientCall } from "../internal/goplugin/grpc/client-call.ts";
import type { GrpcClient } from "../internal/goplugin/grpc/client.ts";
import type { CallStatus } from "../internal/goplugin/grpc/status.ts";
import type { StoreAnswer, StoreAskOptions, StoreRequest } from "../internal/resolve/token-store.ts";
import { isUnimplemented, storeError, timeoutError } from "./grpc-errors.ts";
import type { PluginLink } from "./plugin-link.ts";
import { decodeResults, encodeRequests, type WireResult } from "./value-messages.ts";

/** What ended a stream: its own status, or a decision of this side. */
type StreamEnd = CallStatus | { readonly timedOut: true } | { readonly misbehaved: string };

const getValuesMethod = "/configmanager.plugin.v2.TokenStoreService/GetValues";

/**
 * Asks for all of `requests` at once and answers each, in their order. What is unanswered when nothing has come for
 * the link's time-out is CM_STORE_TIMEOUT; an id that is answered twice, unknown, or missing is CM_PLUGIN_MISBEHAVED;
 * whatever else ends the stream is the error of all that it leaves unanswered. Rejects with the reason of the signal.
 */
export async function askByStream(
  link: PluginLink,
  requests: readonly StoreRequest[],
  { signal, onAnswered }: StoreAskOptions,
): Promise<readonly StoreAnswer[]> {
  signal?.throwIfAborted();
  if (requests.length === 0) return [];
  const { client } = link.connection;
  const book = new AnswerBook(link.prefix, requests);
  const stream = new ValuesStream(client, requests, book, link.timeoutMs, onAnswered);
  const cancel = (): void => stream.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  const end = await stream.ended;
  signal?.removeEventListener("abort", cancel);
  signal?.throwIfAborted();
  const errorOf = await reasonFor(end, link);
  return book.close(errorOf);
}

/** Which requests are answered, and with what. */
class AnswerBook {
  answered = 0;
  readonly #prefix: string;
  readonly #requests: readonly StoreRequest[];
  readonly #answers: StoreAnswer[] = [];
  readonly #openedAt = performance.now();

  constructor(prefix: string, requests: readonly StoreRequest[]) {
    this.#prefix = prefix;
    this.#requests = requests;
  }

  /** Enters one result; what is wrong with its id, else undefined. */
  enter(result: WireResult): string | undefined {
    const index = result.id - 1;
    const request = this.#requests[index];
    if (request === undefined) return `answered for the id ${result.id}, which it was not asked for`;
    if (this.#answers[index] !== undefined) {
      const what = `answered twice for "${request.path}"`;
      this.#answers[index] = { ok: false, error: misbehaved(this.#prefix, what) };
      return what;
    }
    this.#answers[index] = toAnswer(this.#prefix, request, result, performance.now() - this.#openedAt);
    this.answered++;
    return undefined;
  }

  /** All answers, those that are missing filled in. */
  close(errorOf: (request: StoreRequest) => ConfigManagerError): readonly StoreAnswer[] {
    return this.#requests.map((request, index) => this.#answers[index] ?? { ok: false, error: errorOf(request) });
  }
}

/** The call: it ends when the plugin ends it, or when this side has had enough; no timer is left then. */
class ValuesStream {
  readonly ended: Promise<StreamEnd>;
  readonly #call: ClientCall;
  readonly #messages: Iterator<Buffer>;
  readonly #timer: NodeJS.Timeout;
  #finish!: (end: StreamEnd) => void;

  constructor(
    client: GrpcClient,
    requests: readonly StoreRequest[],
    book: AnswerBook,
    timeoutMs: number,
    onAnswered: StoreAskOptions["onAnswered"],
  ) {
    this.ended = new Promise((resolve) => (this.#finish = resolve));
    this.#timer = setTimeout(() => this.#giveUp({ timedOut: true }), timeoutMs);
    this.#messages = encodeRequests(requests);
    this.#call = client.call(
      getValuesMethod,
      {},
      {
        onMessage: (message) => {
          this.#timer.refresh();
          const wrong = enterResults(message, book);
          if (wrong === undefined) onAnswered?.(book.answered);
          else this.#giveUp({ misbehaved: wrong });
        },
        onDrain: () => this.#write(),
        onEnd: (status) => {
          clearTimeout(this.#timer);
          this.#finish(status);
        },
      },
    );
    this.#write();
  }

  cancel(): void {
    this.#call.cancel();
  }

  #giveUp(end: StreamEnd): void {
    this.#finish(end);
    this.#call.cancel();
  }

  // As far as the plugin reads it; that it does not read on is told by the status of the call.
  #write(): void {
    for (let next = this.#messages.next(); ; next = this.#messages.next()) {
      if (next.done === true) return this.#call.end();
      if (!this.#call.write(next.value)) return;
    }
  }
}

// Enters the results of one message; what is wrong with it, else undefined.
function enterResults(message: Buffer, book: AnswerBook): string | undefined {
  const results = decodeResults(message);
  if (results === undefined) return "sent what is no message";
  for (const result of results) {
    const wrong = book.enter(result);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function toAnswer(prefix: string, { path }: StoreRequest, { outcome }: WireResult, tookMs: number): StoreAnswer {
  if (outcome === undefined) {
    return { ok: false, error: misbehaved(prefix, `answered with neither a value nor an error for "${path}"`) };
  }
  if ("code" in outcome) {
    const { code, message, hint } = outcome;
    return { ok: false, error: storeError({ code, details: message, hint }, { prefix, path }), tookMs };
  }
  const { data, version, expiresAt } = outcome;
  return {
    ok: true,
    value: data,
    tookMs,
    ...(version === "" ? {} : { version }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

// The error of each request that the end of the stream leaves unanswered.
async function reasonFor(end: StreamEnd, link: PluginLink): Promise<(request: StoreRequest) => ConfigManagerError> {
  const { prefix, timeoutMs } = link;
  if ("timedOut" in end) return ({ path }) => timeoutError(timeoutMs, { prefix, path });
  if ("misbehaved" in end) return () => misbehaved(prefix, end.misbehaved);
  if (end.code === 0) return ({ path }) => misbehaved(prefix, `ended its answers without one for "${path}"`);
  const loss = await link.lossBehind(end);
  if (loss !== undefined) return () => loss;
  if (isUnimplemented(end)) return () => withoutService(prefix);
  return ({ path }) => storeError(end, { prefix, path });
}

function misbehaved(prefix: string, what: string): ConfigManagerError {
  return new ConfigManagerError("CM_PLUGIN_MISBEHAVED", `the plugin of "${prefix}" ${what}`, {
    hint: "install another version of the plugin, or report this to its author",
    details: { prefix },
  });
}

function withoutService(prefix: string): ConfigManagerError {
  return new ConfigManagerError(
    "CM_PLUGIN_UNSUPPORTED",
    `the plugin of "${prefix}" says that it speaks app protocol 2 and does not`,
    {
      hint: "install another version of the plugin, or report this to its author",
      details: { prefix },
    },
  );
}
