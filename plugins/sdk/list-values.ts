import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { type TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  ListValuesRequestSchema,
  ListValuesResponseSchema,
} from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import type { ServerCall } from "../../internal/goplugin/grpc/server-call.ts";
import { toCallStatus } from "./call-status.ts";
import { type ListedOutcome, listedValues } from "./listed-values.ts";
import { sendMessage } from "./send-message.ts";
import type { StoreSession } from "./store-session.ts";
import { writeMessage } from "./write-message.ts";

/** Answers `ListValues` as the store lists, value by value; never rejects, an error ends the stream. */
export async function listValues(
  session: StoreSession,
  request: Buffer,
  call: ServerCall,
  signal: AbortSignal,
): Promise<void> {
  try {
    const fields = fromBinary(ListValuesRequestSchema, request);
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
    call.end(toCallStatus(error));
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
