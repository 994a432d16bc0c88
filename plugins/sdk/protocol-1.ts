import type { sendUnaryData, Server, ServerUnaryCall } from "@grpc/grpc-js";
import { defineMethod } from "../../internal/goplugin/plugin-services.ts";
import { WireReader, writeTextFields } from "../../internal/goplugin/wire-fields.ts";
import { createTurnBatcher } from "./batching.ts";
import { failed } from "./errors.ts";
import { parseWireMetadata } from "./metadata.ts";
import type { Outcome } from "./outcome.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { toWireError } from "./wire-error.ts";

type Answer = sendUnaryData<string>;

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
export function addProtocol1(server: Server, session: StoreSession): void {
  const ask =
    session.store.values === undefined
      ? (call: Call) => askAlone(session, call)
      : createTurnBatcher((calls: readonly Call[]) => askTogether(session, calls));

  server.addService(definition, {
    value(call: ServerUnaryCall<ValueRequest, string>, callback: Answer) {
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
  });
}

/** A `TokenValueRequest`. */
interface ValueRequest {
  readonly token: string;
  readonly metadata: Uint8Array;
}

const definition = {
  value: defineMethod("/proto.TokenStore/Value", {
    kind: "unary",
    read(message: Buffer): ValueRequest {
      let token = "";
      let metadata: Uint8Array = noBytes;
      const reader = new WireReader().begin(message);
      while (reader.next()) {
        if (reader.field === 1) token = reader.text();
        if (reader.field === 2) metadata = reader.bytes();
      }
      reader.checkWhole();
      return { token, metadata };
    },
    write: (value: string) => writeTextFields([value]),
  }),
};

const noBytes = Buffer.alloc(0);

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
    callback(null, typeof data === "string" ? data : decoder.decode(data));
  } catch {
    refuse(callback, failed("value is not valid UTF-8 text"));
  }
}

function refuse(callback: Answer, error: unknown): void {
  const { code, message } = toWireError(error);
  callback({ code, details: message });
}
