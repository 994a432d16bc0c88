import { Buffer } from "node:buffer";
import {
  closeSync,
  constants,
  createReadStream,
  openSync,
  readFileSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { Io } from "./io.ts";

/** An input, whole. */
export interface Input {
  /** As the user named it, `-` for standard input; undefined for a text of the command line. */
  readonly name: string | undefined;
  readonly bytes: Uint8Array;
}

/** Reads a file, or standard input for `-`. Rejects with CM_INPUT_UNREADABLE, or with the signal's reason. */
export async function readInput(name: string, io: Io): Promise<Input> {
  if (name === "-") return { name, bytes: await io.readStdin() };
  try {
    const path = resolve(io.cwd, name);
    const stats = statSync(path);
    if (stats.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    return { name, bytes: stats.isFile() ? readFileSync(path) : await readStream(path, io.signal) };
  } catch (error) {
    io.signal.throwIfAborted();
    throw unreadable(name, error);
  }
}

/** CM_INPUT_UNREADABLE for an error of the file system. */
export function unreadable(name: string, error: unknown): ConfigManagerError {
  return new ConfigManagerError("CM_INPUT_UNREADABLE", `"${name}" ${reasonOf(error)}`, {
    hint: "name a file that can be read, or - for standard input",
    cause: error,
  });
}

/** True for a path at which something is, whether it can be read or not. */
export function isThere(name: string, io: Io): boolean {
  if (name === "" || name.includes("\0")) return false;
  try {
    return statIfThere(resolve(io.cwd, name)) !== undefined;
  } catch {
    return true;
  }
}

/** True for a path at which a folder is. */
export function isFolder(name: string, io: Io): boolean {
  try {
    return statIfThere(resolve(io.cwd, name))?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    // A text with a token is an impossible path in more than one way.
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG", "EINVAL"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}

// A FIFO may keep its reader waiting, and a signal has to be heard meanwhile.
async function readStream(path: string, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted();
  let release: ReturnType<typeof setInterval> | undefined;
  const onAbort = (): void => {
    release = setInterval(releaseReader, releaseDelayMs, path);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    const stream: AsyncIterable<Uint8Array> = createReadStream(path, { signal });
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearInterval(release);
  }
}

// A thread that waits for a FIFO's writer cannot be called off, and the process would not end before it. So we are
// that writer: a byte wakes the reader, which drops it. Again and again, since the thread may be about to wait only.
const releaseDelayMs = 10;

function releaseReader(path: string): void {
  try {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(descriptor, "\n");
    closeSync(descriptor);
  } catch {
    // Nobody waits, yet or any more.
  }
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return "is not there";
  if (code === "EISDIR") return "is a folder";
  if (code === "EACCES" || code === "EPERM") return "may not be read by this user";
  if (code === "ERR_FS_FILE_TOO_LARGE") return "is larger than 2 GiB";
  return `cannot be read (${code ?? "unknown reason"})`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
