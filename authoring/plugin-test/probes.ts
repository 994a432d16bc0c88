import { Skipped } from "./assertion.ts";
import type { TestBench } from "./bench.ts";

/** The path that has a value. Throws `Skipped` when none was named. */
export function tokenPath({ subject }: TestBench): string {
  return named(subject.probes.token, "--token PATH, one that has a value");
}

/** The path that has none. Throws `Skipped` when none was named. */
export function missingPath({ subject }: TestBench): string {
  return named(subject.probes.missing, "--missing PATH, one that has no value");
}

/** The path that may be written to. Throws `Skipped` when none was named. */
export function writablePath({ subject }: TestBench): string {
  return named(subject.probes.writable, "--write PATH, one that may be overwritten");
}

/** The path below which there are values. Throws `Skipped` when none was named. */
export function listedPath({ subject }: TestBench): string {
  return named(subject.probes.listed, "--list PATH, one with values below it");
}

function named(path: string | undefined, needed: string): string {
  if (path === undefined) throw new Skipped(`needs ${needed}`);
  return path;
}
