import type { Client, ServerDuplexStream } from "@grpc/grpc-js";
import { type ConnInfo, GRPCBroker } from "../gen/plugin/grpc_broker_pb.js";
import { createClient, type ServiceHandlers } from "./grpc-service.ts";
import { streamEnd, type StreamEnd } from "./stream-end.ts";

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

/**
 * Opens the broker's stream, as Go plugins expect it, and ignores what comes. Resolves when it ends, by `signal` at
 * the latest; never rejects (go-plugin protocol, sections 5.5 and 5.7).
 */
export function openBrokerStream(client: Client, signal: AbortSignal): Promise<StreamEnd> {
  const call = createClient(GRPCBroker, client).startStream({ signal });
  return streamEnd(call, () => {});
}
