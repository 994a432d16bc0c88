import {
  type ConnectionOptions as Options,
  type Connections,
  createConnections as open,
} from "../../../internal/network/connections.ts";
import { badRequest, failed } from "../errors.ts";

export type { Connections } from "../../../internal/network/connections.ts";

/** How a store reaches its service. */
export type ConnectionOptions = Omit<Options, "toError">;

/**
 * The connections of one store to its service. Throws `badRequest` for a proxy and `failed` for a CA file that cannot be
 * used.
 */
export function createConnections(options: ConnectionOptions): Connections {
  return open({
    ...options,
    toError: ({ setting, message, hint, cause }) =>
      setting === "proxy" ? badRequest(message, { hint }) : failed(message, { hint, cause }),
  });
}
