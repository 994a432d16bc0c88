import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../internal/log/logger.ts";
import { type FirstLine, readFirstLine } from "./first-line.ts";
import type { HostContext } from "./host-context.ts";
import { readStderr, type StderrTail } from "./plugin-stderr.ts";

/** How a process ended: one of the two is set. */
export interface ExitStatus {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** What is run. */
export interface PluginCommand {
  /** For log records and errors. */
  readonly prefix: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** One plugin as a process: what it prints is read from the turn on in which it was spawned, for as long as it lives. */
export interface PluginProcess {
  readonly firstLine: Promise<FirstLine>;
  readonly stderr: StderrTail;
  /** Resolves when the process itself is gone, whoever still holds its pipes. */
  readonly exited: Promise<ExitStatus>;
  /** Undefined while it lives. */
  readonly exitStatus: () => ExitStatus | undefined;
  /** Resolves when both pipes are at their end, at the latest a moment after the exit; then they are closed. */
  readonly drained: Promise<void>;
  /**
   * Signals the process and everything it has started that is still in its group; nothing happens after its exit,
   * with which the rest of the group is killed in any case.
   */
  readonly signalGroup: (signal: "SIGTERM" | "SIGKILL") => void;
}

/** How long the pipes are read after the exit: a grandchild may hold them for ever (go-plugin protocol, section 6.3). */
const drainMs = 100;

/**
 * Spawns a plugin in a process group of its own, so that what it starts can be ended with it and a Ctrl-C in the
 * terminal reaches the host alone, which then shuts the plugin down. stdin is empty: the terminal is not the plugin's.
 *
 * Node's own `spawn` rather than a wrapper: a wrapper waits for the pipes where this needs the exit, and its loading
 * would be a fifth of what a run takes. Rejects with the error of `spawn`, which for some causes throws and for others
 * reports later (go-plugin protocol, section 12.1 row 17).
 */
export async function spawnPlugin(
  command: PluginCommand,
  context: Pick<HostContext, "kill" | "platform">,
  logger: Logger,
): Promise<PluginProcess> {
  const isWindows = context.platform === "win32";
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: !isWindows,
    windowsHide: true,
  });
  // In the same turn: what comes before a listener is there would be lost when the process ends at once.
  const firstLine = readFirstLine(child.stdout);
  const stderr = readStderr(child.stderr, command.prefix, logger);
  if (child.pid === undefined) throw await spawnError(child);
  const groupId = child.pid;
  const signalAll = (signal: "SIGTERM" | "SIGKILL"): void => {
    try {
      if (isWindows) child.kill(signal);
      else context.kill(-groupId, signal);
    } catch {
      // Nobody is left in the group.
    }
  };
  // An error after the spawn is a signal that could not be sent.
  child.on("error", () => {});

  let exitStatus: ExitStatus | undefined;
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once("exit", (code, signal) => {
      exitStatus = { exitCode: code ?? undefined, signal: signal ?? undefined };
      // At once, and never later: what the plugin has left behind would outlive the run, and the number of a group
      // that has nobody in it may soon be somebody else's.
      signalAll("SIGKILL");
      resolve(exitStatus);
    });
  });
  return {
    firstLine,
    stderr,
    exited,
    exitStatus: () => exitStatus,
    drained: drain(child, exited),
    signalGroup(signal) {
      if (exitStatus === undefined) signalAll(signal);
    },
  };
}

function spawnError(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => {
    child.once("error", resolve);
  });
}

async function drain(child: ChildProcess, exited: Promise<ExitStatus>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  await exited;
  const timer = new AbortController();
  await Promise.race([closed, delay(drainMs, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
}
