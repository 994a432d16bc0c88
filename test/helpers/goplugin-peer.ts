/**
 * The host's side of go-plugin's services by the runtime of protobuf: a second opinion beside what `host/` writes by hand,
 * for tests of the plugin's side.
 */
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../internal/gen/grpc/health/v1/health_pb.js";
import { GRPCBroker } from "../../internal/gen/plugin/grpc_broker_pb.js";
import { GRPCController } from "../../internal/gen/plugin/grpc_controller_pb.js";
import { GRPCStdio, StdioData_Channel as Channel } from "../../internal/gen/plugin/grpc_stdio_pb.js";
import { createClient } from "../../authoring/plugin-test/grpc/grpc-service.ts";
import { grpcStatusOf } from "../../authoring/plugin-test/grpc/grpc-status.ts";
import type { StdioChannel } from "../../internal/goplugin/stdio.ts";

/**
 * What became of a request to exit. Each of them means that it was made: `dropped` is what a Go plugin does, it closes
 * the connection instead of answering; `unsupported` is a plugin that has to be ended by a signal.
 */
export type ShutdownOutcome = "answered" | "dropped" | "unanswered" | "unsupported";

/**
 * Asks a plugin to exit and waits at most `deadlineMs` for the answer; never rejects, for whatever happens the plugin
 * was asked or is gone (go-plugin protocol, section 5.3).
 */
export async function requestShutdown(
  client: Client,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<ShutdownOutcome> {
  try {
    await createClient(GRPCController, client).shutdown({}, { deadlineMs, signal });
    return "answered";
  } catch (error) {
    const code = grpcStatusOf(error);
    if (code === status.UNIMPLEMENTED) return "unsupported";
    return code === status.DEADLINE_EXCEEDED || signal?.aborted === true ? "unanswered" : "dropped";
  }
}

/**
 * Opens the broker's stream, as Go plugins expect it, and ignores what comes. Resolves when it ends, by `signal` at
 * the latest; never rejects (go-plugin protocol, sections 5.5 and 5.7).
 */
export function openBrokerStream(client: Client, signal: AbortSignal): Promise<StreamEnd> {
  const call = createClient(GRPCBroker, client).startStream({ signal });
  return streamEnd(call, () => {});
}

/**
 * Opens the stream and reads it to its end: to be done once, before any other call, or a Go plugin that prints much
 * stands still (go-plugin protocol, section 5.4). Resolves when it ends, by `signal` at the latest; never rejects.
 */
export function drainStdio(
  client: Client,
  onData: (channel: StdioChannel, data: Uint8Array) => void,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const call = createClient(GRPCStdio, client).streamStdio({}, { signal });
  return streamEnd(call, ({ channel, data }) => {
    if (channel === Channel.STDOUT) onData("stdout", data);
    else if (channel === Channel.STDERR) onData("stderr", data);
  });
}

/**
 * How one of go-plugin's two long streams ended. None is an error by itself: a plugin may leave the service out
 * (`unsupported`), end the stream at once, or go away (`closed`, whatever gRPC calls it then). `failed` is anything
 * else, worth a log line, with gRPC's own text.
 */
export type StreamEnd =
  | { readonly reason: "closed" | "unsupported" }
  | { readonly reason: "failed"; readonly code: number; readonly details: string };

// What the other side's going away looks like, by chance of timing (go-plugin protocol, section 12.1 row 13a).
const goingAway: ReadonlySet<number> = new Set([status.CANCELLED, status.INTERNAL, status.UNAVAILABLE]);

/** Drains `call` into `onData`; resolves with how it ended and never rejects. */
function streamEnd<T>(
  call: ClientReadableStream<T> | ClientDuplexStream<never, T>,
  onData: (message: T) => void,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    call.on("data", onData);
    call.once("end", () => resolve({ reason: "closed" }));
    call.on("error", (error: ServiceError) => resolve(toStreamEnd(error)));
  });
}

function toStreamEnd({ code, details }: ServiceError): StreamEnd {
  if (code === status.UNIMPLEMENTED) return { reason: "unsupported" };
  return goingAway.has(code) ? { reason: "closed" } : { reason: "failed", code, details };
}

/** What a plugin says of its health; `unknown`: it answers, but has no health service or none of that name. */
export type PluginHealth = "serving" | "not-serving" | "unknown";

/**
 * Asks a plugin for its health, which is also how a host finds out that the connection and TLS work.
 *
 * Rejects with grpc-js's `ServiceError` when no answer comes, within `deadlineMs`: its `details` have the reason. A
 * plugin without a health service is well (go-plugin protocol, sections 5.7 and 10.3).
 */
export async function checkHealth(client: Client, deadlineMs: number, signal?: AbortSignal): Promise<PluginHealth> {
  try {
    const response = await createClient(Health, client).check({ service: "plugin" }, { deadlineMs, signal });
    if (response.status === ServingStatus.SERVING) return "serving";
    return response.status === ServingStatus.NOT_SERVING ? "not-serving" : "unknown";
  } catch (error) {
    const code = grpcStatusOf(error);
    if (code === status.UNIMPLEMENTED || code === status.NOT_FOUND) return "unknown";
    throw error;
  }
}
