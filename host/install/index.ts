/**
 * Brings plugins to where they are looked for, and takes them away: sources, checksums, atomic placing, the lock. A run never gets
 * here. Called by the commands `plugin install`, `plugin remove` and `init`.
 */
export { lockedNames, publishedNames } from "./installable.ts";
export { type InstalledPlugin } from "./install-one.ts";
export { type InstallOptions, installPlugins } from "./install-plugins.ts";
export { type InstallRequest, parseRequest } from "./install-plan.ts";
export { type InstallSource, parseSource } from "./install-source.ts";
export { type InstallTarget, installTarget } from "./install-target.ts";
export { publishedOfLocked } from "./published-of-locked.ts";
export { readSigner } from "./signatures/signer.ts";
export { createChecksumsVerifier } from "./signatures/verify-checksums.ts";
export { type RemovedPlugin, removePlugin } from "./remove-plugins.ts";
