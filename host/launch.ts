import { setTimeout as delay } from "node:timers/promises";
import { ConfigManagerError, isConfigManagerError } from "../internal/errors/errors.ts";
import { appProtocolVersions, cookieValues } from "../internal/goplugin/constants.ts";
import { createHandshakeEnv } from "../internal/goplugin/handshake-env.ts";
import { type HandshakeLine, parseHandshakeLine } from "../internal/goplugin/handshake-line.ts";
import type { Logger } from "../internal/log/logger.ts";
import { exitError, handshakeError, pluginError, type PluginSuspect, quotePlugin, spawnFailure } from "./diagnose.ts";
import type { FoundPlugin } from "./discover.ts";
import type { FirstLine } from "./first-line.ts";
import type { HostContext } from "./host-context.ts";
import { exitsWithin, killProcess } from "./kill-ladder.ts";
import { commandOf } from "./plugin-command.ts";
import type { FileFacts } from "./preflight.ts";
import { type PluginProcess, spawnPlugin } from "./plugin-process.ts";

/** What is launched, and how. */
export interface LaunchOptions {
  readonly plugin: FoundPlugin;
  readonly facts: FileFacts;
  readonly context: HostContext;
  /** Below go-plugin's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Undefined on Windows. */
  readonly socketDir: string | undefined;
  /** Turns AutoMTLS on. */
  readonly clientCertificatePem: string | undefined;
  /** Until the handshake line is there, for each try. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Called with each process as soon as there is one, so that it can be killed whatever happens next. */
  readonly onSpawn: (child: PluginProcess) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A plugin that has said where it listens. */
export interface LaunchedPlugin {
  readonly child: PluginProcess;
  readonly line: HandshakeLine;
}

/** Waits before trying again what somebody still writes, a fresh download for instance (go-plugin protocol, section 10.3). */
const busyRetriesMs = [50, 100, 200] as const;
/** From the end of stdout to the exit that explains it. */
const exitAfterCloseMs = 250;
/** How a Go plugin's complaint about the cookie begins (go-plugin protocol, section 2.5). */
const cookieComplaint = /^This binary is a plugin/;

/**
 * Starts a plugin and reads its handshake line; a plugin that refuses the magic cookie of v3.0.0 is started once more
 * with the later one (go-plugin protocol, sections 2 and 5.8). The process is spawned before this returns its promise
 * for the first time to the event loop, and is gone when it rejects.
 *
 * @throws CM_PLUGIN_NOT_EXECUTABLE, CM_PLUGIN_EXITED_EARLY, CM_PLUGIN_START_TIMEOUT, CM_HANDSHAKE_*, or the signal's reason
 */
export async function launchPlugin(options: LaunchOptions): Promise<LaunchedPlugin> {
  const suspect = { prefix: options.plugin.prefix, facts: options.facts };
  for (const cookieValue of cookieValues) {
    options.signal?.throwIfAborted();
    const child = await spawnPatiently(options, cookieValue, suspect);
    try {
      return { child, line: await shakeHands(child, options, suspect) };
    } catch (error) {
      await killProcess(child);
      if (!isConfigManagerError(error) || error.code !== "CM_HANDSHAKE_COOKIE") throw error;
      options.logger.log("debug", "a plugin refused the magic cookie", { prefix: suspect.prefix, cookie: cookieValue });
      if (cookieValue === cookieValues.at(-1)) throw error;
    }
  }
  throw new ConfigManagerError("CM_INTERNAL", "there is no magic cookie to launch a plugin with");
}

async function spawnPatiently(
  options: LaunchOptions,
  cookieValue: string,
  suspect: PluginSuspect,
): Promise<PluginProcess> {
  const { plugin, context } = options;
  const handshake = createHandshakeEnv({
    cookieValue,
    appVersions: appProtocolVersions,
    socketDir: options.socketDir,
    clientCertificatePem: options.clientCertificatePem,
  });
  const command = {
    prefix: plugin.prefix,
    ...commandOf(plugin, context),
    env: { ...options.env, ...handshake },
    cwd: context.cwd,
  };
  for (let attempt = 0; ; attempt++) {
    try {
      const child = await spawnPlugin(command, context, options.logger);
      options.onSpawn(child);
      return child;
    } catch (error) {
      const waitMs = busyRetriesMs[attempt];
      const isBusy = error instanceof Error && "code" in error && error.code === "ETXTBSY";
      if (!isBusy || waitMs === undefined) throw spawnFailure(error, suspect);
      await delay(waitMs, undefined, { signal: options.signal });
    }
  }
}

async function shakeHands(
  child: PluginProcess,
  options: LaunchOptions,
  suspect: PluginSuspect,
): Promise<HandshakeLine> {
  const first = await Promise.race([child.firstLine, timeout(child, options, suspect)]);
  if (first.kind !== "line") throw await noLine(first, child, suspect);
  try {
    return parseHandshakeLine(first.text, {
      appVersions: appProtocolVersions,
      autoMtls: options.clientCertificatePem !== undefined,
    });
  } catch (error) {
    if (!isConfigManagerError(error)) throw error;
    // What prints something else often ends right after it, and how it ended belongs to the explanation.
    if (error.code === "CM_HANDSHAKE_MALFORMED") await exitsWithin(child, exitAfterCloseMs);
    throw handshakeError(error, suspect, child);
  }
}

// Rejects after the time, or with the signal's reason; its timer and listener end with the line or the exit.
async function timeout(child: PluginProcess, options: LaunchOptions, suspect: PluginSuspect): Promise<never> {
  const settled = new AbortController();
  const stop = (): void => settled.abort();
  void child.firstLine.then(stop);
  const signals = options.signal === undefined ? [settled.signal] : [settled.signal, options.signal];
  try {
    await delay(options.timeoutMs, undefined, { signal: AbortSignal.any(signals) });
  } catch {
    options.signal?.throwIfAborted();
    // The line is there; whoever waits for this has it already.
    return new Promise<never>(() => {});
  }
  throw pluginError(
    "CM_PLUGIN_START_TIMEOUT",
    `printed no handshake line within ${options.timeoutMs} ms`,
    suspect,
    child,
    {
      hint: "look at its stderr with --verbose, or raise --plugin-start-timeout",
    },
  );
}

async function noLine(first: FirstLine, child: PluginProcess, suspect: PluginSuspect): Promise<ConfigManagerError> {
  if (first.kind === "too long") {
    return pluginError(
      "CM_HANDSHAKE_MALFORMED",
      `printed no handshake but a line that begins "${quotePlugin(first.text, 100)}"`,
      suspect,
      child,
    );
  }
  if (!(await exitsWithin(child, exitAfterCloseMs))) {
    return pluginError("CM_HANDSHAKE_MALFORMED", "closed its stdout without a handshake line", suspect, child);
  }
  await child.drained;
  if (child.exitStatus()?.exitCode === 1 && cookieComplaint.test(child.stderr.start())) {
    return pluginError("CM_HANDSHAKE_COOKIE", "refused the magic cookie", suspect, child, {
      hint: "check that it is a plugin of configmanager",
    });
  }
  const printed = first.text === "" ? "" : `, having printed "${quotePlugin(first.text, 100)}" without a line feed,`;
  return exitError("CM_PLUGIN_EXITED_EARLY", `before its handshake${printed}`.replace(/,$/, ""), suspect, child);
}
