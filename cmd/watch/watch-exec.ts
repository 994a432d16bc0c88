/**
 * `exec --watch`: a command that is started again whenever it would get something else, with the plugins kept running.
 * Loaded when that is asked for.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { ExecJob, ReadyCommand } from "../child/exec-job.ts";
import type { CommandContext } from "../context.ts";
import { canceledBy, endingSignals } from "../exit-codes.ts";
import { differences, type WatchEvent, watchInputs } from "./watch-inputs.ts";
import { tellConfigChange, tellFailure } from "./watch-reports.ts";

/** A command that was started. */
interface StartedCommand {
  /** What it has got, as digests. */
  readonly digests: ReadonlyMap<string, string>;
  readonly stop: AbortController;
  /** Resolves when it has ended in whatever way. */
  readonly over: Promise<void>;
  /** Failed means that it could not even run, so that it is tried again with the same. */
  state: "running" | "ended" | "failed";
}

/**
 * Runs a command, and again whenever a file changes, or every `storesMs` the stores are asked, and it would get something
 * else: the old one is ended, then a new one started. What fails before that is reported, and the command runs on.
 *
 * Never resolves. Rejects with CM_USAGE for what cannot be watched, with what fails the first time, and, once the command has
 * ended, with the reason of the signal that came here.
 */
export async function watchExec(
  job: ExecJob,
  names: readonly string[],
  storesMs: number | undefined,
  context: CommandContext,
): Promise<never> {
  const { io, reporter, sources } = context;
  refuseUnwatchable(names, storesMs, io.cwd);
  const files = [...names.map((name) => resolve(io.cwd, name)), ...sources.files];
  // While the command runs, signals go to it, and we learn of them through it.
  const ending = new AbortController();
  const signal = AbortSignal.any([io.signal, ending.signal]);
  let started: StartedCommand | undefined;

  const start = (ready: ReadyCommand, digests: StartedCommand["digests"], isFirst: boolean): void => {
    const stop = new AbortController();
    const onSignal = (name: NodeJS.Signals): void => {
      const known = endingSignals.find((one) => one === name);
      if (known !== undefined) ending.abort(canceledBy(known));
    };
    const onEnd = async (exitCode: number): Promise<void> => {
      command.state = "ended";
      if (stop.signal.aborted || signal.aborted) return;
      await reporter.note(`the command ended with ${exitCode}; ${waiting}`);
    };
    const onFailure = async (error: unknown): Promise<void> => {
      command.state = "failed";
      if (signal.aborted) return;
      if (isFirst) ending.abort(error);
      else await tellFailure(error, waiting, reporter);
    };
    const over = job
      .run(ready, { control: { stop: stop.signal, graceMs, onSignal } })
      .then(onEnd)
      .catch(onFailure)
      .catch((error: unknown) => ending.abort(error));
    const command: StartedCommand = { digests, stop, over, state: "running" };
    started = command;
  };
  const onChange = async (event: WatchEvent): Promise<void> => {
    if (await tellConfigChange(event, sources.files, reporter)) return;
    try {
      const ready = await job.resolve(signal);
      reporter.endProgress();
      const digests = digestsOf(ready);
      const changed = differences(started?.digests ?? new Map(), digests);
      if (started !== undefined) {
        if (changed.size === 0 && started.state !== "failed") return;
        started.stop.abort();
        await started.over;
        signal.throwIfAborted();
        await reporter.note(restartLine([...changed]));
      }
      start(ready, digests, started === undefined);
    } catch (error) {
      signal.throwIfAborted();
      if (started === undefined) throw error;
      await tellFailure(error, started.state === "running" ? "the command runs on as it is" : waiting, reporter);
    }
  };
  try {
    return await watchInputs({
      find: async () => ({ files, folders: [] }),
      onChange,
      onLost: async () => {},
      everyMs: storesMs,
      signal,
    });
  } finally {
    // Behind a signal it is the command that decides when it ends.
    if (!signal.aborted) started?.stop.abort();
    await Promise.all([context.close(), started?.over]);
  }
}

const waiting = "waiting for a change";

/** How long a command may take to end before it is killed. */
const graceMs = 5000;

function refuseUnwatchable(names: readonly string[], storesMs: number | undefined, cwd: string): void {
  if (names.length === 0 && storesMs === undefined) {
    throw new ConfigManagerError("CM_USAGE", "there is nothing to watch", {
      hint: "name a file with --env-file or --file, or give --watch-stores",
    });
  }
  for (const name of names) {
    // What comes through a pipe is there once. What is not there is found when it is read.
    if (statSync(resolve(cwd, name), { throwIfNoEntry: false })?.isFile() !== false) continue;
    throw new ConfigManagerError("CM_USAGE", `"${name}" is no regular file, and cannot be watched`, {
      hint: "name a file, or leave out --watch",
    });
  }
}

// Not the values themselves: nothing keeps them longer than it has to.
function digestsOf({ file, env, files }: ReadyCommand): ReadonlyMap<string, string> {
  const digestOf = (blocks: Iterable<string | Uint8Array>): string => {
    const hash = createHash("sha256");
    for (const block of blocks) hash.update(block);
    return hash.digest("base64");
  };
  return new Map([
    [`command ${file}`, ""],
    ...Object.entries(env).map(([name, value]) => [`$${name}`, digestOf([value])] as const),
    ...files.map(({ path, blocks }) => [path, digestOf(blocks)] as const),
  ]);
}

function restartLine(changed: readonly string[]): string {
  const shown = [...changed.slice(0, maxNamed), ...(changed.length > maxNamed ? ["…"] : [])].join(", ");
  const reason = changed.length === 0 ? "" : `${shown} changed; `;
  return `${reason}the command is started again ${new Date().toTimeString().slice(0, 8)}`;
}

const maxNamed = 3;
