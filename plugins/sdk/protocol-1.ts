import type { ServerCall } from "../../internal/goplugin/grpc/server-call.ts";
import { type GrpcServer, oneRequest } from "../../internal/goplugin/grpc/server.ts";
import { WireReader, writeTextFields } from "../../internal/goplugin/wire-fields.ts";
import { createTurnBatcher } from "./batching.ts";
import { failed } from "./errors.ts";
import { parseWireMetadata } from "./metadata.ts";
import type { Outcome } from "./outcome.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { toWireError } from "./wire-error.ts";

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
export function addProtocol1(server: GrpcServer, session: StoreSession): void {
  const ask =
    session.store.values === undefined
      ? (call: Call) => askAlone(session, call)
      : createTurnBatcher((calls: readonly Call[]) => askTogether(session, calls));

  const handler = oneRequest((message, serverCall) => {
    const { token, metadata: metadataText } = readRequest(message);
    const controller = session.openCall();
    serverCall.onCancel = () => controller.abort(new Error("the host has canceled the call"));
    // The answer to a call that is canceled is dropped.
    const answer = (outcome: Outcome): void => {
      session.closeCall(controller);
      reply(serverCall, outcome);
    };
    try {
      const metadata = session.matchMetadata(parseWireMetadata(metadataText));
      ask({ request: { path: token, metadata }, controller, answer });
    } catch (error) {
      answer({ ok: false, error });
    }
  });
  server.handle("/proto.TokenStore/Value", handler);
}

/** A `TokenValueRequest`. */
interface ValueRequest {
  readonly token: string;
  readonly metadata: Uint8Array;
}

// Throws for what is no message.
function readRequest(message: Buffer): ValueRequest {
  let token = "";
  let metadata: Uint8Array = noBytes;
  const reader = new WireReader().begin(message);
  while (reader.next()) {
    if (reader.field === 1) token = reader.text();
    if (reader.field === 2) metadata = reader.bytes();
  }
  reader.checkWhole();
  return { token, metadata };
}

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

function reply(call: ServerCall, outcome: Outcome): void {
  if (!outcome.ok) return refuse(call, outcome.error);
  try {
    const { data } = outcome;
    call.reply(writeTextFields([typeof data === "string" ? data : decoder.decode(data)]));
  } catch {
    refuse(call, failed("value is not valid UTF-8 text"));
  }
}

function refuse(call: ServerCall, error: unknown): void {
  const { code, message } = toWireError(error);
  call.end({ code, details: message });
}
