import type { ServerCall } from "./grpc/server-call.ts";
import type { ServiceMethods } from "./service-methods.ts";

/** The plugin's side of the broker. */
export interface BrokerService {
  readonly methods: ServiceMethods;
  /** Ends the open streams, which a graceful shutdown would wait for. */
  readonly end: () => void;
}

/**
 * Takes the host's stream and ignores what it announces: no service here dials back (go-plugin protocol, section 5.5).
 */
export function createBrokerService(): BrokerService {
  const open = new Set<ServerCall>();
  return {
    methods: {
      "/plugin.GRPCBroker/StartStream": (call) => {
        open.add(call);
        call.onCancel = () => void open.delete(call);
        return {
          onMessage: () => {},
          onEnd() {
            if (open.delete(call)) call.end();
          },
        };
      },
    },
    end() {
      for (const call of open) call.end();
      open.clear();
    },
  };
}
