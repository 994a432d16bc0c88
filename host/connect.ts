/**
 * From an address to a connection that works; called by `plugin-client.ts` alone.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { Certificate } from "../internal/goplugin/certificate.ts";
import type { ClientCall } from "../internal/goplugin/grpc/client-call.ts";
import { GrpcClient } from "../internal/goplugin/grpc/client.ts";
import type { HandshakeLine } from "../internal/goplugin/handshake-line.ts";
import { connectPlain, socketTarget } from "../internal/goplugin/socket-target.ts";
import type { StdioChannel } from "../internal/goplugin/stdio.ts";
import { WireReader } from "../internal/goplugin/wire-fields.ts";
import { quotePlugin } from "./diagnose.ts";
import { isAnswered } from "./grpc-errors.ts";
import { callUnary } from "./unary-call.ts";

/** The gRPC side of a running plugin. */
export interface Connection {
  readonly client: GrpcClient;
  /** Asks the plugin to exit; resolves whatever comes of it, false when it has to be signalled since no answer came. */
  readonly requestShutdown: (deadlineMs: number) => Promise<boolean>;
  readonly close: () => void;
}

/** How to connect. */
export interface ConnectOptions {
  readonly line: HandshakeLine;
  /** The host's certificate under AutoMTLS. */
  readonly certificate: Certificate | undefined;
  readonly timeoutMs: number;
  /** What the plugin's code prints after the handshake. */
  readonly onOutput: (channel: StdioChannel, data: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects, opens the two long streams that a Go plugin expects before any other call, and waits until the plugin has said
 * that it speaks HTTP/2 (go-plugin protocol, sections 5.4, 5.5 and 6.2). No ping: the connection says as much, for TLS too.
 *
 * @throws CM_PLUGIN_CONNECT, CM_HANDSHAKE_TLS, or the signal's reason
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { line, certificate, signal } = options;
  const client = await openClient(line, certificate);
  openStreams(client, options.onOutput);
  const close = (): void => client.close();
  try {
    await untilReady(client, options, certificate !== undefined);
    signal?.throwIfAborted();
  } catch (error) {
    close();
    throw error;
  }
  return {
    client,
    requestShutdown: (deadlineMs) =>
      new Promise((resolve) => {
        callUnary(client, shutdownMethod, emptyMessage, deadlineMs, (end) => resolve(isAnswered(end)));
      }),
    close,
  };
}

async function openClient(line: HandshakeLine, certificate: Certificate | undefined): Promise<GrpcClient> {
  if (certificate !== undefined && line.certificate !== undefined) {
    // Loaded only when it is needed: it brings node:tls and node:crypto.
    const { connectMutually } = await import("../internal/goplugin/auto-mtls.ts");
    return new GrpcClient({
      socket: connectMutually(socketTarget(line), certificate, line.certificate),
      connectEvent: "secureConnect",
    });
  }
  return new GrpcClient({ socket: connectPlain(line), connectEvent: "connect" });
}

// What `internal/gen` has for this brings the runtime of protobuf, and loading that is a fifth of a short run.
const shutdownMethod = "/plugin.GRPCController/Shutdown";
const stdioMethod = "/plugin.GRPCStdio/StreamStdio";
const brokerMethod = "/plugin.GRPCBroker/StartStream";
const emptyMessage = Buffer.alloc(0);

// Both are read to their end, whatever that is: a plugin may leave either out, or end it at once.
function openStreams(client: GrpcClient, onOutput: ConnectOptions["onOutput"]): void {
  const onEnd = (): void => {};
  const stdio: ClientCall = client.call(
    stdioMethod,
    {},
    { onMessage: (message) => readOutput(message, onOutput), onEnd },
  );
  stdio.end(emptyMessage);
  // Somebody to serve what a plugin announces there, there is not (go-plugin protocol, section 5.5).
  client.call(brokerMethod, {}, { onMessage: () => {}, onEnd });
}

function readOutput(message: Buffer, onOutput: ConnectOptions["onOutput"]): void {
  let channel = 0;
  let data: Buffer | undefined;
  const reader = new WireReader().begin(message);
  while (reader.next()) {
    if (reader.field === 1) channel = reader.value;
    if (reader.field === 2) data = reader.bytes();
  }
  if (data !== undefined && (channel === 1 || channel === 2)) onOutput(channel === 1 ? "stdout" : "stderr", data);
}

async function untilReady(client: GrpcClient, { timeoutMs, signal }: ConnectOptions, isTls: boolean): Promise<void> {
  const timer = new AbortController();
  const stop = signal === undefined ? timer.signal : AbortSignal.any([signal, timer.signal]);
  const late = delay(timeoutMs, undefined, { signal: stop }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
  try {
    await Promise.race([client.ready, late]);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectError(error instanceof Error ? error.message : String(error), isTls);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}

function connectError(reason: string, isTls: boolean): ConfigManagerError {
  const message = `the connection cannot be made: ${quotePlugin(reason)}`;
  return isTls
    ? new ConfigManagerError("CM_HANDSHAKE_TLS", message, {
        hint: "check that the plugin uses the certificates of AutoMTLS",
      })
    : new ConfigManagerError("CM_PLUGIN_CONNECT", message);
}
