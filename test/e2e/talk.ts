/** The built program as somebody uses it who talks to it: a process in a session of its own, with its input open. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { program } from "./program.ts";

/** In the environment of whatever runs in a session, as `SECRET`. */
export const secret = "a value that nobody is to see";

/** The command line of `exec` with these words. */
export const exec = (...args: readonly string[]): readonly string[] => [...program, "exec", ...args];

/** A run that is under way. */
export interface Session {
  readonly pid: number;
  readonly write: (text: string) => void;
  /** Resolves when standard output holds that text. */
  readonly prints: (text: string) => Promise<void>;
  readonly stdout: () => string;
  readonly stopReading: () => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly exitCode: Promise<number | null>;
}

/** A run that is talked to, in a session of its own: no terminal of whoever runs the tests sends it signals. */
export function talk(command: readonly string[], cwd: string, env: Record<string, string> = {}): Session {
  const [file = "", ...args] = command;
  mkdirSync(join(cwd, "tmp"), { recursive: true });
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: join(cwd, "home"), TMPDIR: join(cwd, "tmp"), SECRET: secret, ...env },
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  child.stdin.on("error", () => {});
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  return {
    pid: child.pid!,
    write: (text) => child.stdin.write(text),
    prints: (text) => vi.waitFor(() => expect(stdout).toContain(text), { timeout: 10_000, interval: 5 }),
    stdout: () => stdout,
    stopReading: () => child.stdout.destroy(),
    signal: (signal) => child.kill(signal),
    exitCode: new Promise((resolve) => child.once("exit", resolve)),
  };
}
