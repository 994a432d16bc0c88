import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server as SocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import { Client, credentials, type ChannelCredentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import { GrpcClient } from "../../internal/goplugin/grpc/client.ts";
import { GrpcServer } from "../../internal/goplugin/grpc/server.ts";
import type { PluginNetwork } from "../../internal/goplugin/handshake-line.ts";
import { connectPlain } from "../../internal/goplugin/socket-target.ts";
import { type ServiceHandlers, toServiceDefinition } from "../../authoring/plugin-test/grpc/grpc-service.ts";

/** Where a server of a test listens; it ends with the test. */
export interface Served {
  readonly network: PluginNetwork;
  readonly address: string;
  /** A client of grpc-js. */
  readonly client: Client;
  /** Another one. */
  readonly connect: (channelCredentials?: ChannelCredentials) => Client;
  /** A client of our own. */
  readonly connectOwn: () => GrpcClient;
}

/** A server of our own that is reached by grpc-js. */
export interface OwnServed extends Served {
  readonly server: GrpcServer;
}

/** A server of grpc-js. */
export interface PeerServed extends Served {
  readonly server: Server;
}

export interface ServeOptions {
  readonly network?: PluginNetwork;
  /** How our server takes connections; without TLS unless set. */
  readonly createServer?: (server: GrpcServer) => SocketServer;
  readonly channelCredentials?: ChannelCredentials;
}

/** Starts a server of our own with the methods that `addMethods` adds. */
export async function serveOwn(
  addMethods: (server: GrpcServer) => void,
  { network = "unix", createServer: create = plainServer, channelCredentials }: ServeOptions = {},
): Promise<OwnServed> {
  const server = new GrpcServer();
  addMethods(server);
  const sockets = create(server);
  const path = join(temporaryFolder(), "plugin1");
  const where = network === "unix" ? { path } : { host: "127.0.0.1", port: 0 };
  await new Promise<void>((resolve) => sockets.listen(where, resolve));
  onTestFinished(() => {
    server.destroy();
    sockets.close();
  });
  const bound = sockets.address();
  const address = typeof bound === "string" || bound === null ? path : `127.0.0.1:${bound.port}`;
  return { server, ...clientsOf(network, address, channelCredentials) };
}

/** Starts a server of grpc-js with the services that `addServices` adds. */
export async function servePeer(addServices: (server: Server) => void): Promise<PeerServed> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  addServices(server);
  const address = join(temporaryFolder(), "plugin1");
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${address}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { server, ...clientsOf("unix", address, undefined) };
}

/** Makes `server` answer the calls of `service` by the runtime of protobuf, as plugins in other languages do. */
export function addService<M extends GenServiceMethods>(
  server: Server,
  service: GenService<M>,
  handlers: ServiceHandlers<M>,
): void {
  server.addService(toServiceDefinition(service), handlers);
}

function plainServer(server: GrpcServer): SocketServer {
  return createServer((socket) => server.accept(socket));
}

function clientsOf(
  network: PluginNetwork,
  address: string,
  channelCredentials: ChannelCredentials = credentials.createInsecure(),
): Served {
  const connect = (chosen = channelCredentials): Client => {
    const client = new Client(network === "unix" ? `unix://${address}` : address, chosen, {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.ssl_target_name_override": "localhost",
      "grpc.enable_http_proxy": 0,
    });
    onTestFinished(() => client.close());
    return client;
  };
  const connectOwn = (): GrpcClient => {
    const client = new GrpcClient({ socket: connectPlain({ network, address }), connectEvent: "connect" });
    onTestFinished(() => client.close());
    return client;
  };
  return { network, address, client: connect(), connect, connectOwn };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
