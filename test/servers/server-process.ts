/** A server of the tests that is a program of its own: started, waited for by what it prints, ended with the test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** What to run and how to see that it is ready. */
export interface ServerProgram {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Set beside `PATH` and `HOME`, which are all that it sees of the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where it runs; the folder for temporary files unless set. */
  readonly cwd?: string | undefined;
  /** Found in what it prints, on stdout and stderr, when it takes connections. */
  readonly ready: RegExp;
  /** How long that may take; 60 s unless set. */
  readonly limitMs?: number | undefined;
}

/** A program that is ready; to be closed. */
export interface ServerProcess {
  /** What `ready` found. */
  readonly found: RegExpExecArray;
  /** The end of what it has printed. */
  readonly output: () => string;
  /** Resolves when it is gone. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a program. Rejects with the end of its output when it exits or is not ready in time; it does not outlive the
 * process of the test, whatever becomes of that one.
 */
export async function startServerProcess(program: ServerProgram): Promise<ServerProcess> {
  const { command, env = {}, cwd = tmpdir(), ready, limitMs = 60_000 } = program;
  const { PATH, HOME, SystemRoot } = process.env;
  const guard = spawn(process.execPath, [join(import.meta.dirname, "guard.cjs"), ...command], {
    cwd,
    env: { PATH, HOME, SystemRoot, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // Broken when the guard has ended by itself; its exit says the same.
  guard.stdin.on("error", () => {});
  const gone = once(guard, "close");
  let printed = "";
  const close = async (): Promise<void> => {
    guard.stdin.end();
    await gone;
  };
  try {
    const found = await new Promise<RegExpExecArray>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${command.join(" ")} ${why}; it printed:\n${printed}`));
      const timer = setTimeout(() => fail(`was not ready within ${limitMs} ms`), limitMs);
      guard.once("close", (code) => {
        clearTimeout(timer);
        fail(`exited with code ${code} before it was ready`);
      });
      const look = (text: string): void => {
        printed = (printed + text).slice(-16_384);
        const match = ready.exec(printed);
        if (match === null) return;
        clearTimeout(timer);
        resolve(match);
      };
      guard.stdout.setEncoding("utf8").on("data", look);
      guard.stderr.setEncoding("utf8").on("data", look);
    });
    return { found, output: () => printed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A port of 127.0.0.1 that was free a moment ago, for servers that cannot choose one themselves. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
