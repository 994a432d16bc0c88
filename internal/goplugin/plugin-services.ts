/**
 * What every plugin serves beside its store. The messages are so small that they are read and written by hand: a plugin is
 * not to load the runtime of protobuf before it is needed.
 */
import type { ServiceMethods } from "./service-methods.ts";
import type { BrokerService } from "./broker.ts";
import type { ControllerService } from "./controller.ts";
import type { GrpcServer } from "./grpc/server.ts";
import type { HealthService } from "./health.ts";
import type { StdioService } from "./stdio.ts";

/** The services of go-plugin itself (go-plugin protocol, section 5). */
export interface PluginServices {
  readonly health: HealthService;
  readonly stdio: StdioService;
  readonly broker: BrokerService;
  readonly controller: ControllerService;
}

/** Makes `server` answer the calls of a service. */
export function addMethods(server: GrpcServer, methods: ServiceMethods): void {
  for (const [path, handler] of Object.entries(methods)) server.handle(path as `/${string}/${string}`, handler);
}

/** Makes `server` answer the calls of go-plugin's own services. */
export function addPluginServices(server: GrpcServer, { health, stdio, broker, controller }: PluginServices): void {
  for (const { methods } of [health, stdio, broker, controller]) addMethods(server, methods);
}
