import type { Outcome } from "./outcome.ts";
import type { WireId } from "./decode-requests.ts";
import type { WireResult, WireValue } from "./encode-results.ts";
import { toWireError } from "./wire-error.ts";

/** A message goes out when it has so many results… */
const maxResults = 256;
/** …or so many bytes, and in any case at the end of the turn. */
const maxMessageBytes = 64 * 1024;

/** Sends a message; a promise means that the stream is full until it resolves. */
export type SendResults = (results: readonly WireResult[]) => Promise<void> | undefined;

/** Gathers the results of one stream into messages, so that thousands of small ones cost few and a lone one waits for none. */
export class ResultWriter {
  readonly #send: SendResults;
  #results: WireResult[] = [];
  #bytes = 0;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(send: SendResults) {
    this.#send = send;
  }

  /** Adds the answer to a request; a promise means that the next one should wait for it. */
  add(id: WireId, outcome: Outcome): Promise<void> | undefined {
    this.#results.push(outcome.ok ? { id, value: toWireValue(outcome) } : { id, error: toWireError(outcome.error) });
    this.#bytes += outcome.ok ? outcome.data.length : 256;
    if (this.#results.length >= maxResults || this.#bytes >= maxMessageBytes) return this.flush();
    this.#scheduled ??= setImmediate(() => void this.flush());
    return undefined;
  }

  /** Sends what is gathered. */
  flush(): Promise<void> | undefined {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#results.length === 0) return undefined;
    const results = this.#results;
    this.#results = [];
    this.#bytes = 0;
    return this.#send(results);
  }
}

function toWireValue({ data, version, expiresAt }: Extract<Outcome, { ok: true }>): WireValue {
  return { data, version, expiresAtMs: expiresAt?.getTime() };
}
