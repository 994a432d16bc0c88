import { Code } from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { checkStore } from "../check-store.ts";
import { listedValues } from "../listed-values.ts";
import type { Outcome } from "../outcome.ts";
import { putValue } from "../put-value.ts";
import type { StoreLog, StoreRequest } from "../store.ts";
import { StoreSession } from "../store-session.ts";
import { toWireError } from "../wire-error.ts";
import type { StoreSubject, TestAnswer, TestFailure, TestStore, TestValue } from "./test-store.ts";

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
    put: ({ path, metadata = {}, data, createOnly = false }) =>
      inCall(session, async (signal) => {
        const version = await putValue(session, { path, metadata, data: toBytes(data), createOnly }, signal);
        return { ok: true, version } as const;
      }),
    list: ({ path, metadata = {}, recursive = true }) =>
      inCall(session, async (signal) => {
        const values = [];
        for await (const { path: listedPath, value } of listedValues(session, { path, metadata, recursive }, signal)) {
          values.push({ path: listedPath, ...toValue(value) });
        }
        return { ok: true, values } as const;
      }),
    close: () => session.tearDown(2000),
  };
}

async function inCall<T>(session: StoreSession, work: (signal: AbortSignal) => Promise<T>): Promise<T | TestFailure> {
  const call = session.openCall();
  try {
    return await work(call.signal);
  } catch (error) {
    return toFailure(error);
  } finally {
    session.closeCall(call);
  }
}

function toAnswer(outcome: Outcome): TestAnswer {
  return outcome.ok ? { ok: true, ...toValue(outcome) } : toFailure(outcome.error);
}

function toValue({ data, version, expiresAt }: Extract<Outcome, { ok: true }>): Omit<TestValue, "ok"> {
  return { data: toBytes(data), version, expiresAt };
}

function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

function toFailure(error: unknown): TestFailure {
  const { code, message, hint } = toWireError(error);
  return { ok: false, code: Code[code] ?? String(code), message, hint };
}
