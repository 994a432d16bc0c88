import type { ChannelOptions, ServerOptions } from "@grpc/grpc-js";
import type { HandshakeLine } from "./handshake-line.ts";

const unlimited = -1;

// Beyond http2's 64 KiB, so that neither a large value nor a long stream waits for window updates.
const flowControlWindowBytes = 4 * 1024 * 1024;

/**
 * What a host sets on the channel to a plugin. No message limits, no proxy, no keepalive, no retries, no DNS, a
 * connection of its own (go-plugin protocol, sections 3.2 and 12.1).
 */
export const hostChannelOptions: ChannelOptions = {
  "grpc.max_receive_message_length": unlimited,
  "grpc.max_send_message_length": unlimited,
  "grpc.enable_http_proxy": 0,
  // AutoMTLS names everybody `localhost`; grpc-js would ask for the IP address of a TCP target.
  "grpc.ssl_target_name_override": "localhost",
  "grpc.default_authority": "localhost",
  // Without retries nothing need be kept for them: writes wait for the socket from the first byte, not the first MiB.
  "grpc.enable_retries": 0,
  "grpc.per_rpc_retry_buffer_size": 0,
  "grpc.retry_buffer_size": 0,
  "grpc.service_config_disable_resolution": 1,
  // Otherwise two plugins of one address share a connection, and a wedged call of one stops the other.
  "grpc.use_local_subchannel_pool": 1,
  // A plugin that is gone does not come back: fail the next call instead of waiting for the next attempt.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1000,
  "grpc.enable_channelz": 0,
  "grpc-node.flow_control_window": flowControlWindowBytes,
};

/**
 * What a plugin sets on its server. No message limits, where Go stops at 4 MiB, no keepalive, no end of a connection
 * for being idle or old (go-plugin protocol, sections 3.2 and 12.1).
 */
export const pluginServerOptions: ServerOptions = {
  "grpc.max_receive_message_length": unlimited,
  "grpc.max_send_message_length": unlimited,
  // channelz stays on: without it grpc-js's `forceShutdown` knows no connection and closes none.
  // With some 5,000 calls at once on one connection grpc-js comes to a halt for good, both sides idle (seen on Node 20);
  // hosts, Go's too, hold back what is above this, so that it costs nothing.
  "grpc.max_concurrent_streams": 1000,
};

/** The gRPC target for what a handshake line says; exactly that is dialed, without DNS for a numeric address. */
export function channelTarget({ network, address }: Pick<HandshakeLine, "network" | "address">): string {
  if (network === "tcp") return address.startsWith(":") ? `dns:127.0.0.1${address}` : `dns:${address}`;
  // Two slashes and an empty authority, or a path that begins with two would lose its first name.
  return address.startsWith("/") ? `unix://${address}` : `unix:${address}`;
}
