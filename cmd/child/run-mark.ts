import { readFileSync, readlinkSync } from "node:fs";

/** Sends a signal, as `process.kill` does; 0 asks whether somebody is there. Throws when it cannot. */
export type SendSignal = (pid: number, signal: NodeJS.Signals | 0) => void;

/**
 * The name by which others can tell whether a process still lives: the start of the system, its namespace of ids, its id and
 * when it started, joined by `-`. What the system does not tell is `0`.
 */
export function runMark(pid: number): string {
  return [bootId(), idNamespace(), pid, startTime(pid) ?? "0"].join("-");
}

/** True when the process that `runMark` named is certainly gone. */
export function isGone(mark: string, send: SendSignal): boolean {
  const [boot, namespace, pid, started] = mark.split("-");
  if (boot !== bootId()) return true;
  // A container's ids mean nothing outside of it.
  if (namespace !== idNamespace()) return false;
  if (!isThere(Number(pid), send)) return true;
  // An id is given again, a time of start with it is not.
  const now = startTime(Number(pid));
  return now !== undefined && started !== "0" && now !== started;
}

function isThere(pid: number, send: SendSignal): boolean {
  try {
    send(pid, 0);
    return true;
  } catch (error) {
    // What is another user's may not be asked.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function bootId(): string {
  return orZero(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8));
}

function idNamespace(): string {
  return orZero(() => readlinkSync("/proc/self/ns/pid").replace(/\D/g, ""));
}

function startTime(pid: number): string | undefined {
  try {
    // `pid (name) state …`, the start is the 22nd field, and the name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function orZero(read: () => string): string {
  try {
    return read();
  } catch {
    return "0";
  }
}
