import type { MethodHandler, RequestListener, ServerCall } from "../../internal/goplugin/grpc/server-call.ts";
import { type GrpcServer, oneRequest } from "../../internal/goplugin/grpc/server.ts";
import { addMethods } from "../../internal/goplugin/plugin-services.ts";
import { createTurnBatcher } from "./batching.ts";
import { toCallStatus } from "./call-status.ts";
import { decodeValueRequests, type WireId, type WireRequest } from "./decode-requests.ts";
import { encodeDescription } from "./describe.ts";
import { encodeValueResults } from "./encode-results.ts";
import type * as seldomCallsModule from "./seldom-calls.ts";
import { sendMessage } from "./send-message.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { ResultWriter } from "./value-results.ts";

/** App protocol 2 (plugin protocol 2, section 2). */
export function addProtocol2(server: GrpcServer, session: StoreSession): void {
  addMethods(server, {
    [`${service}/Describe`]: oneRequest((_request, call) => call.reply(encodeDescription(session.store))),
    [`${service}/GetValues`]: (call) => answerValues(session, call),
    [`${service}/Configure`]: answerSeldom(session, ({ configure }) => configure),
    [`${service}/PutValue`]: answerSeldom(session, ({ putValue }) => putValue),
    [`${service}/ListValues`]: oneRequest((request, call) => {
      const controller = openCall(session, call);
      void loadSeldomCalls()
        .then(({ listValues }) => listValues(session, request, call, controller.signal))
        .finally(() => session.closeCall(controller));
    }),
  });
}

const service = "/configmanager.plugin.v2.TokenStoreService";

type SeldomCalls = typeof seldomCallsModule;

// They bring the runtime of protobuf, which few runs need.
function loadSeldomCalls(): Promise<SeldomCalls> {
  return import("./seldom-calls.ts");
}

function openCall(session: StoreSession, call: ServerCall): AbortController {
  const controller = session.openCall();
  call.onCancel = () => controller.abort(canceled());
  return controller;
}

function answerSeldom(
  session: StoreSession,
  pick: (calls: SeldomCalls) => (session: StoreSession, request: Buffer, signal: AbortSignal) => Promise<Buffer>,
): MethodHandler {
  return oneRequest((request, call) => {
    const controller = openCall(session, call);
    void loadSeldomCalls()
      .then((calls) => pick(calls)(session, request, controller.signal))
      .then(
        (response) => call.reply(response),
        (error: unknown) => call.end(toCallStatus(error)),
      )
      .finally(() => session.closeCall(controller));
  });
}

function answerValues(session: StoreSession, call: ServerCall): RequestListener {
  const controller = session.openCall();
  const writer = new ResultWriter((results) => sendMessage(call, controller.signal, encodeValueResults(results)));
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

  call.onCancel = () => {
    session.closeCall(controller);
    controller.abort(canceled());
  };
  return {
    onMessage(message) {
      const requests = decodeValueRequests(message);
      if (session.store.values === undefined) return ask(requests);
      open++;
      askLater(requests);
    },
    onEnd() {
      hostIsDone = true;
      endWhenDone();
    },
  };
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
