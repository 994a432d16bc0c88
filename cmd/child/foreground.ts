import { readFileSync } from "node:fs";
import type { Io } from "../io.ts";

/** What a terminal sends to everybody in its foreground, the command that is run here among them. */
const terminalSignals: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT", "SIGTSTP", "SIGWINCH"]);

/**
 * Whether a signal that has come here has come to the command too, and must not be handed on: a program that is told twice
 * to stop often gives up cleaning up. Who sent a signal cannot be known; where we are in a terminal's foreground the
 * terminal is taken for the sender of those that it sends.
 */
export function isSharedSignal(signal: NodeJS.Signals, io: Pick<Io, "stdinIsTerminal" | "stdout" | "stderr">): boolean {
  return terminalSignals.has(signal) && isInForeground(io);
}

function isInForeground({
  stdinIsTerminal,
  stdout,
  stderr,
}: Pick<Io, "stdinIsTerminal" | "stdout" | "stderr">): boolean {
  try {
    // `pid (name) state ppid pgrp session tty_nr tpgid …`, and the name may hold anything.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foregroundGroup;
  } catch {
    // Not Linux: whoever has a terminal is most likely in its foreground.
    return stdinIsTerminal || stdout.isTerminal || stderr.isTerminal;
  }
}
