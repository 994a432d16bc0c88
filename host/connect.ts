/**
 * The first file of the host that loads gRPC: imported when the plugin is starting already, so that the two take place
 * at once. From an address to a channel that works; called by `plugin-client.ts` alone.
 */
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  connectivityState,
  credentials,
  Metadata,
} from "@grpc/grpc-js";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { Certificate } from "../internal/goplugin/certificate.ts";
import { channelTarget, hostChannelOptions } from "../internal/goplugin/channel-options.ts";
import type { HandshakeLine } from "../internal/goplugin/handshake-line.ts";
import type { StdioChannel } from "../internal/goplugin/stdio.ts";
import { quotePlugin } from "./diagnose.ts";
import { isAnswered } from "./grpc-errors.ts";
import { callUnary } from "./unary-call.ts";
import { WireReader } from "../internal/goplugin/wire-fields.ts";

/** The gRPC side of a running plugin. */
export interface Connection {
  readonly client: Client;
  /** False once the connection is gone; a plugin does not come back on its own. */
  readonly isConnected: () => boolean;
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
 * Opens the channel, waits until it works, and opens the two long streams that a Go plugin expects, before any other
 * call (go-plugin protocol, sections 5.4, 5.5 and 6.2). No ping: that the channel is ready says as much, for TLS too.
 *
 * @throws CM_PLUGIN_CONNECT, CM_HANDSHAKE_TLS, or the signal's reason
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { line, certificate, signal } = options;
  const channelCredentials =
    certificate === undefined || line.certificate === undefined
      ? credentials.createInsecure()
      : // Loaded only when it is needed: it brings node:tls and node:crypto.
        (await import("../internal/goplugin/auto-mtls.ts")).hostChannelCredentials(certificate, line.certificate);
  const client = new Client(channelTarget(line), channelCredentials, hostChannelOptions);
  const streams = openStreams(client, options.onOutput);
  const close = (): void => {
    for (const stream of streams) stream.cancel();
    client.close();
  };
  try {
    await untilReady(client, options, certificate !== undefined);
    signal?.throwIfAborted();
  } catch (error) {
    close();
    throw error;
  }
  const channel = client.getChannel();
  return {
    client,
    isConnected: () => channel.getConnectivityState(false) === connectivityState.READY,
    requestShutdown: (deadlineMs) =>
      new Promise((resolve) => {
        callUnary(client, shutdownMethod, emptyMessage, deadlineMs, (end) => resolve(isAnswered(end)));
      }),
    close,
  };
}

// What `internal/goplugin` has for this brings the runtime of protobuf, and loading that is a fifth of a short run.
const shutdownMethod = "/plugin.GRPCController/Shutdown";
const stdioMethod = "/plugin.GRPCStdio/StreamStdio";
const brokerMethod = "/plugin.GRPCBroker/StartStream";
const emptyMessage = Buffer.alloc(0);
const keepBytes = (message: Buffer): Buffer => message;

type ByteStream = ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>;

// Both are read to their end, whatever that is: a plugin may leave either out, or end it at once.
function openStreams(client: Client, onOutput: ConnectOptions["onOutput"]): readonly ByteStream[] {
  const stdio = client.makeServerStreamRequest(stdioMethod, keepBytes, keepBytes, emptyMessage, new Metadata());
  const broker = client.makeBidiStreamRequest(brokerMethod, keepBytes, keepBytes, new Metadata());
  for (const stream of [stdio, broker]) stream.on("error", () => {});
  stdio.on("data", (message: Buffer) => readOutput(message, onOutput));
  // Somebody to serve what a plugin announces there, there is not (go-plugin protocol, section 5.5).
  broker.on("data", () => {});
  return [stdio, broker];
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

async function untilReady(client: Client, { timeoutMs, signal }: ConnectOptions, isTls: boolean): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + timeoutMs;
  for (let state = channel.getConnectivityState(true); state !== connectivityState.READY;) {
    if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) {
      throw connectError(await failureReason(client), isTls);
    }
    const changed = await stateChange(client, state, deadline, signal);
    signal?.throwIfAborted();
    if (!changed) throw connectError(`no answer within ${timeoutMs} ms`, isTls);
    state = channel.getConnectivityState(true);
  }
}

function stateChange(
  client: Client,
  state: connectivityState,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(false);
    signal?.addEventListener("abort", stop, { once: true });
    client.getChannel().watchConnectivityState(state, deadline, (error) => {
      signal?.removeEventListener("abort", stop);
      resolve(error === undefined);
    });
  });
}

// Why a channel does not connect is told to calls only, and a call on a failed channel fails at once.
async function failureReason(client: Client): Promise<string> {
  const { checkHealth } = await import("../internal/goplugin/health.ts");
  try {
    await checkHealth(client, 1000);
    return "the connection came too late";
  } catch (error) {
    return error instanceof Error && "details" in error ? String(error.details) : String(error);
  }
}

function connectError(reason: string, isTls: boolean): ConfigManagerError {
  const message = `the connection cannot be made: ${quotePlugin(reason.replace(/^No connection established\. Last error: /, ""))}`;
  return isTls
    ? new ConfigManagerError("CM_HANDSHAKE_TLS", message, {
        hint: "check that the plugin uses the certificates of AutoMTLS",
      })
    : new ConfigManagerError("CM_PLUGIN_CONNECT", message);
}
