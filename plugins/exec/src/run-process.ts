import { type ChildProcess, spawn } from "node:child_process";
import { platform } from "node:os";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** What is run, and how long and how much. */
export interface ProcessCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** Sends a signal to a process, or to a whole group by its negated id, as `process.kill` does. */
export type Kill = (processId: number, signal: NodeJS.Signals) => unknown;

/** How a process was ended from here. */
export type ProcessLimit = "too late" | "too large";

/** How a process ended, and what it printed. */
export interface ProcessEnd {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** The limit at which it was ended; what it printed is then not all. */
  readonly limit: ProcessLimit | undefined;
  readonly stdout: Uint8Array;
  /** The end of it, as text. */
  readonly stderr: string;
}

/** From SIGTERM to SIGKILL; a plugin's own end waits for both, for a second and a half. */
const graceMs = 500;
/** How long stderr is waited for when nothing else is missing: what has left the group may hold it for ever. */
const stderrMs = 250;
const keptStderrBytes = 16_384;

/**
 * Runs a process without a shell, in a group of its own, with an empty stdin, to its end and that of its output. What is
 * left of its group is killed with it; at a limit, and when the signal is aborted, the group is terminated before.
 *
 * Rejects with the error of `spawn`, or with the reason of the signal when the process is gone.
 */
export async function runProcess(call: ProcessCall, signal: AbortSignal, kill: Kill): Promise<ProcessEnd> {
  signal.throwIfAborted();
  const isWindows = platform() === "win32";
  const child = spawn(call.program, call.args, {
    cwd: call.cwd,
    env: call.env,
    stdio: ["ignore", "pipe", "pipe"],
    shell: false,
    detached: !isWindows,
    windowsHide: true,
  });
  if (child.pid === undefined) throw await spawnError(child);
  const group = createGroup(child, isWindows ? () => child.kill() : kill);
  let limit: ProcessLimit | undefined;
  const stopAt = (reached: ProcessLimit): void => {
    limit ??= reached;
    group.end();
  };
  const stdout = collect(child.stdout, call.maxOutputBytes, () => stopAt("too large"));
  const stderr = keepEnd(child.stderr);
  const outputEnded = closed(child.stdout);
  const errorEnded = closed(child.stderr);
  const timer = setTimeout(stopAt, call.timeoutMs, "too late");
  signal.addEventListener("abort", group.end, { once: true });
  try {
    const status = await group.exited;
    // For as long as it takes, and the time-out allows: a value that is cut short would look like one.
    await outputEnded;
    await endsWithin(errorEnded, stderrMs);
    signal.throwIfAborted();
    return { ...status, limit, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", group.end);
    child.stderr.destroy();
  }
}

interface Group {
  readonly exited: Promise<Pick<ProcessEnd, "exitCode" | "signal">>;
  /** Terminates what lives of the group, then kills it; gives up the pipes of what has left the group. */
  readonly end: () => void;
}

function createGroup(child: ChildProcess, kill: Kill): Group {
  let isEnding = false;
  let hasExited = false;
  let killLater: NodeJS.Timeout | undefined;
  const signalAll = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) kill(-child.pid, name);
    } catch {
      // Nobody is left in the group.
    }
  };
  // A signal that could not be sent.
  child.on("error", () => {});
  const closePipes = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const exited = new Promise<Pick<ProcessEnd, "exitCode" | "signal">>((resolve) => {
    child.once("exit", (code, name) => {
      hasExited = true;
      clearTimeout(killLater);
      // At once, and never later: the number of a group that has nobody in it may soon be somebody else's.
      signalAll("SIGKILL");
      if (isEnding) closePipes();
      resolve({ exitCode: code ?? undefined, signal: name ?? undefined });
    });
  });
  return {
    exited,
    end() {
      if (isEnding) return;
      isEnding = true;
      if (hasExited) return closePipes();
      signalAll("SIGTERM");
      killLater = setTimeout(signalAll, graceMs, "SIGKILL");
    },
  };
}

function spawnError(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => {
    child.once("error", resolve);
  });
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once("close", resolve).on("error", () => {});
  });
}

async function endsWithin(end: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([end, delay(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

function collect(stream: Readable, maxBytes: number, onTooLarge: () => void): () => Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  stream.on("data", (chunk: Buffer) => {
    total += chunk.length;
    if (total <= maxBytes) return void chunks.push(chunk);
    chunks.length = 0;
    onTooLarge();
  });
  return () => Buffer.concat(chunks);
}

function keepEnd(stream: Readable): () => string {
  let end = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    end = Buffer.concat([end, chunk]).subarray(-keptStderrBytes);
  });
  return () => end.toString("utf8");
}
