/**
 * All of the host that needs gRPC: loaded in one go, while the first plugin starts. Nothing that runs before a launch may
 * import it, or what it exports, but by `import()`.
 */
export { connect } from "./connect.ts";
export { createTokenStoreV1 } from "./token-store-v1.ts";
export { openTokenStoreV2 } from "./token-store-v2.ts";
export { encodeEarly, maxMessageRequests } from "./value-messages.ts";
