/**
 * The mark of a lock: a file that says which process made it, so that others can tell when it is left over. Not for
 * whoever wants a lock, which is `withFileLock`; called by that alone.
 */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { errnoOf } from "../../../internal/errors/errno.ts";
import { isAlive, ownLife, type ProcessLife } from "./process-life.ts";

/** What stands in a mark. */
export interface LockMark {
  /** Another one for each mark that is ever made; `unreadable` when it says nothing, as one that is just being made, `closed` when it may not be read. */
  readonly token: string;
  readonly life: ProcessLife | undefined;
}

/** A mark of another machine holds for so long: longer than anybody writes a file. */
const maxForeignAgeMs = 60_000;
/** A mark that says nothing holds for so long: making one takes less than a millisecond. */
const maxUnreadableAgeMs = 2000;
const unreadable: LockMark = { token: "unreadable", life: undefined };
/** One that may not be read says nothing either, but somebody else made it whole. */
const closed: LockMark = { token: "closed", life: undefined };

/** Makes a mark and returns its token; undefined when there is one. Throws the file system's errors. */
export function createMark(file: string): string | undefined {
  const token = randomBytes(8).toString("hex");
  let descriptor: number;
  try {
    descriptor = openSync(file, "wx", 0o644);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return undefined;
    throw error;
  }
  try {
    // At once, and not by promises: nothing of this process comes between.
    writeSync(descriptor, `${JSON.stringify({ token, ...ownLife() })}\n`);
  } catch (error) {
    unlinkSync(file);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return token;
}

/** Removes a mark of this process, unless another one has taken its place. */
export function releaseMark(file: string, token: string): void {
  if (readMark(file)?.token === token) remove(file);
}

/** The mark that is there; undefined when none is. */
export function readMark(file: string): LockMark | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? undefined : closed;
  }
  try {
    const { token, machine, id, started } = JSON.parse(text) as Record<string, unknown>;
    // The token becomes part of a file's name.
    if (typeof token !== "string" || !/^[0-9a-f]{16}$/.test(token)) return unreadable;
    if (typeof machine !== "string" || typeof id !== "number" || typeof started !== "string") return unreadable;
    return { token, life: { machine, id, started } };
  } catch {
    return unreadable;
  }
}

/**
 * Removes a mark whose process is dead, and says whether there may be none now. Of many that find it stale exactly one
 * removes it, and never the mark of somebody who came between: a mark is removed only under another one that is named
 * after it, which is removed in the same way when its own process is dead.
 */
export function removeWhenStale(file: string): boolean {
  const mark = readMark(file);
  if (mark === undefined) return true;
  if (!isStale(mark, file)) return false;
  const guard = `${file}.${mark.token}`;
  const guardToken = createMark(guard);
  if (guardToken === undefined) return removeWhenStale(guard);
  try {
    const now = readMark(file);
    if (now !== undefined && now.token === mark.token && isStale(now, file)) remove(file);
  } finally {
    releaseMark(guard, guardToken);
  }
  return true;
}

function isStale(mark: LockMark, file: string): boolean {
  if (mark === closed) return false;
  if (mark.life === undefined) return ageMs(file) > maxUnreadableAgeMs;
  return !(isAlive(mark.life) ?? ageMs(file) <= maxForeignAgeMs);
}

function ageMs(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    // Swept, as what a killed writer had left.
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
