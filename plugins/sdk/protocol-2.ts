import type { MessageInitShape } from "@bufbuild/protobuf";
import { type TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type {
  MethodDefinition,
  sendUnaryData,
  ServerDuplexStream,
  ServerWritableStream,
  ServiceDefinition,
} from "@grpc/grpc-js";
import {
  type ListValuesRequest,
  type ListValuesResponseSchema,
  TokenStoreService,
} from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { type ServiceHandlers, toServiceDefinition } from "../../internal/goplugin/grpc-service.ts";
import { createTurnBatcher } from "./batching.ts";
import { describeStore } from "./describe.ts";
import { StoreError } from "./errors.ts";
import { type Outcome, toOutcome } from "./outcome.ts";
import type { StoreRequest } from "./store.ts";
import type { StoreSession } from "./store-session.ts";
import { decodeValueRequests, encodeValueResults, type WireRequest, type WireResult } from "./value-codec.ts";
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
  const writer = new ResultWriter((results) => send(call, controller.signal, results));
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
  const ids: Uint8Array[] = [];
  const requests: StoreRequest[] = [];
  for (const { id, path, metadata } of wanted) {
    try {
      requests.push({ path, metadata: session.matchMetadata(metadata) });
      ids.push(id);
    } catch (error) {
      await writer.add(id, { ok: false, error });
    }
  }
  await session.ask(requests, signal, (index, outcome) => (signal.aborted ? undefined : writer.add(ids[index]!, outcome)));
}

interface MessageSink<T> {
  readonly write: (message: T) => boolean;
  readonly once: (event: "drain", listener: () => void) => unknown;
  readonly off: (event: "drain", listener: () => void) => unknown;
}

/** Writes a message; a promise means that the host reads slower than the store answers. */
function send<T>(call: MessageSink<T>, signal: AbortSignal, message: T): Promise<void> | undefined {
  if (signal.aborted || call.write(message)) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

interface PutFields {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  readonly createOnly: boolean;
}

async function putValue(session: StoreSession, fields: PutFields, signal: AbortSignal): Promise<string> {
  const { store } = session;
  if (store.put === undefined) throw new StoreError("unsupported", `${store.prefix} cannot write values`);
  const obstacle = await session.obstacle();
  if (obstacle !== undefined) throw obstacle;
  const { path, data, createOnly } = fields;
  const metadata = session.matchMetadata(Object.entries(fields.metadata));
  const written = await store.put({ path, metadata, data, createOnly }, session.context(signal));
  if (written instanceof Error) throw written;
  return written?.version ?? "";
}

type ListMessage = MessageInitShape<typeof ListValuesResponseSchema>;
type ListCall = ServerWritableStream<ListValuesRequest, ListMessage>;

async function listValues(session: StoreSession, call: ListCall, signal: AbortSignal): Promise<void> {
  const { store } = session;
  try {
    if (store.list === undefined) throw new StoreError("unsupported", `${store.prefix} cannot list values`);
    const obstacle = await session.obstacle();
    if (obstacle !== undefined) throw obstacle;
    const { path, recursive, metadata } = call.request;
    const request = { path, recursive, metadata: session.matchMetadata(Object.entries(metadata)) };
    for await (const listed of store.list(request, session.context(signal))) {
      const outcome = toOutcome(listed.value, "list()");
      if (!outcome.ok) throw outcome.error;
      await send(call, signal, { values: [{ path: listed.path, value: toValueMessage(outcome) }] });
      signal.throwIfAborted();
    }
    call.end();
  } catch (error) {
    if (signal.aborted) return;
    const { code, message } = toWireError(error);
    call.emit("error", { code: code as number, details: message });
  }
}

function toValueMessage({ data, version, expiresAt }: Extract<Outcome, { ok: true }>): {
  data: Uint8Array;
  version: string;
  expiresAt?: MessageInitShape<typeof TimestampSchema>;
} {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return { data: bytes, version, ...(expiresAt === undefined ? {} : { expiresAt: timestampFromDate(expiresAt) }) };
}

function refuse(callback: sendUnaryData<never>, error: unknown): void {
  const { code, message } = toWireError(error);
  // The codes have gRPC's numbers.
  callback({ code: code as number, details: message });
}

function canceled(): Error {
  return new Error("the host has canceled the call");
}
