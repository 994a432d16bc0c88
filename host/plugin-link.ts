import type { ConfigManagerError } from "../internal/errors/errors.ts";
import type { Connection } from "./connect.ts";

/** What a token store needs of the plugin behind it. */
export interface PluginLink {
  readonly prefix: string;
  readonly connection: Connection;
  /** Milliseconds until a call, or what is unanswered of a stream, is given up. */
  readonly timeoutMs: number;
  /**
   * The plugin's error when a call that ended with this status has lost the plugin or its connection, undefined when
   * the status is the plugin's own answer. Waits a moment for the exit that explains a lost connection.
   */
  readonly lossBehind: (status: { readonly code: number }) => Promise<ConfigManagerError | undefined>;
}
