/**
 * Which process this is, and whether another one still lives: for locks that outlive whoever made them. Beside `serve.ts`
 * the one file of the SDK that touches the process. Called by `file-lock.ts`.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";

/** A process, told from any other. */
export interface ProcessLife {
  /** The machine and, where there are such, the space of process ids in which `id` means something. */
  readonly machine: string;
  readonly id: number;
  /** When it started, in the system's own spelling; empty where the system does not say. Ids are used again. */
  readonly started: string;
}

/** The process that runs this. */
export function ownLife(): ProcessLife {
  own ??= { machine: machine(), id: process.pid, started: startOf(process.pid) ?? "" };
  return own;
}

/** Whether a process of this machine lives; undefined for one of another machine, which cannot be seen from here. */
export function isAlive(life: ProcessLife): boolean | undefined {
  if (life.machine !== ownLife().machine) return undefined;
  const started = startOf(life.id);
  if (started !== undefined) return started === life.started;
  try {
    return process.kill(life.id, 0);
  } catch (error) {
    // Somebody else's process may not be sent a signal, and lives.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

let own: ProcessLife | undefined;

// Containers have a name and process ids of their own, or only the latter.
function machine(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** When a process started, as Linux counts it; "dead" for one that nobody has collected, undefined when Linux is not asked. */
function startOf(id: number): string | undefined {
  try {
    // `pid (name) state …`, and the name may hold anything; the 22nd field is the start.
    const stat = readFileSync(`/proc/${id}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "dead" : fields[19];
  } catch {
    return undefined;
  }
}
