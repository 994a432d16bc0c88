/**
 * The program: makes `Io` out of the process, runs, sets the exit code. The only file here that touches `process`.
 * Streams are opened when they are first used. `bin.cjs` loads it.
 */
import { Buffer } from "node:buffer";
import { fstatSync, readFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import process from "node:process";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { canceledBy, endingSignals, exitCodeOfSignal } from "./exit-codes.ts";
import type { Io, Output } from "./io.ts";

const ending = new AbortController();
let stdinIsRead = false;
let signalTaker: ((signal: NodeJS.Signals) => void) | undefined;

process.on("uncaughtException", crash);
for (const signal of endingSignals) {
  process.on(signal, () => {
    if (signalTaker !== undefined) return signalTaker(signal);
    // The first one ends the run in order, the second at once: the host's exit callback kills what is left of plugins.
    if (ending.signal.aborted) process.exit(exitCodeOfSignal(signal));
    ending.abort(canceledBy(signal));
  });
}
// A limit on the size of files then fails the write, which is reported and cleaned up after, instead of killing the program.
process.on("SIGXFSZ", () => {});
start().catch(crash);

async function start(): Promise<void> {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2), createIo());
}

function createIo(): Io {
  const stderr = createOutput(2, () => process.stderr);
  return {
    stdout: createOutput(1, () => process.stdout),
    stderr,
    readStdin,
    async readSecret(question) {
      const { readSecret } = await import("./read-secret.ts");
      return readSecret(question, process.stdin, stderr.write, {
        signal: ending.signal,
        onInterrupt: () => ending.abort(canceledBy("SIGINT")),
      });
    },
    get stdinIsTerminal() {
      return isTerminal(0);
    },
    async readAnswer(question) {
      if (!isTerminal(0) || !isTerminal(2) || stdinIsRead) return undefined;
      const { readAnswer } = await import("./read-answer.ts");
      return readAnswer(question, process.stdin, stderr.write, ending.signal);
    },
    env: process.env,
    cwd: process.cwd(),
    home: homeFolder(),
    takeSignals,
    signal: ending.signal,
    pid: process.pid,
    isAlive,
    onProcessExit(callback) {
      process.once("exit", callback);
      return () => process.removeListener("exit", callback);
    },
  };
}

// What a program that is run here may want to know of, beside what ends a run.
const passedOnSignals: readonly NodeJS.Signals[] = [
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGWINCH",
  "SIGTSTP",
  "SIGCONT",
];

function takeSignals(listener: (signal: NodeJS.Signals) => void): () => void {
  signalTaker = listener;
  const onSignal = (signal: NodeJS.Signals): void => {
    listener(signal);
    // Whoever waits for us, a shell above all, is to see us stop as we would have, where anybody could let us go on again.
    if (signal === "SIGTSTP") {
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    }
    if (signal === "SIGCONT" && !process.listeners("SIGTSTP").includes(onSignal)) process.on("SIGTSTP", onSignal);
  };
  const signals = process.platform === "win32" ? [] : passedOnSignals;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    signalTaker = undefined;
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
}

// Opening a stream takes a millisecond or more, and most runs write to one of the two only.
function createOutput(descriptor: number, open: () => NodeJS.WriteStream): Output {
  const state = { isClosed: false };
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    // Each write reports its own error; without a listener the stream's would end the process.
    opened ??= open().on("error", () => {});
    return opened;
  };
  const isFile = isRegularFile(descriptor);
  const writeAll = async (chunks: readonly (string | Uint8Array)[]): Promise<void> => {
    if (state.isClosed || chunks.length === 0) return;
    try {
      if (isFile) for (const chunk of chunks) writeWhole(descriptor, chunk);
      else if (opened !== undefined) await writeTo(opened, chunks);
      else await writeShort(descriptor, chunks, stream);
    } catch (error) {
      const code = errorCode(error);
      if (!isClosedPipe(code)) throw unwritable(descriptor, code, error);
      state.isClosed = true;
    }
  };
  return {
    write: (chunk) => writeAll([chunk]),
    writeAll,
    get isClosed() {
      return state.isClosed;
    },
    handOver() {
      // Node lets a pipe wait for nobody once it is opened, and that holds for everybody who has it.
      const handle: unknown = opened === undefined ? undefined : Reflect.get(opened, "_handle");
      if (isBlockable(handle)) handle.setBlocking(true);
    },
    get isTerminal() {
      return isTerminal(descriptor);
    },
    get columns() {
      return (isTerminal(descriptor) && stream().columns) || 80;
    },
  };
}

function isBlockable(handle: unknown): handle is { setBlocking(isBlocking: boolean): unknown } {
  return typeof handle === "object" && handle !== null && "setBlocking" in handle;
}

/** What a pipe takes at once where nobody has asked for another size; nothing waits for its reader then. */
const pipeBytes = 64 * 1024;

// Past the stream, which takes bun eight milliseconds to open and Node one, unless there is much to write: a reader that is slow
// must not keep us from hearing signals.
async function writeShort(
  descriptor: number,
  chunks: readonly (string | Uint8Array)[],
  open: () => NodeJS.WriteStream,
): Promise<void> {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (size > pipeBytes) return writeTo(open(), chunks);
  const bytes = Buffer.concat(chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk)));
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  } catch (error) {
    // Somebody else has it that waits for nobody.
    if (errorCode(error) !== "EAGAIN") throw error;
    await writeTo(open(), [bytes.subarray(written)]);
  }
}

// Several chunks are one call of the system.
function writeTo(stream: NodeJS.WriteStream, chunks: readonly (string | Uint8Array)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.cork();
    for (const [index, chunk] of chunks.entries()) {
      if (index < chunks.length - 1) stream.write(chunk);
      else stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    }
    stream.uncork();
  });
}

// Node's own stream for a file takes a short write, on a disk that is nearly full, for a whole one.
function writeWhole(descriptor: number, chunk: string | Uint8Array): void {
  const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
}

// A terminal is a device, and not the first that comes to mind. What knows for sure takes a millisecond to load, so that it is
// asked only where there may be one.
function isTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    const isNull = process.platform === "linux" && stats.rdev === linuxNullDevice;
    if (!stats.isCharacterDevice() || isNull) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor);
}

/** Major 1, minor 3. */
const linuxNullDevice = 0x103;

function isRegularFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

function isClosedPipe(code: string): boolean {
  return code === "EPIPE" || code === "EOF" || code === "ECONNRESET" || code === "ERR_STREAM_DESTROYED";
}

function unwritable(descriptor: number, code: string, cause: unknown): ConfigManagerError {
  const name = descriptor === 1 ? "standard output" : "standard error";
  return new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `${name} cannot be written (${code})`, { cause });
}

async function readStdin(): Promise<Uint8Array> {
  stdinIsRead = true;
  try {
    if (isRegularFile(0)) return readFileSync(0);
    const chunks: Uint8Array[] = [];
    const stdin: AsyncIterable<Uint8Array> = process.stdin;
    ending.signal.addEventListener("abort", destroyStdin, { once: true });
    for await (const chunk of stdin) chunks.push(chunk);
    ending.signal.removeEventListener("abort", destroyStdin);
    ending.signal.throwIfAborted();
    return Buffer.concat(chunks);
  } catch (error) {
    ending.signal.throwIfAborted();
    throw new ConfigManagerError("CM_INPUT_UNREADABLE", `standard input cannot be read (${errorCode(error)})`, {
      hint: "name a file, or redirect one to standard input",
      cause: error,
    });
  }
}

function destroyStdin(): void {
  process.stdin.destroy();
}

function crash(error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined;
  const text = `error CM_INTERNAL: ${stack ?? String(error)}\n  this is a bug: please report these lines, the version and the command to the project's issue tracker\n`;
  try {
    writeSync(2, text);
  } finally {
    process.exit(1);
  }
}

// A process of another user may not be sent a signal, and is there.
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

// In a container the user may be known by its number only, and have none.
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
