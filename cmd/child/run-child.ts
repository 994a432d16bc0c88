/**
 * Runs the command of `exec`: its input is ours, its output ours or masked, its signals those that come here, its end ours.
 * Knows no tokens and no stores.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { ConfigManagerError } from "../../internal/errors/errors.ts";
import { prepareMasker } from "../../internal/mask/masker.ts";
import { exitCodeOfSignal } from "../exit-codes.ts";
import type { Io, Output } from "../io.ts";
import type { ChunkSource } from "./chunk-source.ts";
import { copyOutput } from "./copy-output.ts";
import { commandNotExecutable } from "./find-command.ts";
import { isSharedSignal } from "./foreground.ts";
import type { OutputPipe } from "./output-pipes.ts";
import { stopOnRequest, type Stopper } from "./stop-child.ts";

/** A command that can be run. */
export interface ChildCommand {
  /** As it was typed: what the program learns as its own name. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How the output of a command is masked. */
export interface ChildMasks {
  /** Asked once, while the command is starting. */
  readonly texts: () => readonly Uint8Array[];
  /** Which of our outputs are masked; the command has the others as they are. */
  readonly outputs: readonly Output[];
  /** One for each of them, or none: then Node's own are used. Closed in any case. */
  readonly pipes: readonly OutputPipe[];
}

/** How whoever runs a command can end it before it ends by itself. */
export interface ChildControl {
  /** Ends it with SIGTERM; `graceMs` later with SIGKILL, and then nobody waits for what it has left behind and still prints. */
  readonly stop: AbortSignal;
  readonly graceMs: number;
  /** Hears of each signal that comes here while it runs, and that is its to decide about. */
  readonly onSignal: (signal: NodeJS.Signals) => void;
}

/**
 * Runs a command to its end, which is when nobody can print any more, and resolves to its exit code, 128 + N for the signal N.
 *
 * Rejects with CM_COMMAND_NOT_EXECUTABLE when it cannot be run, CM_OUTPUT_UNWRITABLE when its output cannot be written, and
 * the signal's reason when one came before the start, or behind the end while the output was still being written.
 */
export async function runChild(
  command: ChildCommand,
  masks: ChildMasks,
  io: Io,
  control?: ChildControl,
): Promise<number> {
  let child: ChildProcess | undefined;
  let stopper: Stopper | undefined;
  const giveSignalsBack = io.takeSignals((signal) => {
    control?.onSignal(signal);
    if (!isSharedSignal(signal, io)) child?.kill(signal);
  });
  // A crash of ours must not leave it behind.
  const forget = io.onProcessExit(() => child?.kill());
  const isOver = (): void => {
    forget();
    giveSignalsBack();
  };
  try {
    try {
      io.signal.throwIfAborted();
      child = start(command, masks, io);
    } finally {
      for (const { writeEnd } of masks.pipes) closeSync(writeEnd);
    }
    const exitCode = endOf(child, command);
    const copies = copyOutputs(child, masks, io);
    stopper = control && stopOnRequest(child, control);
    const code = await exitCode.finally(isOver);
    await (stopper === undefined ? copies : Promise.race([copies, stopper.overdue]));
    return code;
  } finally {
    isOver();
    stopper?.forget();
    for (const { source } of masks.pipes) source.destroy();
    child?.stdout?.destroy();
    child?.stderr?.destroy();
  }
}

function start({ name, file, args, env }: ChildCommand, { outputs, pipes }: ChildMasks, io: Io): ChildProcess {
  const stdio = [io.stdout, io.stderr].map((output) => {
    const index = outputs.indexOf(output);
    if (index !== -1) return pipes[index]?.writeEnd ?? "pipe";
    output.handOver();
    return "inherit";
  });
  try {
    return spawn(file, args, { argv0: name, cwd: io.cwd, env, stdio: ["inherit", ...stdio] });
  } catch (error) {
    throw startError(error, name);
  }
}

function endOf(child: ChildProcess, { name }: ChildCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    // An error behind the start is a signal that could not be sent.
    child.on("error", (error) => {
      if (child.pid === undefined) reject(startError(error, name));
    });
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOfSignal(signal)));
  });
}

function copyOutputs(child: ChildProcess, { outputs, pipes, texts }: ChildMasks, io: Io): Promise<unknown> {
  const sourceOf = (output: Output): ChunkSource | null | undefined =>
    pipes[outputs.indexOf(output)]?.source ?? (output === io.stdout ? child.stdout : child.stderr);
  const createMasker = prepareMasker(outputs.length === 0 ? [] : texts());
  const copies = Promise.all(
    outputs.map(async (output) => {
      const source = sourceOf(output);
      if (source) await copyOutput(source, output, createMasker(), io.signal);
    }),
  );
  // The command may not even start, and then nobody waits for them.
  copies.catch(() => {});
  return copies;
}

function startError(error: unknown, name: string): ConfigManagerError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
  // Node's own error holds the whole command line.
  const cause = error instanceof Error ? new Error(error.message) : undefined;
  if (code === "E2BIG") {
    const reason = "cannot be run: its arguments and environment are larger than the system allows";
    return commandNotExecutable(name, reason, { hint: "hand large values on in files, with --file", cause });
  }
  if (code === "ENOENT") {
    const reason = "cannot be run: the interpreter of its first line is not there";
    return commandNotExecutable(name, reason, { hint: 'install it, or correct the "#!" line', cause });
  }
  return commandNotExecutable(name, `cannot be run (${code})`, { cause });
}
