/**
 * All of the host that needs gRPC: loaded in one go, while the first plugin starts. Nothing that runs before a launch may
 * import it, or what it exports, but by `import()`.
 */
import type * as tokenStoreV2 from "./token-store-v2.ts";

export { connect } from "./connect.ts";
export { createTokenStoreV1 } from "./token-store-v1.ts";

type TokenStoreV2 = typeof tokenStoreV2;

/** App protocol 2 brings the runtime of protobuf, which no plugin of protocol 1 needs. */
export function loadTokenStoreV2(): Promise<TokenStoreV2> {
  return import("./token-store-v2.ts");
}
