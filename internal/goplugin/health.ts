import type { HealthCheckResponse_ServingStatus as ServingStatus } from "../gen/grpc/health/v1/health_pb.js";
import type { ServerCall } from "./grpc/server-call.ts";
import { oneRequest } from "./grpc/server.ts";
import { StatusCode } from "./grpc/status.ts";
import type { ServiceMethods } from "./service-methods.ts";
import { numberField, WireReader } from "./wire-fields.ts";

/** The plugin's side of the health service. */
export interface HealthService {
  readonly methods: ServiceMethods;
  /** Ends the open `Watch` streams, which a graceful shutdown would wait for. */
  readonly end: () => void;
}

/** The name under which go-plugin registers itself (go-plugin protocol, section 5.2). */
const pluginServiceName = "plugin";

// The enum itself brings the runtime of protobuf.
const servingStatus = { serving: 1, serviceUnknown: 3 } as const satisfies Record<string, ServingStatus>;

/**
 * Says that the services of these names are serving and that others are not found; go-plugin registers `plugin` and
 * the empty name (go-plugin protocol, section 5.2).
 */
export function createHealthService(serviceNames: readonly string[] = [pluginServiceName, ""]): HealthService {
  const watchers = new Set<ServerCall>();
  return {
    methods: {
      "/grpc.health.v1.Health/Check": oneRequest((request, call) => {
        if (serviceNames.includes(readServiceName(request))) call.reply(numberField(1, servingStatus.serving));
        else call.end({ code: StatusCode.NOT_FOUND, details: "unknown service" });
      }),
      "/grpc.health.v1.Health/Watch": oneRequest((request, call) => {
        // The status never changes: it is told once, and the stream stays open as the standard has it.
        const isKnown = serviceNames.includes(readServiceName(request));
        call.write(numberField(1, isKnown ? servingStatus.serving : servingStatus.serviceUnknown));
        watchers.add(call);
        call.onCancel = () => void watchers.delete(call);
      }),
    },
    end() {
      for (const call of watchers) call.end();
      watchers.clear();
    },
  };
}

// Of a `HealthCheckRequest`; throws for what is no message.
function readServiceName(message: Buffer): string {
  let service = "";
  const reader = new WireReader().begin(message);
  while (reader.next()) if (reader.field === 1) service = reader.text();
  reader.checkWhole();
  return service;
}
