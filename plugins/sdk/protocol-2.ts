import type { MethodDefinition, sendUnaryData, ServerDuplexStream, ServiceDefinition } from "@grpc/grpc-js";
import { TokenStoreService } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { type ServiceHandlers, toServiceDefinition } from "../../internal/goplugin/grpc-service.ts";
import { createTurnBatcher } from "./batching.ts";
import { describeStore } from "./describe.ts";
import { putValue } from "./put-value.ts";
import { listValues } from "./list-values.ts";
import { sendMessage } from "./send-message.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { decodeValueRequests, type WireId, type WireRequest } from "./decode-requests.ts";
import { encodeValueResults, type WireResult } from "./encode-results.ts";
import { ResultWriter } from "./value-results.ts";
import { toWireError } from "./wire-error.ts";

type Methods = (typeof TokenStoreService)["method"];

/** `TokenStoreService` with the hand-written codec for its busiest call. */
export const protocol2Definition: ServiceDefinition = (() => {
  const definition = toServiceDefinition(TokenStoreService);
  const getValues: MethodDefinition<unknown, unknown> = {
    ...definition["getValues"]!,
    requestDeserialize: decodeValueRequests,
    responseSerialize: (results) => encodeValueResults(results as readonly WireResult[]),
  };
  return { ...definition, getValues };
})();

/** What `protocol2Definition` is served with. */
export type Protocol2Handlers = Omit<ServiceHandlers<Methods>, "getValues"> & {
  readonly getValues: (call: ValuesCall) => void;
};

/** App protocol 2 (plugin protocol 2, section 2). */
export function createProtocol2(session: StoreSession): Protocol2Handlers {
  const { store } = session;
  return {
    describe: (_call, callback) => callback(null, describeStore(store)),
    configure(call, callback) {
      session.configure(call.request.options ?? {}).then(
        () => callback(null, {}),
        (error: unknown) => refuse(callback, error),
      );
    },
    getValues: (call) => answerValues(session, call),
    putValue(call, callback) {
      const controller = session.openCall();
      call.once("cancelled", () => controller.abort(canceled()));
      putValue(session, call.request, controller.signal)
        .then(
          (version) => callback(null, { version }),
          (error: unknown) => refuse(callback, error),
        )
        .finally(() => session.closeCall(controller));
    },
    listValues(call) {
      const controller = session.openCall();
      call.once("cancelled", () => controller.abort(canceled()));
      void listValues(session, call, controller.signal).finally(() => session.closeCall(controller));
    },
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

function refuse(callback: sendUnaryData<never>, error: unknown): void {
  const { code, message } = toWireError(error);
  // The codes have gRPC's numbers.
  callback({ code: code as number, details: message });
}

function canceled(): Error {
  return new Error("the host has canceled the call");
}
