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
  /** What is answered on the terminal, line by line; nobody can be asked unless given. */
  readonly answers?: readonly string[];
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
  /** Both streams as a terminal shows them, in the order in which they were written. */
  readonly shown: string;
}

/** One run of a command line. */
export async function runProgram(
  argv: readonly string[],
  surroundings: ProgramSurroundings = {},
): Promise<ProgramResult> {
  const { facade } = surroundings;
  const { io, stdout, stderr, shown } = createIo(surroundings);
  const exitCode = await (facade === undefined ? run(argv, io) : run(argv, io, { loadFacade: async () => facade }));
  const stdoutBytes = stdout.bytes();
  const texts = { stdout: stdoutBytes.toString(), stderr: stderr.bytes().toString() };
  return { exitCode, ...texts, stdoutBytes, shown: Buffer.concat(shown).toString() };
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

interface TestIo {
  readonly io: Io;
  readonly stdout: Capture;
  readonly stderr: Capture;
  /** What was written to both. */
  readonly shown: readonly Buffer[];
}

function createIo(surroundings: ProgramSurroundings): TestIo {
  const { cwd = "/nowhere", home, env = {}, stdin = "", stdinIsTerminal = false } = surroundings;
  const answers = surroundings.answers === undefined ? undefined : [...surroundings.answers];
  const shown: Buffer[] = [];
  const stdout = createCapture(false, shown);
  const stderr = createCapture(surroundings.stderrIsTerminal ?? false, shown);
  const io: Io = {
    stdout,
    stderr,
    readStdin: async () => Buffer.from(stdin),
    stdinIsTerminal,
    readSecret: async (question) => {
      await stderr.write(question);
      return Buffer.from(stdin);
    },
    readAnswer: async (question) => {
      if (answers === undefined) return undefined;
      await stderr.write(question);
      return answers.shift() ?? "";
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
  return { io, stdout, stderr, shown };
}

type Capture = Output & { bytes(): Buffer };

function createCapture(isTerminal: boolean, shown: Buffer[]): Capture {
  const chunks: Buffer[] = [];
  const write = async (chunk: string | Uint8Array): Promise<void> => {
    // A copy: a block is only valid until the next one is taken.
    const copy = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(Uint8Array.from(chunk));
    chunks.push(copy);
    shown.push(copy);
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
