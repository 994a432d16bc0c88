import { oneRequest } from "./grpc/server.ts";
import type { ServiceMethods } from "./service-methods.ts";

/** The plugin's side of the controller. */
export interface ControllerService {
  readonly methods: ServiceMethods;
}

/**
 * Answers `Shutdown`, then calls `onShutdown`, once: it ends the streams of the other services, shuts the server
 * down gracefully and exits, so that the answer gets out (go-plugin protocol, sections 5.3 and 12.1 row 13).
 */
export function createControllerService(onShutdown: () => void): ControllerService {
  let asked = false;
  return {
    methods: {
      "/plugin.GRPCController/Shutdown": oneRequest((_request, call) => {
        call.reply(emptyMessage);
        if (asked) return;
        asked = true;
        onShutdown();
      }),
    },
  };
}

const emptyMessage = Buffer.alloc(0);
