import type { Environment } from "../../internal/goplugin/handshake-env.ts";
import type { StdioChannel } from "../../internal/goplugin/stdio.ts";

/** The process that a plugin is, as `serve.ts` hands it in; a test hands in another. */
export interface PluginProcess {
  /** Without the variables of the handshake. */
  readonly env: Environment;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** Where sockets are made when the host names no folder. */
  readonly tempDir: string;
  /** The parent when this process began to serve. */
  readonly firstParentId: number;
  /** The parent now: another one as soon as the first is dead, but not on Windows. */
  readonly parentId: () => number;
  /** True while a process of this id is there. */
  readonly isRunning: (processId: number) => boolean;
  /** Writes to the real stdout and resolves when the system has the text; rejects when nobody can read it. */
  readonly printHandshake: (line: string) => Promise<void>;
  /** Writes to the real stderr; never throws. */
  readonly writeError: (text: string) => void;
  /** Takes what the plugin's code prints from now on, and what was kept of before. */
  readonly onOutput: (sink: (channel: StdioChannel, data: Uint8Array) => void) => void;
  readonly onSignal: (name: "SIGINT" | "SIGTERM" | "SIGHUP", callback: () => void) => void;
  /** Calls back, synchronously, when the process ends in whatever way it can notice. */
  readonly onExit: (callback: () => void) => void;
  readonly exit: (code: number) => void;
}
