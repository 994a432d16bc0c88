/** The built program while it watches files: what it writes and says is waited for. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { liveProcesses } from "../helpers/processes.ts";
import { type Finished, start } from "./program.ts";

/** How long is waited for what a watching run does. */
export const deadline = { timeout: 25_000, interval: 20 };

/** Writes files below a folder, in folders that are made where they are missing. */
export function write(cwd: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), content);
  }
}

/** A run that watches. */
export interface Watching {
  /** Resolves when an output has that content. */
  readonly hasOutput: (file: string, content: string) => Promise<void>;
  /** Resolves when that was printed on standard output. */
  readonly hasPrinted: (text: RegExp) => Promise<void>;
  readonly printed: () => string;
  /** Resolves when that was said on standard error. */
  readonly hasSaid: (text: RegExp) => Promise<void>;
  readonly said: () => string;
  /** The processes that it has started: its plugins, and the command of `exec`. */
  readonly children: () => readonly number[];
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly end: (signal: NodeJS.Signals) => Promise<Finished>;
  readonly finished: Promise<Finished>;
}

/** Starts a run that watches; killed when its test is over. */
export function startWatching(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Watching {
  const { child, finished } = start(args, { cwd, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    hasOutput: (file, content) =>
      vi.waitFor(() => expect(readFileSync(join(cwd, file), "utf8")).toBe(content), deadline),
    hasPrinted: (text) => vi.waitFor(() => expect(stdout).toMatch(text), deadline),
    printed: () => stdout,
    hasSaid: (text) => vi.waitFor(() => expect(stderr).toMatch(text), deadline),
    said: () => stderr,
    children: () => liveProcesses().flatMap(({ pid, parentId }) => (parentId === child.pid ? [pid] : [])),
    signal: (signal) => child.kill(signal),
    end(signal) {
      child.kill(signal);
      return finished;
    },
    finished,
  };
}
