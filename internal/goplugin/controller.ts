import type { GRPCController } from "../gen/plugin/grpc_controller_pb.js";
import type { ServiceHandlers } from "./grpc-service.ts";

/** The plugin's side of the controller. */
export interface ControllerService {
  readonly handlers: ServiceHandlers<(typeof GRPCController)["method"]>;
}

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
