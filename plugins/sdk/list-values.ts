import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { type TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServerWritableStream } from "@grpc/grpc-js";
import {
  ListValuesRequestSchema,
  ListValuesResponseSchema,
} from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { toCallStatus } from "./call-status.ts";
import { StoreError } from "./errors.ts";
import { type Outcome, toOutcome } from "./outcome.ts";
import { sendMessage } from "./send-message.ts";
import type { StoreSession } from "./store-session.ts";
import { writeMessage } from "./write-message.ts";

/** The call that is answered, its messages as bytes. */
export type ListCall = ServerWritableStream<Buffer, Buffer>;

/** Answers `ListValues` as the store lists, value by value; never rejects, an error ends the stream. */
export async function listValues(session: StoreSession, call: ListCall, signal: AbortSignal): Promise<void> {
  const { store } = session;
  try {
    if (store.list === undefined) throw new StoreError("unsupported", `${store.prefix} cannot list values`);
    const obstacle = await session.obstacle();
    if (obstacle !== undefined) throw obstacle;
    const { path, recursive, metadata } = fromBinary(ListValuesRequestSchema, call.request);
    const request = { path, recursive, metadata: session.matchMetadata(Object.entries(metadata)) };
    for await (const listed of store.list(request, session.context(signal))) {
      const outcome = toOutcome(listed.value, "list()");
      if (!outcome.ok) throw outcome.error;
      const values = [{ path: listed.path, value: toValueMessage(outcome) }];
      await sendMessage(call, signal, writeMessage(ListValuesResponseSchema, { values }));
      signal.throwIfAborted();
    }
    call.end();
  } catch (error) {
    if (signal.aborted) return;
    call.emit("error", toCallStatus(error));
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
