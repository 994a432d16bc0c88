import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { followSignal } from "./call-signals.ts";

/** A kind of call that the adapter knows; no service here streams from the client alone. */
type Methods = GenServiceMethods;

/** What answers the calls of a service: grpc-js handlers by method; answers may be given as plain fields. */
export type ServiceHandlers<M extends Methods> = {
  readonly [K in keyof M]: HandlerOf<M[K]["methodKind"], MessageShape<M[K]["input"]>, MessageInitShape<M[K]["output"]>>;
};

type HandlerOf<Kind, Request, Response> = Kind extends "unary"
  ? handleUnaryCall<Request, Response>
  : Kind extends "server_streaming"
    ? handleServerStreamingCall<Request, Response>
    : Kind extends "bidi_streaming"
      ? handleBidiStreamingCall<Request, Response>
      : never;

/** How one call is made. */
export interface CallOptions {
  /** Canceled with it: a unary call rejects with its reason, a stream emits an error of code CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now until the call fails with DEADLINE_EXCEEDED; none unless set. */
  readonly deadlineMs?: number | undefined;
}

/** The calls of a service. Failed unary calls reject with grpc-js's `ServiceError`; streams emit it. */
export type ServiceClient<M extends Methods> = {
  readonly [K in keyof M]: CallOf<M[K]["methodKind"], MessageInitShape<M[K]["input"]>, MessageShape<M[K]["output"]>>;
};

type CallOf<Kind, Request, Response> = Kind extends "unary"
  ? (request: Request, options?: CallOptions) => Promise<Response>
  : Kind extends "server_streaming"
    ? (request: Request, options?: CallOptions) => ClientReadableStream<Response>
    : Kind extends "bidi_streaming"
      ? (options?: CallOptions) => ClientDuplexStream<Request, Response>
      : never;

type AnyMethod = MethodDefinition<unknown, unknown>;

/** A protobuf-es service as grpc-js wants it; messages may be given as plain fields and arrive as messages. */
export function toServiceDefinition<M extends Methods>(service: GenService<M>): ServiceDefinition {
  const known = definitions.get(service);
  if (known !== undefined) return known;
  const definition: Record<string, AnyMethod> = {};
  for (const method of service.methods) {
    definition[method.localName] = {
      path: `/${service.typeName}/${method.name}`,
      originalName: method.name,
      requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
      responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
      requestSerialize: serializer(method.input),
      requestDeserialize: deserializer(method.input),
      responseSerialize: serializer(method.output),
      responseDeserialize: deserializer(method.output),
    };
  }
  definitions.set(service, definition);
  return definition;
}

/** The calls of `service` over the channel of `client`, which stays the caller's to close. */
export function createClient<M extends Methods>(service: GenService<M>, client: Client): ServiceClient<M> {
  const calls: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(toServiceDefinition(service))) {
    if (!method.requestStream && !method.responseStream) calls[name] = unaryCall(client, method);
    if (!method.requestStream && method.responseStream) calls[name] = serverStreamCall(client, method);
    if (method.requestStream && method.responseStream) calls[name] = bidiCall(client, method);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- built from the same descriptor as the type
  return calls as ServiceClient<M>;
}

// A client and a server of one process, and each new channel, share one definition of a service.
const definitions = new WeakMap<object, Record<string, AnyMethod>>();

function serializer(schema: DescMessage): (value: unknown) => Buffer {
  return (value) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- handlers and calls are typed by this schema
    const bytes = toBinary(schema, create(schema, value as MessageInitShape<DescMessage>));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function deserializer(schema: DescMessage): (bytes: Buffer) => unknown {
  return (bytes) => fromBinary(schema, bytes);
}

function unaryCall(client: Client, method: AnyMethod): (request: unknown, options?: CallOptions) => Promise<unknown> {
  return (request, { signal, deadlineMs } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      let unfollow: (() => void) | undefined;
      const call = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        noMetadata,
        grpcOptions(deadlineMs),
        (error, response) => {
          unfollow?.();
          if (error === null) resolve(response);
          else reject(signal?.aborted === true ? signal.reason : error);
        },
      );
      if (signal !== undefined) unfollow = followSignal(signal, call);
    });
}

function serverStreamCall(
  client: Client,
  method: AnyMethod,
): (request: unknown, options?: CallOptions) => ClientReadableStream<unknown> {
  return (request, { signal, deadlineMs } = {}) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const options = grpcOptions(deadlineMs);
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      noMetadata,
      options,
    );
    if (signal !== undefined) call.once("status", followSignal(signal, call));
    return call;
  };
}

function bidiCall(client: Client, method: AnyMethod): (options?: CallOptions) => ClientDuplexStream<unknown, unknown> {
  return ({ signal, deadlineMs } = {}) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const options = grpcOptions(deadlineMs);
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, noMetadata, options);
    if (signal !== undefined) call.once("status", followSignal(signal, call));
    return call;
  };
}

// grpc-js clones what it is given and adds to the clone.
const noMetadata = /* @__PURE__ */ new Metadata();

function grpcOptions(deadlineMs: number | undefined): { deadline?: number } {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}
