/**
 * Turns of processes at one file, for work that takes milliseconds: who made the mark beside it has the turn. Not for long
 * work: a mark that is older than ten seconds was left by a process that was killed, and is taken away. Called by
 * `lockfile.ts`.
 */
import { randomBytes } from "node:crypto";
import { closeSync, linkSync, openSync, readFileSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { errnoOf } from "../../internal/errors/errno.ts";

const leftOverAfterMs = 10_000;
const maxWaitMs = 30_000;

/**
 * Does `work` in a turn of its own. It is told how to see whether the turn is still its own, right before it writes, and
 * answers false when it was not; then it is done again.
 *
 * Rejects with CM_OUTPUT_UNWRITABLE when no turn can be had, with the reason of the signal, and with what `work` throws.
 */
export async function takeTurn(
  file: string,
  signal: AbortSignal | undefined,
  work: (isStillOurs: () => boolean) => Promise<boolean>,
): Promise<void> {
  const mark = path.join(path.dirname(file), `.${path.basename(file)}.turn`);
  const end = performance.now() + maxWaitMs;
  for (let isDone = false; !isDone;) {
    const token = await makeMark(mark, file, end, signal);
    try {
      isDone = await work(() => readMark(mark) === token);
    } finally {
      if (readMark(mark) === token) unlinkSync(mark);
    }
  }
}

async function makeMark(mark: string, file: string, end: number, signal: AbortSignal | undefined): Promise<string> {
  const token = randomBytes(12).toString("hex");
  for (;;) {
    signal?.throwIfAborted();
    if (tryToMake(mark, token, file)) return token;
    takeAwayLeftOver(mark);
    if (performance.now() > end) {
      throw new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `"${file}" is being written by another process`, {
        hint: `try again later, or remove "${mark}" when nobody writes it`,
      });
    }
    // Of chance, so that those who wait do not come all at once.
    await sleep(1 + Math.random() * 9, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}

function tryToMake(mark: string, token: string, file: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(mark, "wx", 0o644);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    const code = errnoOf(error) ?? "unknown error";
    throw new ConfigManagerError("CM_OUTPUT_UNWRITABLE", `"${file}" cannot be written (${code})`, {
      hint: `give yourself the right to write into "${path.dirname(file)}"`,
      cause: error,
    });
  }
  try {
    writeSync(descriptor, token);
  } finally {
    closeSync(descriptor);
  }
  return true;
}

// A rename takes exactly one mark away, for exactly one of those who try; one that turns out to be alive is put back.
function takeAwayLeftOver(mark: string): void {
  const token = readMark(mark);
  if (token === undefined || ageMs(mark) < leftOverAfterMs) return;
  const aside = `${mark}.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(mark, aside);
    if (readMark(aside) !== token) linkSync(aside, mark);
  } catch (error) {
    // Somebody else was quicker.
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "EEXIST") throw error;
    if (errnoOf(error) === "ENOENT") return;
  }
  unlinkSync(aside);
}

/** Undefined when there is no mark. */
function readMark(mark: string): string | undefined {
  try {
    return readFileSync(mark, "latin1");
  } catch {
    return undefined;
  }
}

function ageMs(mark: string): number {
  try {
    return Date.now() - statSync(mark).mtimeMs;
  } catch {
    return 0;
  }
}
