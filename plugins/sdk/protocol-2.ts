import type { sendUnaryData, Server, ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { defineMethod } from "../../internal/goplugin/plugin-services.ts";
import { createTurnBatcher } from "./batching.ts";
import { toCallStatus } from "./call-status.ts";
import { decodeValueRequests, type WireId, type WireRequest } from "./decode-requests.ts";
import { encodeDescription } from "./describe.ts";
import { encodeValueResults, type WireResult } from "./encode-results.ts";
import type * as seldomCallsModule from "./seldom-calls.ts";
import { sendMessage } from "./send-message.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { ResultWriter } from "./value-results.ts";

/** App protocol 2 (plugin protocol 2, section 2). */
export function addProtocol2(server: Server, session: StoreSession): void {
  server.addService(definition, {
    describe: (_call: unknown, callback: Answer) => callback(null, encodeDescription(session.store)),
    getValues: (call: ValuesCall) => answerValues(session, call),
    configure: answerSeldom(session, ({ configure }) => configure),
    putValue: answerSeldom(session, ({ putValue }) => putValue),
    listValues(call: ServerWritableStream<Buffer, Buffer>) {
      const controller = session.openCall();
      call.once("cancelled", () => controller.abort(canceled()));
      void loadSeldomCalls()
        .then(({ listValues }) => listValues(session, call, controller.signal))
        .finally(() => session.closeCall(controller));
    },
  });
}

const keepBytes = (message: Buffer): Buffer => message;
const bytes = { read: keepBytes, write: keepBytes };

const definition = {
  describe: defineMethod("/configmanager.plugin.v2.TokenStoreService/Describe", { kind: "unary", ...bytes }),
  configure: defineMethod("/configmanager.plugin.v2.TokenStoreService/Configure", { kind: "unary", ...bytes }),
  getValues: defineMethod("/configmanager.plugin.v2.TokenStoreService/GetValues", {
    kind: "bidi_streaming",
    read: decodeValueRequests,
    write: encodeValueResults,
  }),
  putValue: defineMethod("/configmanager.plugin.v2.TokenStoreService/PutValue", { kind: "unary", ...bytes }),
  listValues: defineMethod("/configmanager.plugin.v2.TokenStoreService/ListValues", {
    kind: "server_streaming",
    ...bytes,
  }),
};

type Answer = sendUnaryData<Buffer>;
type SeldomCalls = typeof seldomCallsModule;

// They bring the runtime of protobuf, which few runs need.
function loadSeldomCalls(): Promise<SeldomCalls> {
  return import("./seldom-calls.ts");
}

function answerSeldom(
  session: StoreSession,
  pick: (calls: SeldomCalls) => (session: StoreSession, request: Buffer, signal: AbortSignal) => Promise<Buffer>,
): (call: ServerUnaryCall<Buffer, Buffer>, callback: Answer) => void {
  return (call, callback) => {
    const controller = session.openCall();
    call.once("cancelled", () => controller.abort(canceled()));
    void loadSeldomCalls()
      .then((calls) => pick(calls)(session, call.request, controller.signal))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toCallStatus(error)),
      )
      .finally(() => session.closeCall(controller));
  };
}

type ValuesCall = ServerDuplexStream<readonly WireRequest[], readonly WireResult[]>;

function answerValues(session: StoreSession, call: ValuesCall): void {
  const controller = session.openCall();
  const writer = new ResultWriter((results) => sendMessage(call, controller.signal, results));
  let open = 0;
  let hostIsDone = false;
  const endWhenDone = (): void => {
    if (!hostIsDone || open > 0) return;
    session.closeCall(controller);
    void writer.flush();
    call.end();
  };
  const ask = (requests: readonly WireRequest[]): void => {
    open++;
    void askFor(session, requests, controller.signal, writer).finally(() => {
      open--;
      endWhenDone();
    });
  };
  // What comes in one turn is one question to a store that takes several values at once.
  const askLater = createTurnBatcher((messages: readonly (readonly WireRequest[])[]) => {
    open -= messages.length;
    ask(messages.flat());
  });

  call.on("data", (requests: readonly WireRequest[]) => {
    if (session.store.values === undefined) return ask(requests);
    open++;
    askLater(requests);
  });
  call.on("end", () => {
    hostIsDone = true;
    endWhenDone();
  });
  const stop = (): void => {
    session.closeCall(controller);
    controller.abort(canceled());
  };
  call.on("cancelled", stop).on("error", stop);
}

async function askFor(
  session: StoreSession,
  wanted: readonly WireRequest[],
  signal: AbortSignal,
  writer: ResultWriter,
): Promise<void> {
  const ids: WireId[] = [];
  const requests: StoreRequest[] = [];
  for (const { id, path, metadata } of wanted) {
    try {
      requests.push({ path, metadata: session.matchMetadata(metadata) });
      ids.push(id);
    } catch (error) {
      await writer.add(id, { ok: false, error });
    }
  }
  await session.ask(requests, signal, (index, outcome) =>
    signal.aborted ? undefined : writer.add(ids[index]!, outcome),
  );
}

function canceled(): Error {
  return new Error("the host has canceled the call");
}
