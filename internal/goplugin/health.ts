import { type Client, type ServerWritableStream, status } from "@grpc/grpc-js";
import {
  Health,
  type HealthCheckRequest,
  type HealthCheckResponse_ServingStatus as ServingStatus,
} from "../gen/grpc/health/v1/health_pb.js";
import { createClient, type ServiceHandlers } from "./grpc-service.ts";
import { grpcStatusOf } from "./grpc-status.ts";

/** The plugin's side of the health service. */
export interface HealthService {
  readonly handlers: ServiceHandlers<(typeof Health)["method"]>;
  /** Ends the open `Watch` streams, which a graceful shutdown would wait for. */
  readonly end: () => void;
}

/** What a plugin says of its health; `unknown`: it answers, but has no health service or none of that name. */
export type PluginHealth = "serving" | "not-serving" | "unknown";

/** The name under which go-plugin registers itself (go-plugin protocol, section 5.2). */
const pluginServiceName = "plugin";

// The enum itself brings the runtime of protobuf.
const servingStatus = { serving: 1, notServing: 2, serviceUnknown: 3 } as const satisfies Record<string, ServingStatus>;

/**
 * Says that the services of these names are serving and that others are not found; go-plugin registers `plugin` and
 * the empty name (go-plugin protocol, section 5.2).
 */
export function createHealthService(serviceNames: readonly string[] = [pluginServiceName, ""]): HealthService {
  const watchers = new Set<ServerWritableStream<HealthCheckRequest, { status: ServingStatus }>>();
  return {
    handlers: {
      check(call, callback) {
        if (serviceNames.includes(call.request.service)) callback(null, { status: servingStatus.serving });
        else callback({ code: status.NOT_FOUND, details: "unknown service" });
      },
      watch(call) {
        // The status never changes: it is told once, and the stream stays open as the standard has it.
        const known = serviceNames.includes(call.request.service);
        call.write({ status: known ? servingStatus.serving : servingStatus.serviceUnknown });
        watchers.add(call);
        call.once("cancelled", () => watchers.delete(call));
      },
    },
    end() {
      for (const call of watchers) call.end();
      watchers.clear();
    },
  };
}

/**
 * Asks a plugin for its health, which is also how a host finds out that the connection and TLS work.
 *
 * Rejects with grpc-js's `ServiceError` when no answer comes, within `deadlineMs`: its `details` have the reason. A
 * plugin without a health service is well (go-plugin protocol, sections 5.7 and 10.3).
 */
export async function checkHealth(client: Client, deadlineMs: number, signal?: AbortSignal): Promise<PluginHealth> {
  try {
    const response = await createClient(Health, client).check({ service: pluginServiceName }, { deadlineMs, signal });
    if (response.status === servingStatus.serving) return "serving";
    return response.status === servingStatus.notServing ? "not-serving" : "unknown";
  } catch (error) {
    const code = grpcStatusOf(error);
    if (code === status.UNIMPLEMENTED || code === status.NOT_FOUND) return "unknown";
    throw error;
  }
}
