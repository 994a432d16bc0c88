import type { MessageInitShape } from "@bufbuild/protobuf";
import type { sendUnaryData } from "@grpc/grpc-js";
import type { TokenStore, TokenValueResponseSchema } from "../../internal/gen/proto/token_store_pb.js";
import type { ServiceHandlers } from "../../internal/goplugin/grpc-service.ts";
import { createTurnBatcher } from "./batching.ts";
import { failed } from "./errors.ts";
import { parseWireMetadata } from "./metadata.ts";
import type { Outcome } from "./outcome.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { toWireError } from "./wire-error.ts";

type Answer = sendUnaryData<MessageInitShape<typeof TokenValueResponseSchema>>;

/** One unary call that waits for its value. */
interface Call {
  readonly request: StoreRequest;
  readonly controller: AbortController;
  readonly answer: (outcome: Outcome) => void;
}

/**
 * App protocol 1: one unary call for each value, as v3's hosts make them (go-plugin protocol, section 5.8). A store with
 * `values` sees the calls that arrive within one turn of the event loop together.
 */
export function createProtocol1(session: StoreSession): ServiceHandlers<(typeof TokenStore)["method"]> {
  const ask =
    session.store.values === undefined
      ? (call: Call) => askAlone(session, call)
      : createTurnBatcher((calls: readonly Call[]) => askTogether(session, calls));

  return {
    value(call, callback: Answer) {
      const controller = session.openCall();
      // The answer to a call that is canceled is dropped by grpc-js.
      call.once("cancelled", () => controller.abort(new Error("the host has canceled the call")));
      const answer = (outcome: Outcome): void => {
        session.closeCall(controller);
        reply(callback, outcome);
      };
      try {
        const metadata = session.matchMetadata(parseWireMetadata(call.request.metadata));
        ask({ request: { path: call.request.token, metadata }, controller, answer });
      } catch (error) {
        answer({ ok: false, error });
      }
    },
  };
}

function askAlone(session: StoreSession, { request, controller, answer }: Call): void {
  void session.ask([request], controller.signal, (_index, outcome) => {
    answer(outcome);
    return undefined;
  });
}

function askTogether(session: StoreSession, calls: readonly Call[]): void {
  // Nobody waits for the batch any more when nobody waits for any of its calls.
  const together = session.openCall();
  let waiting = calls.length;
  const onAbort = (): void => {
    waiting--;
    if (waiting === 0) together.abort(new Error("the host has canceled the calls"));
  };
  for (const { controller } of calls) {
    if (controller.signal.aborted) onAbort();
    else controller.signal.addEventListener("abort", onAbort, { once: true });
  }
  const requests = calls.map(({ request }) => request);
  const done = session.ask(requests, together.signal, (index, outcome) => {
    calls[index]!.answer(outcome);
    return undefined;
  });
  void done.finally(() => session.closeCall(together));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function reply(callback: Answer, outcome: Outcome): void {
  if (!outcome.ok) return refuse(callback, outcome.error);
  try {
    const { data } = outcome;
    callback(null, { value: typeof data === "string" ? data : decoder.decode(data) });
  } catch {
    refuse(callback, failed("value is not valid UTF-8 text"));
  }
}

function refuse(callback: Answer, error: unknown): void {
  const { code, message } = toWireError(error);
  // The codes of protocol 2 have gRPC's numbers.
  callback({ code: code as number, details: message });
}
