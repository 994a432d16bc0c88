/**
 * Which process this is, and whether another one still lives: for locks that outlive whoever made them. Beside `serve.ts`
 * the one file of the SDK that touches the process. Called by `file-lock.ts`.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { createProcessLives, type ProcessLife, type ProcessLives } from "../../../internal/files/process-life.ts";

export type { ProcessLife } from "../../../internal/files/process-life.ts";

/** The process that runs this. */
export function ownLife(): ProcessLife {
  return lives().own;
}

/** Whether a process of this machine lives; undefined for one of another machine, which cannot be seen from here. */
export function isAlive(life: ProcessLife): boolean | undefined {
  return lives().isAlive(life);
}

let known: ProcessLives | undefined;

function lives(): ProcessLives {
  known ??= createProcessLives({
    id: process.pid,
    hostname,
    readText: (path) => readFileSync(path, "latin1"),
    readLink: readlinkSync,
    isThere,
  });
  return known;
}

function isThere(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    // Somebody else's process may not be sent a signal, and lives.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
