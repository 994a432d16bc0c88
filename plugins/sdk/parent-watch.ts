import type { PluginProcess } from "./plugin-process.ts";

/**
 * Calls back once when the process that launched this one is dead, noticed within a second: go-plugin has no other way
 * for a plugin to learn of it (go-plugin protocol, section 6.8). Returns how to stop watching.
 */
export function watchParent(
  { parentId, isRunning, platform }: Pick<PluginProcess, "parentId" | "isRunning" | "platform">,
  onDead: () => void,
): () => void {
  const parent = parentId();
  const timer = setInterval(() => {
    // An orphan is given another parent, but not on Windows, where the dead one's id stays.
    const isAlive = platform === "win32" ? isRunning(parent) : parentId() === parent;
    if (isAlive) return;
    clearInterval(timer);
    onDead();
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}

const pollMs = 1000;
