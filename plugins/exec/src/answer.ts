import { stat } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { badRequest, failed, notFound, StoreError, timedOut } from "configmanager/plugin";
import type { Command } from "./commands.ts";
import type { ProcessCall, ProcessEnd } from "./run-process.ts";

/**
 * The value that a command has printed for `path`, or why there is none. Of what a failed one said, the last lines of its
 * stderr are told; never anything of its stdout.
 */
export function toAnswer(command: Command, call: ProcessCall, path: string, end: ProcessEnd): Uint8Array | StoreError {
  const { name, timeout, trim, notFoundExitCodes, notFoundPattern } = command;
  if (end.limit === "too late") {
    return timedOut(`command "${name}" took longer than ${timeout}`, {
      hint: `see whether it waits for an answer, or raise its "timeout" in the configuration`,
    });
  }
  if (end.limit === "too large") {
    return new StoreError("tooLarge", `command "${name}" printed more than ${call.maxOutputBytes} bytes`);
  }
  if (end.exitCode === 0) return trim && end.stdout.at(-1) === lineFeed ? end.stdout.subarray(0, -1) : end.stdout;
  const isMissing = end.exitCode !== undefined && notFoundExitCodes.includes(end.exitCode);
  if (isMissing || notFoundPattern?.test(end.stderr) === true) return notFound(path);
  const how = end.exitCode === undefined ? `was ended by ${end.signal}` : `ended with exit code ${end.exitCode}`;
  const words = lastWords(end.stderr);
  return failed(`command "${name}" ${how}${words === "" ? "" : `: ${words}`}`);
}

/** Why a command could not be started, from the error of `spawn`. */
export async function toStartError({ name }: Command, call: ProcessCall, error: unknown): Promise<StoreError> {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "E2BIG") return badRequest("the argument is too long");
  const isFolder = await stat(call.cwd).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    return failed(`command "${name}" could not be started: "${call.cwd}" is no folder`, {
      hint: `correct "cwd" of the command in the configuration`,
    });
  }
  const program = `program "${call.program}"`;
  if (code === "ENOENT") {
    return failed(`command "${name}" could not be started: ${program} was not found`, {
      hint: "install it, or add its folder to PATH",
    });
  }
  if (code === "EACCES") {
    return failed(`command "${name}" could not be started: ${program} is not executable`, {
      hint: "make it executable, or correct the command in the configuration",
    });
  }
  return failed(`command "${name}" could not be started: ${program}: ${code}`);
}

const lineFeed = 0x0a;
const shownLines = 3;
const shownCharacters = 400;

/** The last lines, in one, with the end of them when they are long. */
function lastWords(stderr: string): string {
  const lines = stripVTControlCharacters(stderr).split(/\r\n?|\n/);
  const words = lines.map((line) => line.trim()).filter((line) => line !== "");
  const text = words.slice(-shownLines).join(" | ");
  const characters = [...text];
  return characters.length > shownCharacters ? `…${characters.slice(-shownCharacters).join("")}` : text;
}
