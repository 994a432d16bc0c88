/** Whole processes as benchmarks see them: wall time and peak memory, in turn, so that a drift of the machine hits all alike. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";

/** One command of a comparison. */
export interface Command {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called before each run, outside the time. */
  readonly before?: () => void;
}

/** What one command took: medians over the runs. */
export interface Measured {
  readonly name: string;
  readonly ms: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Peak resident memory of the process, in MB of 10^6 bytes; undefined where `/usr/bin/time` is not there. */
  readonly peakMb: number | undefined;
}

const timeTool = "/usr/bin/time";

/** Runs the commands in turn, `runs` times after one round that does not count. */
export function measureInTurn(commands: readonly Command[], runs: number): Measured[] {
  const times = commands.map((): number[] => []);
  const peaks = commands.map((): number[] => []);
  for (let round = 0; round <= runs; round++) {
    for (const [index, command] of commands.entries()) {
      command.before?.();
      const { ms, peakMb } = runOnce(command);
      if (round === 0) continue;
      times[index]!.push(ms);
      if (peakMb !== undefined) peaks[index]!.push(peakMb);
    }
  }
  return commands.map(({ name }, index) => ({
    name,
    ms: median(times[index]!),
    minMs: Math.min(...times[index]!),
    maxMs: Math.max(...times[index]!),
    peakMb: peaks[index]!.length === 0 ? undefined : median(peaks[index]!),
  }));
}

/** Prints each measurement as a ratio to the first, the yardstick. */
export function printRatios(measured: readonly Measured[]): void {
  const yardstick = measured[0]!;
  for (const { name, ms, minMs, maxMs, peakMb } of measured) {
    const ratio = (ms / yardstick.ms).toFixed(2);
    const memory = peakMb === undefined ? "" : `, peak ${peakMb.toFixed(0)} MB`;
    console.log(
      `${name}: ${ms.toFixed(0)} ms (${minMs.toFixed(0)} to ${maxMs.toFixed(0)}), ${ratio} × "${yardstick.name}"${memory}`,
    );
  }
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function runOnce({ name, argv, cwd, env }: Command): { ms: number; peakMb: number | undefined } {
  const timed = existsSync(timeTool);
  const [command, ...args]: readonly string[] = timed ? [timeTool, "-f", "peak=%M", ...argv] : argv;
  const started = performance.now();
  const { status, stderr } = spawnSync(command!, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  const peak = /peak=(\d+)/.exec(stderr);
  return { ms, peakMb: peak === null ? undefined : (Number(peak[1]) * 1024) / 1e6 };
}
