import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";

/** The bytes of a message that is given as plain fields; it brings the runtime of protobuf. */
export function writeMessage<S extends DescMessage>(schema: S, message: MessageInitShape<S>): Buffer {
  const bytes = toBinary(schema, create(schema, message));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
