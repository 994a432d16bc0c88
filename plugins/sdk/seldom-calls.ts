/**
 * The calls of app protocol 2 that few runs make, with the runtime of protobuf, which is loaded for them alone. Bytes in,
 * bytes out; what is thrown becomes the status of the call.
 */
import { fromBinary } from "@bufbuild/protobuf";
import {
  ConfigureRequestSchema,
  ConfigureResponseSchema,
  PutValueRequestSchema,
  PutValueResponseSchema,
} from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { putValue as put } from "./put-value.ts";
import type { StoreSession } from "./store-session.ts";
import { writeMessage } from "./write-message.ts";

export { listValues } from "./list-values.ts";

/** Answers `Configure`. */
export async function configure(session: StoreSession, request: Buffer): Promise<Buffer> {
  await session.configure(fromBinary(ConfigureRequestSchema, request).options ?? {});
  return writeMessage(ConfigureResponseSchema, {});
}

/** Answers `PutValue`. */
export async function putValue(session: StoreSession, request: Buffer, signal: AbortSignal): Promise<Buffer> {
  const version = await put(session, fromBinary(PutValueRequestSchema, request), signal);
  return writeMessage(PutValueResponseSchema, { version });
}
