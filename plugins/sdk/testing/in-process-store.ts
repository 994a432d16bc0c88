import { Code } from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { checkStore } from "../check-store.ts";
import type { Outcome } from "../outcome.ts";
import type { StoreLog, StoreRequest } from "../store.ts";
import { StoreSession } from "../store-session.ts";
import { toWireError } from "../wire-error.ts";
import type { StoreSubject, TestAnswer, TestStore } from "./test-store.ts";

const silentLog: StoreLog = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Sets a store up in this process, as the SDK does in a plugin's. Rejects when its author has not finished it or it refuses its options. */
export async function openInProcessStore({ store, env, cwd, options }: StoreSubject): Promise<TestStore> {
  checkStore(store);
  const session = new StoreSession(store, { env, cwd, log: silentLog });
  session.setUp();
  if (options !== undefined) await session.configure(options);

  return {
    async ask(requests, signal) {
      const call = session.openCall();
      const abort = (): void => call.abort(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted === true) abort();
      const answers: TestAnswer[] = [];
      const accepted: StoreRequest[] = [];
      const indices: number[] = [];
      for (const [index, { path, metadata = {} }] of requests.entries()) {
        try {
          accepted.push({ path, metadata: session.matchMetadata(Object.entries(metadata)) });
          indices.push(index);
        } catch (error) {
          answers[index] = toAnswer({ ok: false, error });
        }
      }
      try {
        await session.ask(accepted, call.signal, (index, outcome) => {
          answers[indices[index]!] = toAnswer(outcome);
          return undefined;
        });
      } finally {
        session.closeCall(call);
        signal?.removeEventListener("abort", abort);
      }
      signal?.throwIfAborted();
      return answers;
    },
    close: () => session.tearDown(2000),
  };
}

function toAnswer(outcome: Outcome): TestAnswer {
  if (outcome.ok) {
    const { data, version, expiresAt } = outcome;
    return { ok: true, data: typeof data === "string" ? new TextEncoder().encode(data) : data, version, expiresAt };
  }
  const { code, message, hint } = toWireError(outcome.error);
  return { ok: false, code: Code[code] ?? String(code), message, hint };
}
