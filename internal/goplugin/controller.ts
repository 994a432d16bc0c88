import { type Client, status } from "@grpc/grpc-js";
import { GRPCController } from "../gen/plugin/grpc_controller_pb.js";
import { createClient, type ServiceHandlers } from "./grpc-service.ts";
import { grpcStatusOf } from "./grpc-status.ts";

/** The plugin's side of the controller. */
export interface ControllerService {
  readonly handlers: ServiceHandlers<(typeof GRPCController)["method"]>;
}

/**
 * What became of a request to exit. Each of them means that it was made: `dropped` is what a Go plugin does, it closes
 * the connection instead of answering; `unsupported` is a plugin that has to be ended by a signal.
 */
export type ShutdownOutcome = "answered" | "dropped" | "unanswered" | "unsupported";

/**
 * Answers `Shutdown`, then calls `onShutdown`, once: it ends the streams of the other services, shuts the server
 * down gracefully and exits, so that the answer gets out (go-plugin protocol, sections 5.3 and 12.1 row 13).
 */
export function createControllerService(onShutdown: () => void): ControllerService {
  let asked = false;
  return {
    handlers: {
      shutdown(_call, callback) {
        callback(null, {});
        if (asked) return;
        asked = true;
        onShutdown();
      },
    },
  };
}

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
