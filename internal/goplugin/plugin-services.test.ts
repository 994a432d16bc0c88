import { create, type DescMessage, type DescMethod, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type OwnServed, serveOwn } from "../../test/helpers/grpc-pair.ts";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "../gen/grpc/health/v1/health_pb.js";
import { GRPCBroker } from "../gen/plugin/grpc_broker_pb.js";
import { GRPCController } from "../gen/plugin/grpc_controller_pb.js";
import { GRPCStdio, StdioData_Channel as Channel } from "../gen/plugin/grpc_stdio_pb.js";
import { createBrokerService } from "./broker.ts";
import { createControllerService } from "./controller.ts";
import { ask } from "./grpc/ask.ts";
import { createHealthService } from "./health.ts";
import { addPluginServices, type PluginServices } from "./plugin-services.ts";
import { createStdioService } from "./stdio.ts";

describe("go-plugin's own services, written by hand", () => {
  it.each([Health, GRPCStdio, GRPCBroker, GRPCController])("have the methods of $typeName", async (service) => {
    const { services } = await serve();
    const served = Object.values(services).flatMap(({ methods }) => Object.keys(methods));
    for (const method of service.methods) expect(served).toContain(pathOf(method));
  });

  it.each<{ method: DescMethod; name: string; request?: Record<string, unknown>; response: Record<string, unknown> }>([
    { method: Health.method.check, name: "Check", response: { status: ServingStatus.SERVING } },
    { method: GRPCController.method.shutdown, name: "Shutdown", response: {} },
  ])("answer $name as protobuf's own runtime writes it", async ({ method, request = {}, response }) => {
    const { client } = await serve();
    const asked = bytesOf(method.input, request);
    expect(await ask(client, pathOf(method), asked, {})).toEqual(bytesOf(method.output, response));
  });

  it.each([
    { channel: Channel.STDERR, name: "stderr", data: Uint8Array.of(1, 2) },
    { channel: Channel.STDOUT, name: "stdout", data: new Uint8Array(300) },
  ] as const)("send what was printed to $name as protobuf's own runtime writes it", async ({ channel, name, data }) => {
    const { client, services } = await serve();
    const message = new Promise<Buffer>((resolve) => {
      client
        .call(pathOf(GRPCStdio.method.streamStdio), {}, { onMessage: resolve, onEnd: () => {} })
        .end(Buffer.alloc(0));
    });
    services.stdio.write(name, data);
    expect(await message).toEqual(bytesOf(GRPCStdio.method.streamStdio.output, { channel, data }));
  });

  it.each([
    { service: "", expected: ServingStatus.SERVING },
    { service: "plugin", expected: ServingStatus.SERVING },
    { service: "\u{1f511}", expected: ServingStatus.SERVICE_UNKNOWN },
  ])("tell a watcher of the service $service", async ({ service, expected }) => {
    const { client } = await serve();
    const { watch } = Health.method;
    const message = new Promise<Buffer>((resolve) => {
      const call = client.call(pathOf(watch), {}, { onMessage: resolve, onEnd: () => {} });
      call.end(bytesOf(watch.input, { service }));
    });
    expect(await message).toEqual(bytesOf(watch.output, { status: expected }));
  });

  it("refuse what is no message, and tell the host so", async () => {
    const { client } = await serve();
    const failed = ask(client, pathOf(Health.method.check), Buffer.of(0x0a, 0x7f), {});
    await expect(failed).rejects.toMatchObject({ code: 13, details: expect.stringContaining("no message") });
  });
});

async function serve(): Promise<{ client: ReturnType<OwnServed["connectOwn"]>; services: PluginServices }> {
  const services = {
    stdio: createStdioService(),
    broker: createBrokerService(),
    health: createHealthService(),
    controller: createControllerService(() => {}),
  };
  const { connectOwn } = await serveOwn((server) => addPluginServices(server, services));
  return { client: connectOwn(), services };
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

function bytesOf<S extends DescMessage>(schema: S, message: MessageInitShape<S>): Buffer {
  return Buffer.from(toBinary(schema, create(schema, message)));
}
