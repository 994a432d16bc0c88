import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Server, ServiceDefinition } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "../gen/grpc/health/v1/health_pb.js";
import { GRPCBroker } from "../gen/plugin/grpc_broker_pb.js";
import { GRPCController } from "../gen/plugin/grpc_controller_pb.js";
import { GRPCStdio, StdioData_Channel as Channel } from "../gen/plugin/grpc_stdio_pb.js";
import { createBrokerService } from "./broker.ts";
import { createControllerService } from "./controller.ts";
import { toServiceDefinition } from "./grpc-service.ts";
import { createHealthService } from "./health.ts";
import { addPluginServices } from "./plugin-services.ts";
import { createStdioService } from "./stdio.ts";

const served = definitions();

describe("go-plugin's own services, written by hand", () => {
  it.each([
    { name: "health", generated: toServiceDefinition(Health) },
    { name: "stdio", generated: toServiceDefinition(GRPCStdio) },
    { name: "the broker", generated: toServiceDefinition(GRPCBroker) },
    { name: "the controller", generated: toServiceDefinition(GRPCController) },
  ])("have the methods of $name", ({ generated }) => {
    const own = served.find((definition) => Object.keys(definition).join() === Object.keys(generated).join());
    for (const [name, { path, requestStream, responseStream }] of Object.entries(generated)) {
      expect(own?.[name]).toMatchObject({ path, requestStream, responseStream });
    }
  });

  it.each([
    { method: Health.method.check, name: "check", response: { status: ServingStatus.SERVING } },
    { method: Health.method.watch, name: "watch", response: { status: ServingStatus.SERVICE_UNKNOWN } },
    {
      method: GRPCStdio.method.streamStdio,
      name: "streamStdio",
      response: { channel: Channel.STDERR, data: Uint8Array.of(1, 2) },
    },
    {
      method: GRPCStdio.method.streamStdio,
      name: "streamStdio",
      response: { channel: Channel.STDOUT, data: new Uint8Array(300) },
    },
    { method: GRPCController.method.shutdown, name: "shutdown", response: {} },
  ])("answer $name as protobuf's own runtime writes it", ({ method, name, response }) => {
    const schema: DescMessage = method.output;
    expect(find(name).responseSerialize(response)).toEqual(Buffer.from(toBinary(schema, create(schema, response))));
  });

  it.each(["", "plugin", "\u{1f511}"])("read the name %j of a service whose health is asked for", (service) => {
    const schema: DescMessage = Health.method.check.input;
    const message = Buffer.from(toBinary(schema, create(schema, { service })));
    expect(find("check").requestDeserialize(message)).toEqual({ service });
    expect(fromBinary(schema, message)).toMatchObject({ service });
  });

  it("refuse what is no message, which grpc-js tells the host", () => {
    expect(() => find("check").requestDeserialize(Buffer.of(0x0a, 0x7f))).toThrow("no message");
  });
});

function definitions(): readonly ServiceDefinition[] {
  const added: ServiceDefinition[] = [];
  const server: Pick<Server, "addService"> = { addService: (definition) => void added.push(definition) };
  const services = { stdio: createStdioService(), broker: createBrokerService(), health: createHealthService() };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this one is called
  addPluginServices(server as Server, { ...services, controller: createControllerService(() => {}) });
  return added;
}

function find(name: string): ServiceDefinition[string] {
  const method = served.flatMap((definition) => Object.entries(definition)).find(([own]) => own === name);
  if (method === undefined) throw new Error(`nobody serves "${name}"`);
  return method[1];
}
