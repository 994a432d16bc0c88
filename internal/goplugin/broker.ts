import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { ConnInfo, GRPCBroker } from "../gen/plugin/grpc_broker_pb.js";
import type { ServiceHandlers } from "./grpc-service.ts";

/** The plugin's side of the broker. */
export interface BrokerService {
  readonly handlers: ServiceHandlers<(typeof GRPCBroker)["method"]>;
  /** Ends the open streams, which a graceful shutdown would wait for. */
  readonly end: () => void;
}

/**
 * Takes the host's stream and ignores what it announces: no service here dials back (go-plugin protocol, section 5.5).
 */
export function createBrokerService(): BrokerService {
  const open = new Set<ServerDuplexStream<ConnInfo, object>>();
  return {
    handlers: {
      startStream(call) {
        open.add(call);
        const close = (): void => {
          if (open.delete(call)) call.end();
        };
        // Reading is what notices the end; an error is a host that went away.
        call
          .on("data", () => {})
          .on("end", close)
          .on("error", close)
          .on("cancelled", close);
      },
    },
    end() {
      for (const call of open) call.end();
      open.clear();
    },
  };
}
