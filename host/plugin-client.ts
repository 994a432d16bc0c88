import type { StoreConfig } from "../internal/config/config.ts";
import { ConfigManagerError, isConfigManagerError } from "../internal/errors/errors.ts";
import type { Certificate } from "../internal/goplugin/certificate.ts";
import type { HandshakeLine } from "../internal/goplugin/handshake-line.ts";
import type { StdioChannel } from "../internal/goplugin/stdio.ts";
import type { LogFields, Logger } from "../internal/log/logger.ts";
import type { StoreRequest, TokenStore } from "../internal/resolve/token-store.ts";
import type { Connection } from "./connect.ts";
import { exitError, pluginError, type PluginSuspect } from "./diagnose.ts";
import type { FoundPlugin } from "./discover.ts";
import { mayBeConnectionLoss } from "./grpc-errors.ts";
import type { HostContext } from "./host-context.ts";
import { endProcess, exitsWithin, killProcess } from "./kill-ladder.ts";
import { type LaunchedPlugin, launchPlugin } from "./launch.ts";
import { pluginEnvironment } from "./plugin-environment.ts";
import type * as overGrpcModule from "./over-grpc.ts";
import type { PluginLink } from "./plugin-link.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { openStore } from "./open-store.ts";
import { logRecord } from "./plugin-stderr.ts";
import type { FileFacts } from "./preflight.ts";
import { createSocketFolder, removeSocket, type SocketFolder } from "./socket-folder.ts";

/** One plugin to run, everything decided. */
export interface PluginClientOptions {
  readonly plugin: FoundPlugin;
  readonly facts: FileFacts;
  readonly store: StoreConfig;
  readonly context: HostContext;
  readonly timeoutMs: number;
  readonly startTimeoutMs: number;
  readonly concurrency: number;
  readonly autoMtls: boolean;
  readonly logger: Logger;
  /** What its store will be asked for as soon as it is there. */
  readonly expected?: readonly StoreRequest[] | undefined;
  /** Ends the start, and with it the process, while it is not ready. */
  readonly signal?: AbortSignal | undefined;
}

/** How a plugin is spoken to. */
export interface HandshakeFacts {
  readonly appVersion: number;
  readonly network: string;
  /** AutoMTLS. */
  readonly isEncrypted: boolean;
}

/** Where a plugin is in its life; nothing leads back. */
export type PluginState = "starting" | "ready" | "stopping" | "exited";

/** For `Shutdown` to be answered, and for the exit after it (go-plugin protocol, section 6.3). */
const shutdownMs = 2000;
/** From a lost connection to the exit that explains it. */
const exitAfterLossMs = 1000;

type OverGrpc = typeof overGrpcModule;

/** One plugin process from its launch, which begins when this is made, to its end. */
export class PluginClient {
  /** Rejects with why the plugin could not be started; the process is gone then. */
  readonly ready: Promise<TokenStore>;
  readonly #options: PluginClientOptions;
  readonly #suspect: PluginSuspect;
  #folder: SocketFolder | undefined;
  readonly #stop = new AbortController();
  #state: PluginState = "starting";
  #handshake: HandshakeFacts | undefined;
  #hasCrashed = false;
  #child: PluginProcess | undefined;
  #connection: Connection | undefined;
  #socket: string | undefined;
  #ended: Promise<void> | undefined;
  #loss: Promise<ConfigManagerError> | undefined;

  constructor(options: PluginClientOptions) {
    this.#options = options;
    this.#suspect = { prefix: options.plugin.prefix, facts: options.facts };
    this.ready = this.#start();
    // Whoever asks for the store gets the error; nobody may ever do so.
    this.ready.catch(() => {});
  }

  get state(): PluginState {
    return this.#state;
  }

  /** How it can be spoken to; undefined before its handshake. */
  get handshake(): HandshakeFacts | undefined {
    return this.#handshake;
  }

  /** It was ready, and has ended without being asked to. */
  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /**
   * Asks the plugin to exit, then makes it, and removes its sockets; resolves in bounded time, also after a start that
   * failed, and when it is called again (go-plugin protocol, section 6.3).
   */
  shutDown(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Kills the plugin and all it has started, and removes its sockets, in this turn. */
  killNow(): void {
    this.#child?.signalGroup("SIGKILL");
    this.#removeSockets();
  }

  async #start(): Promise<TokenStore> {
    const { signal, context } = this.#options;
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    try {
      if (context.platform !== "win32") this.#folder = createSocketFolder(context.tempDir);
      const certificate = this.#options.autoMtls ? await createOwnCertificate() : undefined;
      // The plugin is spawned when the first of the two returns: gRPC is loaded while it starts.
      const [{ child, line }, overGrpc] = await Promise.all([
        this.#launch(certificate, stop),
        import("./over-grpc.ts").then((loaded) => this.#useTheWait(loaded)),
      ]);
      if (line.network === "unix") this.#socket = line.address;
      const { appVersion, network } = line;
      this.#handshake = { appVersion, network, isEncrypted: line.certificate !== undefined };
      this.#debug("a plugin shook hands", { appVersion, network, tls: line.certificate !== undefined });
      this.#warnOfOpenPort(line);
      this.#connection = await overGrpc
        .connect({
          line,
          certificate,
          timeoutMs: this.#options.startTimeoutMs,
          onOutput: (channel, data) => this.#logOutput(channel, data),
          signal: stop,
        })
        .catch(async (error: unknown) => {
          throw stop.aborted ? error : await this.#connectFailure(error, child);
        });
      const store = await openStore(line.appVersion, this.#link(), overGrpc, {
        store: this.#options.store,
        concurrency: this.#options.concurrency,
        signal: stop,
      });
      stop.throwIfAborted();
      this.#state = "ready";
      void child.exited.then(() => this.#onExit());
      return store;
    } catch (error) {
      await this.#cleanUp();
      throw stop.aborted ? stop.reason : error;
    }
  }

  // Many requests are put into messages while the plugin starts. One of app protocol 1 has no use for them.
  #useTheWait(overGrpc: OverGrpc): OverGrpc {
    const { expected } = this.#options;
    if (expected !== undefined && expected.length > overGrpc.maxMessageRequests) {
      overGrpc.encodeEarly(expected, () => this.#state === "starting" && this.#handshake?.appVersion !== 1);
    }
    return overGrpc;
  }

  async #launch(certificate: Certificate | undefined, signal: AbortSignal): Promise<LaunchedPlugin> {
    const { plugin, facts, store, context, logger, startTimeoutMs } = this.#options;
    this.#debug("a plugin is launched", { file: facts.file, cwd: context.cwd });
    return launchPlugin({
      plugin,
      facts,
      context,
      env: pluginEnvironment(context.env, store, context.platform),
      socketDir: this.#folder?.path,
      clientCertificatePem: certificate?.certificatePem,
      timeoutMs: startTimeoutMs,
      logger,
      onSpawn: (child) => (this.#child = child),
      signal,
    });
  }

  #link(): PluginLink {
    const { plugin, store, timeoutMs } = this.#options;
    return {
      prefix: plugin.prefix,
      connection: this.#connection!,
      timeoutMs: store.timeoutMs ?? timeoutMs,
      lossBehind: async (status) => {
        if (!mayBeConnectionLoss(status) || this.#isReachable()) return undefined;
        this.#loss ??= this.#explainLoss();
        return this.#loss;
      },
    };
  }

  #isReachable(): boolean {
    return this.#child?.exitStatus() === undefined && this.#connection?.client.isConnected === true;
  }

  async #explainLoss(): Promise<ConfigManagerError> {
    const child = this.#child!;
    if (await exitsWithin(child, exitAfterLossMs)) await child.drained;
    const error = exitError("CM_PLUGIN_CRASHED", "while it was asked", this.#suspect, child);
    // A plugin that lives on without its connection is of no use; the next time there will be a new one.
    this.#onExit();
    return error;
  }

  // A connection that cannot be made is explained by the plugin's exit, where there is one.
  async #connectFailure(error: unknown, child: PluginProcess): Promise<unknown> {
    if (!isConfigManagerError(error)) return error;
    if (await exitsWithin(child, exitAfterLossMs / 4)) {
      await child.drained;
      return exitError("CM_PLUGIN_CRASHED", "right after its handshake", this.#suspect, child);
    }
    return pluginError(error.code, `started, but ${error.message}`, this.#suspect, child, {
      hint: error.hint,
      cause: error,
    });
  }

  #onExit(): void {
    if (this.#state !== "ready") return;
    this.#debug("a plugin ended by itself", { ...this.#child?.exitStatus() });
    this.#hasCrashed = true;
    this.#state = "exited";
    this.#ended ??= this.#cleanUp();
  }

  async #end(): Promise<void> {
    this.#stop.abort(new ConfigManagerError("CM_CANCELED", "the plugins are shut down"));
    const child = this.#child;
    const connection = this.#connection;
    if (this.#state === "ready" && child !== undefined && connection !== undefined) {
      this.#state = "stopping";
      const wasAsked = await Promise.race([connection.requestShutdown(shutdownMs), child.exited.then(() => true)]);
      connection.close();
      await endProcess(child, { graceMs: wasAsked ? shutdownMs : 0 });
      this.#debug("a plugin was shut down", { ...child.exitStatus() });
    } else {
      await this.ready.catch(() => {});
    }
    await this.#cleanUp();
  }

  // Leaves nothing behind, wherever the plugin is in its life.
  async #cleanUp(): Promise<void> {
    this.#connection?.close();
    if (this.#child !== undefined) await killProcess(this.#child);
    this.#removeSockets();
    this.#state = "exited";
  }

  // Built only where it is shown.
  #debug(message: string, fields: LogFields): void {
    const { logger, plugin } = this.#options;
    if (logger.isEnabled("debug")) logger.log("debug", message, { plugin: plugin.prefix, ...fields });
  }

  #removeSockets(): void {
    if (this.#socket !== undefined) removeSocket(this.#socket);
    this.#folder?.remove();
  }

  #warnOfOpenPort({ network, certificate }: HandshakeLine): void {
    if (network !== "tcp" || certificate !== undefined) return;
    const { logger, plugin } = this.#options;
    logger.log("warn", "a plugin listens on a port that every user of this machine can reach", {
      plugin: plugin.prefix,
    });
  }

  // What the plugin's code prints is no log record; debug is all it deserves (go-plugin protocol, section 5.4).
  #logOutput(channel: StdioChannel, data: Uint8Array): void {
    const { logger, plugin } = this.#options;
    if (!logger.isEnabled("debug")) return;
    const message = Buffer.from(data).toString("utf8").trimEnd();
    logRecord({ level: "debug", message, fields: { channel } }, plugin.prefix, logger);
  }
}

// Loaded only when it is needed: it brings node:crypto.
async function createOwnCertificate(): Promise<Certificate> {
  const { createCertificate } = await import("../internal/goplugin/certificate.ts");
  return createCertificate();
}
