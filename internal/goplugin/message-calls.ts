/** Calls with the messages of protobuf-es, for the few that are not written by hand; it brings the runtime of protobuf. */
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { askForMany, type AskOptions } from "./grpc/ask.ts";
import { CallError } from "./grpc/call-error.ts";
import type { GrpcClient } from "./grpc/client.ts";
import { StatusCode } from "./grpc/status.ts";

/** A method of a generated service. */
export type Method<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly input: I;
  readonly output: O;
};

/** Makes a call with one message, which may be given as plain fields. Resolves and rejects as `askForMany` does. */
export function callForMany<I extends DescMessage, O extends DescMessage>(
  client: GrpcClient,
  method: Method<I, O>,
  request: MessageInitShape<I>,
  options: AskOptions,
  onMessage: (message: MessageShape<O>) => void,
): Promise<void> {
  const bytes = toBinary(method.input, create(method.input, request));
  const path = `/${method.parent.typeName}/${method.name}`;
  return askForMany(client, path, bytes, options, (answer) => onMessage(read(method.output, answer)));
}

/** Makes a unary call. An answer without a message is one that is empty. Rejects as `askForMany` does. */
export async function callForOne<I extends DescMessage, O extends DescMessage>(
  client: GrpcClient,
  method: Method<I, O>,
  request: MessageInitShape<I>,
  options: AskOptions,
): Promise<MessageShape<O>> {
  let answer: MessageShape<O> | undefined;
  await callForMany(client, method, request, options, (message) => (answer = message));
  return answer ?? create(method.output);
}

function read<O extends DescMessage>(schema: O, bytes: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw new CallError({ code: StatusCode.INTERNAL, details: `the answer cannot be read: ${String(cause)}` });
  }
}
