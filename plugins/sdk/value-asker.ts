import { failed } from "./errors.ts";
import { createLimiter } from "./limiter.ts";
import { type Outcome, toOutcome } from "./outcome.ts";
import type { BatchStore, SingleValueStore, Store, StoreContext, StoreRequest, StoreResult } from "./store.ts";

/** Told of each outcome once; a promise means that the next result should wait for it. */
export type AnswerCallback = (index: number, outcome: Outcome) => Promise<void> | undefined;

/**
 * Asks a store for values. Each request is answered once, in any order, under its index; resolves when all are. Never
 * rejects, whatever the store does.
 */
export type ValueAsker = (
  requests: readonly StoreRequest[],
  context: StoreContext,
  answer: AnswerCallback,
) => Promise<void>;

/** The asker of a store: `value` with bounded concurrency over all callers, or `values` as it is. */
export function createValueAsker(store: Store): ValueAsker {
  return store.values === undefined ? createSingleAsker(store) : createBatchAsker(store);
}

function createSingleAsker(store: SingleValueStore): ValueAsker {
  const limiter = createLimiter(store.concurrency ?? 16);

  return async (requests, context, answer) => {
    const pending: Promise<void>[] = [];
    // An index loop, without an iterator's garbage: this is where ten thousand values go through.
    for (let index = 0; index < requests.length; index++) {
      const request = requests[index]!;
      const turn = limiter.take();
      if (turn !== undefined) await turn;
      let returned: unknown;
      try {
        // Nobody waits for what a canceled stream would still ask.
        context.signal.throwIfAborted();
        returned = store.value(request, context);
      } catch (error) {
        returned = asError(error);
      }
      if (isThenable(returned)) {
        pending.push(settle(returned, index, answer).finally(limiter.release));
        continue;
      }
      // A store that answers at once is not made to wait for a promise.
      limiter.release();
      const drained = answer(index, toOutcome(returned, "value()"));
      if (drained !== undefined) await drained;
    }
    await Promise.all(pending);
  };
}

function isThenable(returned: unknown): returned is PromiseLike<unknown> {
  return typeof returned === "object" && returned !== null && "then" in returned && typeof returned.then === "function";
}

async function settle(returned: PromiseLike<unknown>, index: number, answer: AnswerCallback): Promise<void> {
  let outcome: Outcome;
  try {
    outcome = toOutcome(await returned, "value()");
  } catch (error) {
    outcome = { ok: false, error: asError(error) };
  }
  await answer(index, outcome);
}

function createBatchAsker(store: BatchStore): ValueAsker {
  return async (requests, context, answer) => {
    const open = new Map<StoreRequest, number>(requests.map((request, index) => [request, index]));
    let reason: unknown = failed("values() ended without an answer to this request");
    try {
      const results: unknown = store.values(requests, context);
      if (!isAsyncIterable(results))
        throw failed("values() returned nothing to iterate over", { hint: "write async *values(…)" });
      for await (const result of results) {
        const index = result === undefined ? undefined : open.get(result.request);
        if (result === undefined || index === undefined) {
          context.log.error("values() yielded a result for a request that is not open");
          continue;
        }
        open.delete(result.request);
        await answer(index, toOutcome(result.value, "values()"));
      }
    } catch (error) {
      reason = asError(error);
    }
    for (const index of open.values()) await answer(index, { ok: false, error: reason });
  };
}

function isAsyncIterable(results: unknown): results is AsyncIterable<StoreResult | undefined> {
  return typeof results === "object" && results !== null && Symbol.asyncIterator in results;
}

/** What was thrown, as an error in any case, so that it is never taken for a value. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : failed(`the store threw ${String(thrown)}`);
}
