/**
 * This process as the maker of things that may outlive it, temporary files and folders: what their names say of it, and which
 * of others' are left over.
 */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { createProcessLives } from "../internal/files/process-life.ts";
import type { OutputWriter } from "../internal/write/output-leftovers.ts";
import type { Io } from "./io.ts";

/** What is of another machine, which cannot be asked, is left over when it is as old: no run takes that long to write. */
const foreignLeftoverMs = 24 * 60 * 60 * 1000;

/** The mark of this process; it is a short hash of the machine, and its number and start in base 36. */
export function createProcessMark({ pid, isAlive: isThere }: Pick<Io, "pid" | "isAlive">): OutputWriter {
  const { own, isAlive } = createProcessLives({
    id: pid,
    hostname,
    readText: (path) => readFileSync(path, "latin1"),
    readLink: readlinkSync,
    isThere,
  });
  const machine = createHash("sha256").update(own.machine).digest("hex").slice(0, 6);
  return {
    mark: [machine, pid.toString(36), Number(own.started).toString(36)].join("-"),
    isGone(mark, path) {
      const [itsMachine, id = "", start = ""] = mark.split("-");
      if (itsMachine !== machine) return ageMs(path) > foreignLeftoverMs;
      // Where the system does not say when a process started, nobody's mark does.
      const started = own.started === "" ? "" : String(Number.parseInt(start, 36));
      return isAlive({ machine: own.machine, id: Number.parseInt(id, 36), started }) === false;
    },
  };
}

function ageMs(path: string): number {
  try {
    return Date.now() - lstatSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
