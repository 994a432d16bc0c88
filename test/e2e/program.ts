/** The built program as its users run it: a process with arguments, files and pipes. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "../helpers/source-files.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";

/** How the program is run, by this Node or as a single-file executable: the words that come before its own. */
export const program: readonly [string, ...string[]] =
  testedExecutable === undefined ? [process.execPath, join(root, "dist", "cmd", "bin.cjs")] : [testedExecutable];

/** What a finished run left. */
export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** How a run is started. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** A run that is under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Starts the program. Its temporary folder is `<cwd>/tmp`, so that what it leaves there can be seen. */
export function start(args: readonly string[], { cwd, env, stdin }: RunOptions): Running {
  const temporary = join(cwd, "tmp");
  mkdirSync(temporary, { recursive: true });
  const [file, ...before] = program;
  const child = spawn(file, [...before, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: join(cwd, "home"), TMPDIR: temporary, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(stdin ?? "");
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => {
      resolve({ exitCode, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
  });
  return { child, finished };
}

/** Runs the program to its end. */
export function run(args: readonly string[], options: RunOptions): Promise<Finished> {
  return start(args, options).finished;
}

/** A folder of one test, removed after it; nothing may be running from it any more, and no socket be left in it. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-e2e-"));
  onTestFinished(async () => {
    const left = { processes: processesIn(folder), temporary: filesIn(join(folder, "tmp")) };
    rmSync(folder, { recursive: true, force: true });
    if (left.processes.length > 0 || left.temporary.length > 0) throw new Error(`left behind: ${JSON.stringify(left)}`);
  });
  return folder;
}

/** Places a plugin file under a prefix, as users install it. */
export function installPlugin(folder: string, prefix: string, file: string): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const target = join(folder, ".configmanager", "plugins", prefix);
  mkdirSync(target, { recursive: true, mode: 0o755 });
  const path = join(target, `${prefix}-${process.platform}-${arch}`);
  copyFileSync(file, path);
  chmodSync(path, 0o755);
  return path;
}

/** The command lines of the processes whose working directory is that folder (Linux). */
export function processesIn(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return [];
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return commandLine === "" ? [] : [`${pid} ${commandLine.replaceAll("\0", " ")}`];
      } catch {
        return [];
      }
    });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String);
  } catch {
    return [];
  }
}
