/** A host in a process of its own, for tests of what it leaves when it ends in whatever way. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import process from "node:process";
import { onTestFinished } from "vitest";
import type { StoreConfig } from "../../internal/config/config.ts";
import { bundleProgram } from "./bundle-program.ts";
import { type LiveProcess, processesMentioning } from "./processes.ts";
import { plainEnvironment } from "./scripted-plugin.ts";

/** A host whose plugins are ready. */
export interface HostProcess {
  readonly child: ChildProcess;
  /** Resolves with exit code and signal. */
  readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly stderr: () => string;
  readonly tempDir: string;
  /** The processes that it has started and that still live. */
  readonly plugins: () => readonly LiveProcess[];
  /** What is left in its temporary folder. */
  readonly leftFiles: () => readonly string[];
}

/** Starts `test/fixtures/hosts/host.ts` with these stores; it is killed when the test is over. */
export async function startHostProcess(stores: Readonly<Record<string, StoreConfig>>): Promise<HostProcess> {
  const tempDir = mkdtempSync("/tmp/cmt-");
  const program = await bundleProgram(`hosts/${programName}.ts`, tempDir);
  const child = spawn(process.execPath, [program, JSON.stringify(stores)], {
    env: { ...plainEnvironment(), TMPDIR: tempDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(tempDir, { recursive: true, force: true });
  });
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => {
      throw new Error(`the host has ended: ${stderr}`);
    }),
  ]);
  return {
    child,
    exited,
    stderr: () => stderr,
    tempDir,
    // Each plugin inherits TMPDIR.
    plugins: () => processesMentioning(tempDir).filter(({ pid }) => pid !== child.pid),
    leftFiles: () => readdirSync(tempDir).filter((name) => name !== `${programName}.mjs`),
  };
}

const programName = "host";
