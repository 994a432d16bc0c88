/** Runs the program in this process, with everything it touches captured; used by the tests of `cmd/`. */
import { Buffer } from "node:buffer";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Facade } from "../../cmd/context.ts";
import type { Io, Output } from "../../cmd/io.ts";
import { run } from "../../cmd/run.ts";

/** How the program is run; nothing is there unless given. */
export interface ProgramSurroundings {
  readonly cwd?: string;
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly stdinIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  readonly signal?: AbortSignal;
  /** The project's own unless given. */
  readonly facade?: Facade;
}

/** What came of it. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

/** One run of a command line. */
export async function runProgram(
  argv: readonly string[],
  surroundings: ProgramSurroundings = {},
): Promise<ProgramResult> {
  const { facade } = surroundings;
  const { io, stdout, stderr } = createIo(surroundings);
  const exitCode = await (facade === undefined ? run(argv, io) : run(argv, io, { loadFacade: async () => facade }));
  const stdoutBytes = stdout.bytes();
  return { exitCode, stdout: stdoutBytes.toString(), stdoutBytes, stderr: stderr.bytes().toString() };
}

/** Surroundings for what is called without a program around it. */
export function createTestIo({ cwd }: Pick<ProgramSurroundings, "cwd">): Io {
  return createIo(cwd === undefined ? {} : { cwd }).io;
}

/** A folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cm-cmd-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function createIo(surroundings: ProgramSurroundings): { io: Io; stdout: Capture; stderr: Capture } {
  const { cwd = "/nowhere", home, env = {}, stdin = "", stdinIsTerminal = false } = surroundings;
  const stdout = createCapture(false);
  const stderr = createCapture(surroundings.stderrIsTerminal ?? false);
  const io: Io = {
    stdout,
    stderr,
    readStdin: async () => Buffer.from(stdin),
    stdinIsTerminal,
    readSecret: async (question) => {
      await stderr.write(question);
      return Buffer.from(stdin);
    },
    env,
    cwd,
    home,
    takeSignals: () => () => {},
    signal: surroundings.signal ?? new AbortController().signal,
    pid: process.pid,
    isAlive: (pid) => pid === process.pid,
    onProcessExit: () => () => {},
  };
  return { io, stdout, stderr };
}

type Capture = Output & { bytes(): Buffer };

function createCapture(isTerminal: boolean): Capture {
  const chunks: Buffer[] = [];
  const write = async (chunk: string | Uint8Array): Promise<void> => {
    // A copy: a block is only valid until the next one is taken.
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(Uint8Array.from(chunk)));
  };
  return {
    write,
    writeAll: async (blocks) => {
      for (const block of blocks) await write(block);
    },
    isClosed: false,
    handOver: () => {},
    isTerminal,
    columns: 80,
    bytes: () => Buffer.concat(chunks),
  };
}
