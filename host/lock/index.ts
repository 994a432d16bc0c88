/** The door for commands that lock and verify; what a run needs is behind the host's own. */
export { createDescriber } from "./describe-plugins.ts";
export { hashFile } from "./hash-file.ts";
export { type ListedPlugin, listPlugins } from "./list-plugins.ts";
export { lockPlugins, type LockResult } from "./lock-plugins.ts";
export { isPlatformName } from "./lock-words.ts";
export { type VerifiedFile, verifyPlugins } from "./verify-plugins.ts";
