import type { FoundPlugin } from "./discover.ts";

/**
 * Asked about a plugin that was found and can be run, before it is launched for the first time: whether it is the one that
 * was locked, whether its folder is trusted. Rejects with what ends the run (exit code 7); what it says holds for the pool.
 */
export type PluginGuard = (plugin: FoundPlugin) => Promise<void> | void;
