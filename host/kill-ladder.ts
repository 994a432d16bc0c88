import { setTimeout as delay } from "node:timers/promises";
import type { PluginProcess } from "./plugin-process.ts";

/** After SIGTERM, for a plugin that cleans up; one of go-plugin dies of it at once (go-plugin protocol, section 6.7). */
const terminateMs = 250;
/** After SIGKILL; only a process that hangs in the kernel outlives that. */
const killMs = 1000;

/**
 * Ends a plugin: waits `graceMs` for its exit, then SIGTERM, then SIGKILL, to the whole group. Resolves in bounded
 * time, when the process is gone and its pipes are closed.
 */
export async function endProcess(child: PluginProcess, { graceMs }: { readonly graceMs: number }): Promise<void> {
  if (!(await exitsWithin(child, graceMs))) {
    child.signalGroup("SIGTERM");
    await exitsWithin(child, terminateMs);
  }
  await killProcess(child);
}

/** Ends a plugin at once, with all it has started: what a Go host does with one that fails its handshake. */
export async function killProcess(child: PluginProcess): Promise<void> {
  child.signalGroup("SIGKILL");
  if (await exitsWithin(child, killMs)) await child.drained;
}

/** True when the process ends within that time; has no timer left when it resolves. */
export async function exitsWithin(child: PluginProcess, ms: number): Promise<boolean> {
  if (child.exitStatus() !== undefined) return true;
  const timer = new AbortController();
  const ended = await Promise.race([
    child.exited.then(() => true),
    delay(ms, false, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  return ended;
}
