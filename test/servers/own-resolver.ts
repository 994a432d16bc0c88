import { join } from "node:path";

const file = join(import.meta.dirname, "resolver.cjs");

/**
 * The variables with which a plugin asks no name server: it is told what `TEST_RESOLVE_TO` says, or that there is no such host.
 * Node and the executable each have their own.
 */
export const ownResolver: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--require=${file}`,
  BUN_OPTIONS: `--preload=${file}`,
};
