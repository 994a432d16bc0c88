import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import { Client, credentials as channel, type ChannelCredentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import { channelTarget, hostChannelOptions, pluginServerOptions } from "../../internal/goplugin/channel-options.ts";
import { type ServiceHandlers, toServiceDefinition } from "../../internal/goplugin/grpc-service.ts";
import type { PluginNetwork } from "../../internal/goplugin/handshake-line.ts";

/** A real server and a client to it, with the options that host and plugin use; both end with the test. */
export interface GrpcPair {
  readonly server: Server;
  readonly client: Client;
  readonly network: PluginNetwork;
  readonly address: string;
  /** Another client to the same server. */
  readonly connect: (credentials?: ChannelCredentials) => Client;
}

export interface GrpcPairOptions {
  readonly network?: PluginNetwork;
  readonly serverCredentials?: ServerCredentials;
  readonly channelCredentials?: ChannelCredentials;
}

/** Starts a server with the services that `addServices` adds, and connects to it. */
export async function startGrpcPair(
  addServices: (server: Server) => void,
  { network = "unix", serverCredentials, channelCredentials }: GrpcPairOptions = {},
): Promise<GrpcPair> {
  const server = new Server(pluginServerOptions);
  addServices(server);
  const address = await listen(server, network, serverCredentials ?? ServerCredentials.createInsecure());
  onTestFinished(() => server.forceShutdown());
  const connect = (credentials = channelCredentials ?? channel.createInsecure()): Client => {
    const client = new Client(channelTarget({ network, address }), credentials, hostChannelOptions);
    onTestFinished(() => client.close());
    return client;
  };
  return { server, client: connect(), network, address, connect };
}

async function listen(server: Server, network: PluginNetwork, credentials: ServerCredentials): Promise<string> {
  if (network === "tcp") return `127.0.0.1:${await bind(server, "127.0.0.1:0", credentials)}`;
  const folder = mkdtempSync(join(tmpdir(), "cm-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "plugin1");
  await bind(server, channelTarget({ network, address: path }), credentials);
  return path;
}

function bind(server: Server, target: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Makes `server` answer the calls of `service` by the runtime of protobuf, as plugins in other languages do. */
export function addService<M extends GenServiceMethods>(
  server: Server,
  service: GenService<M>,
  handlers: ServiceHandlers<M>,
): void {
  server.addService(toServiceDefinition(service), handlers);
}
