/**
 * What every plugin serves beside its store, for grpc-js: the messages are so small that they are read and written by
 * hand. A plugin is not to load the runtime of protobuf before it is needed.
 */
import type { MethodDefinition, Server } from "@grpc/grpc-js";
import type { BrokerService } from "./broker.ts";
import type { ControllerService } from "./controller.ts";
import type { HealthService } from "./health.ts";
import type { StdioService } from "./stdio.ts";
import { contentField, numberField, WireReader } from "./wire-fields.ts";

/** The services of go-plugin itself (go-plugin protocol, section 5). */
export interface PluginServices {
  readonly health: HealthService;
  readonly stdio: StdioService;
  readonly broker: BrokerService;
  readonly controller: ControllerService;
}

/** Makes `server` answer the calls of go-plugin's own services. */
export function addPluginServices(server: Server, { health, stdio, broker, controller }: PluginServices): void {
  server.addService(healthDefinition, { ...health.handlers });
  server.addService(stdioDefinition, { ...stdio.handlers });
  server.addService(brokerDefinition, { ...broker.handlers });
  server.addService(controllerDefinition, { ...controller.handlers });
}

/** How the messages of one method are read and written; each says nothing and is dropped unless set. */
export interface MethodCodec<Request, Response> {
  readonly kind: "unary" | "server_streaming" | "bidi_streaming";
  readonly read?: (message: Buffer) => Request;
  readonly write?: (response: Response) => Buffer;
}

/** A method of grpc-js of its path, `/<package>.<service>/<method>`, and its codec; for a server alone. */
export function defineMethod<Request, Response>(
  path: `/${string}/${string}`,
  { kind, read, write }: MethodCodec<Request, Response>,
): MethodDefinition<Request, Response> {
  return {
    path,
    requestStream: kind === "bidi_streaming",
    responseStream: kind !== "unary",
    requestSerialize: notOurs,
    requestDeserialize: read ?? (readNothing as () => Request),
    responseSerialize: write ?? (() => noBytes),
    responseDeserialize: notOurs,
  };
}

const noBytes = Buffer.alloc(0);
const readNothing = (): object => ({});

function notOurs(): never {
  throw new Error("a server reads requests and writes responses");
}

const health = {
  read(message: Buffer): { service: string } {
    let service = "";
    const reader = new WireReader().begin(message);
    while (reader.next()) if (reader.field === 1) service = reader.text();
    reader.checkWhole();
    return { service };
  },
  write: ({ status }: { status: number }) => numberField(1, status),
};

const healthDefinition = {
  check: defineMethod("/grpc.health.v1.Health/Check", { kind: "unary", ...health }),
  watch: defineMethod("/grpc.health.v1.Health/Watch", { kind: "server_streaming", ...health }),
};

const stdioDefinition = {
  streamStdio: defineMethod("/plugin.GRPCStdio/StreamStdio", {
    kind: "server_streaming",
    write: ({ channel, data }: { channel: number; data: Uint8Array }) =>
      Buffer.concat([numberField(1, channel), contentField(2, data)]),
  }),
};

const brokerDefinition = {
  startStream: defineMethod("/plugin.GRPCBroker/StartStream", { kind: "bidi_streaming" }),
};

const controllerDefinition = {
  shutdown: defineMethod("/plugin.GRPCController/Shutdown", { kind: "unary" }),
};
