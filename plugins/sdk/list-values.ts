import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { type TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServerWritableStream } from "@grpc/grpc-js";
import {
  ListValuesRequestSchema,
  ListValuesResponseSchema,
} from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { toCallStatus } from "./call-status.ts";
import { type ListedOutcome, listedValues } from "./listed-values.ts";
import { sendMessage } from "./send-message.ts";
import type { StoreSession } from "./store-session.ts";
import { writeMessage } from "./write-message.ts";

/** The call that is answered, its messages as bytes. */
export type ListCall = ServerWritableStream<Buffer, Buffer>;

/** Answers `ListValues` as the store lists, value by value; never rejects, an error ends the stream. */
export async function listValues(session: StoreSession, call: ListCall, signal: AbortSignal): Promise<void> {
  try {
    const fields = fromBinary(ListValuesRequestSchema, call.request);
    for await (const { path, value } of listedValues(session, fields, signal)) {
      await sendMessage(
        call,
        signal,
        writeMessage(ListValuesResponseSchema, { values: [{ path, value: toMessage(value) }] }),
      );
      signal.throwIfAborted();
    }
    call.end();
  } catch (error) {
    if (signal.aborted) return;
    call.emit("error", toCallStatus(error));
  }
}

function toMessage({ data, version, expiresAt }: ListedOutcome["value"]): {
  data: Uint8Array;
  version: string;
  expiresAt?: MessageInitShape<typeof TimestampSchema>;
} {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return { data: bytes, version, ...(expiresAt === undefined ? {} : { expiresAt: timestampFromDate(expiresAt) }) };
}
