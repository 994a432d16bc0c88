/**
 * What a store plugin's `main.ts` calls: makes this process a plugin. The one file of the SDK that touches the process;
 * all the rest is told of it and can be run in a test. Loads gRPC only after the magic cookie was right.
 */
import { writeSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { cookieKey, pluginVariableNames } from "../../internal/goplugin/constants.ts";
import { readHandshakeEnv } from "../../internal/goplugin/handshake-env.ts";
import { checkStore } from "./check-store.ts";
import { introduction } from "./introduction.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { redirectConsole, redirectOutput } from "./redirect-output.ts";
import type { Store } from "./store.ts";

/** How a plugin runs; the defaults are right for every plugin that a host launches. */
export interface ServeOptions {
  /** Exit when the process that launched the plugin is dead; true unless set. Off for a plugin that hosts attach to. */
  readonly exitWithParent?: boolean | undefined;
  /** Listen on a unix socket or on a TCP port of this machine; by the system unless set: `tcp` on Windows alone. */
  readonly network?: "unix" | "tcp" | undefined;
}

/**
 * Serves a store to the host that launched this process, until that wants it to end. Returns at once and never throws:
 * nothing needs to be awaited.
 *
 * Without a host (no or another magic cookie) it says what the plugin is, on stderr, and exits with 1; so it does with
 * the reason when the plugin cannot start. Nothing but the handshake ever reaches stdout: what the store prints goes to
 * the host another way, and SIGINT is the host's business.
 */
export function serve(store: Store, options: ServeOptions = {}): void {
  const handshake = readHandshakeEnv(process.env);
  if (!handshake.cookieMatches) return endWith(introduction(store));
  try {
    checkStore(store);
  } catch (error) {
    return endWith(cannotStart(error));
  }
  // A process that the store starts, a host perhaps, must not take this handshake for its own.
  for (const name of [cookieKey, ...pluginVariableNames]) delete process.env[name];

  const own = thisProcess();
  const network = options.network ?? (process.platform === "win32" ? "tcp" : "unix");
  import("./run-plugin.ts")
    .then(({ runPlugin }) =>
      runPlugin(store, own, { handshake, network, exitWithParent: options.exitWithParent ?? true }),
    )
    .catch((error: unknown) => endWith(cannotStart(error)));
}

function thisProcess(): PluginProcess {
  const output = redirectOutput(process);
  redirectConsole(console, process);
  return {
    // Each look into the real environment searches all of it; on Windows, which ignores case, it stays the real one.
    env: process.platform === "win32" ? process.env : { ...process.env },
    cwd: process.cwd(),
    platform: process.platform,
    tempDir: tmpdir(),
    firstParentId: process.ppid,
    parentId: () => process.ppid,
    isRunning(processId) {
      try {
        return process.kill(processId, 0);
      } catch {
        return false;
      }
    },
    // Past the stream, which nobody needs as long as nothing is printed. A line is less than a pipe takes at once.
    printHandshake: async (line) => void writeSync(1, line),
    writeError: output.writeStderr,
    onOutput: output.connect,
    onSignal: (name, callback) => void process.on(name, callback),
    onExit: (callback) => void process.once("exit", callback),
    exit: (code) => process.exit(code),
  };
}

function cannotStart(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `[ERROR] the plugin cannot start: ${reason}${cause}\n`;
}

/** Writes past the redirection and past any buffer, so that the text is out before the process is gone. */
function endWith(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
  process.exit(1);
}
