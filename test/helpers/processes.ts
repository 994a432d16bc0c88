/** What is left of processes that a test has started. Reads `/proc` where there is one, else asks `ps`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process that lives; one that nobody has collected is dead. */
export interface LiveProcess {
  readonly pid: number;
  readonly groupId: number;
  readonly parentId: number;
  readonly command: string;
}

/** All that live now. */
export function liveProcesses(): readonly LiveProcess[] {
  return existsSync("/proc/self/stat") ? fromProc() : fromPs();
}

/** Those whose environment or command line mentions `text`: every plugin of a test names the test's own folder. */
export function processesMentioning(text: string): readonly LiveProcess[] {
  return liveProcesses().filter(({ pid, command }) => command.includes(text) || environmentOf(pid).includes(text));
}

/** Resolves when `find` finds nobody; rejects, naming them, when somebody is left after `ms`. */
export async function untilGone(find: () => readonly LiveProcess[], ms = 3000): Promise<void> {
  const end = Date.now() + ms;
  for (let left = find(); left.length > 0; left = find()) {
    if (Date.now() > end)
      throw new Error(`still alive: ${left.map(({ pid, command }) => `${pid} ${command}`).join(", ")}`);
    await delay(10);
  }
}

/** True when that process lives. */
export function isAlive(pid: number): boolean {
  return liveProcesses().some((live) => live.pid === pid);
}

function fromProc(): LiveProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // `pid (name) state ppid pgrp …`, and the name may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state, parentId, groupId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state === "Z" || state === "X") return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parentId: Number(parentId), groupId: Number(groupId), command }];
      } catch {
        return [];
      }
    });
}

function fromPs(): LiveProcess[] {
  const lines = execFileSync("ps", ["-axo", "pid=,ppid=,pgid=,stat=,command="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, parentId, groupId, state, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith("Z") === true) return [];
    return [{ pid: Number(pid), parentId: Number(parentId), groupId: Number(groupId), command: command ?? "" }];
  });
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
