import type { PluginProcess } from "./plugin-process.ts";

/**
 * Calls back once when the process that launched this one is dead, noticed within a second: go-plugin has no other way
 * for a plugin to learn of it (go-plugin protocol, section 6.8). Returns how to stop watching.
 */
export function watchParent(
  { firstParentId, parentId, isRunning, platform }: ParentFacts,
  onDead: () => void,
): () => void {
  const timer = setInterval(() => {
    // An orphan is given another parent, but not on Windows, where the dead one's id stays.
    const isAlive = platform === "win32" ? isRunning(firstParentId) : parentId() === firstParentId;
    if (isAlive) return;
    clearInterval(timer);
    onDead();
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}

type ParentFacts = Pick<PluginProcess, "firstParentId" | "parentId" | "isRunning" | "platform">;

const pollMs = 1000;
