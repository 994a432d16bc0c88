import type { Socket } from "node:net";
import { createBrokerService } from "../../internal/goplugin/broker.ts";
import { appProtocolVersions } from "../../internal/goplugin/constants.ts";
import { createControllerService } from "../../internal/goplugin/controller.ts";
import { GrpcServer } from "../../internal/goplugin/grpc/server.ts";
import { chooseAppVersion, type HandshakeEnv } from "../../internal/goplugin/handshake-env.ts";
import { formatHandshakeLine, type PluginNetwork } from "../../internal/goplugin/handshake-line.ts";
import { createHealthService } from "../../internal/goplugin/health.ts";
import { addPluginServices } from "../../internal/goplugin/plugin-services.ts";
import { createStdioService } from "../../internal/goplugin/stdio.ts";
import { type CreateServer, createPlainServer, listen, type Listener } from "./listener.ts";
import { watchParent } from "./parent-watch.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { addProtocol1 } from "./protocol-1.ts";
import { addProtocol2 } from "./protocol-2.ts";
import type { Store } from "./store.ts";
import { createStoreLog } from "./store-log.ts";
import { StoreSession } from "./store-session.ts";

/** How a plugin runs. */
export interface RunOptions {
  readonly network: PluginNetwork;
  readonly exitWithParent: boolean;
  readonly handshake: HandshakeEnv;
}

/** A store's cleaning up may take so long: a host waits two seconds before it kills. */
const maxTearDownMs = 1500;
/** Open calls get so long to end by themselves. */
const maxDrainMs = 100;

/**
 * Runs a store as the plugin that this process is: listens, prints the handshake, sets the store up beside that, and
 * serves until the host asks it to exit, SIGTERM comes or the host is dead. Resolves after the handshake; rejects, with
 * nothing printed, when there cannot be one.
 */
export async function runPlugin(store: Store, own: PluginProcess, options: RunOptions): Promise<void> {
  const { handshake } = options;
  const log = createStoreLog(store.prefix.toLowerCase(), own.writeError);
  for (const text of handshake.junkVersions)
    own.writeError(`[WARN] the host sent an app protocol version that is no number: ${JSON.stringify(text)}\n`);

  const session = new StoreSession(store, { env: own.env, cwd: own.cwd, log });
  const services = { stdio: createStdioService(), broker: createBrokerService(), health: createHealthService() };
  const server = new GrpcServer();
  let listener: Listener | undefined;
  const stop = createStop(() => closeServer(server, listener, services), session, own);
  // From now on: a host that is dead before the handshake is noticed when that cannot be written.
  if (options.exitWithParent) watchParent(own, stop);
  const appVersion = chooseAppVersion(appProtocolVersions, handshake.hostAppVersions);
  addPluginServices(server, { ...services, controller: createControllerService(stop) });
  if (appVersion === 2) addProtocol2(server, session);
  else addProtocol1(server, session);

  const { createServer, certificate } = await prepareServer(handshake.clientCertificatePem, server);
  listener = await listen({ network: options.network, handshake, tempDir: own.tempDir, createServer });
  const { network, address } = listener;
  own.onExit(listener.unlink);
  own.onOutput(services.stdio.write);
  // The host decides what Ctrl-C means; the terminal sends it to both (go-plugin protocol, section 6.7).
  own.onSignal("SIGINT", () => log.trace("plugin received interrupt signal, ignoring"));
  own.onSignal("SIGTERM", stop);
  own.onSignal("SIGHUP", stop);

  const multiplex = handshake.multiplexAsked ? { multiplex: false } : {};
  await own.printHandshake(`${formatHandshakeLine({ appVersion, network, address, ...certificate, ...multiplex })}\n`);
  session.setUp();
}

async function prepareServer(
  hostCertificatePem: string | undefined,
  server: GrpcServer,
): Promise<{ createServer: CreateServer; certificate: { certificate?: Uint8Array } }> {
  const accept = (socket: Socket): void => server.accept(socket);
  if (hostCertificatePem === undefined) return { createServer: () => createPlainServer(accept), certificate: {} };
  // Loaded only when asked for: it brings node:tls and node:crypto.
  const [{ createCertificate }, { createMutualServer }] = await Promise.all([
    import("../../internal/goplugin/certificate.ts"),
    import("../../internal/goplugin/auto-mtls.ts"),
  ]);
  const own = await createCertificate();
  return {
    createServer: () => createMutualServer(own, hostCertificatePem, accept),
    certificate: { certificate: own.certificateDer },
  };
}

/** What ends the plugin, once: streams, store and server, each for a bounded time, then the process with exit code 0. */
function createStop(close: () => Promise<void>, session: StoreSession, own: PluginProcess): () => void {
  let stopping: Promise<unknown> | undefined;
  return () => {
    stopping ??= Promise.all([session.tearDown(maxTearDownMs), close()]).finally(() => own.exit(0));
  };
}

function closeServer(
  server: GrpcServer,
  listener: Listener | undefined,
  { stdio, broker, health }: Record<"stdio" | "broker" | "health", { readonly end: () => void }>,
): Promise<void> {
  for (const service of [stdio, broker, health]) service.end();
  listener?.close();
  return new Promise((resolve) => {
    // An open call would hold it up for ever (go-plugin protocol, section 12.1 row 13).
    const force = setTimeout(() => {
      server.destroy();
      resolve();
    }, maxDrainMs);
    void server.shutDown().then(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
