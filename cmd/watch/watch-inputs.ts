/**
 * Waits for files to change. Events of folders are hints only: whether something has changed, the state of the files says.
 * Not for what is done about it. Called by `--watch`.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type ConfigManagerError, toErrors } from "../../internal/errors/errors.ts";
import { createBell } from "./bell.ts";
import { followedPath, watchFolders } from "./folder-watch.ts";

/** What is watched at a moment; paths are absolute. */
export interface Watched {
  readonly files: readonly string[];
  /** Where a new file may be one of them. */
  readonly folders: readonly string[];
}

/** Why `onChange` is called. */
export interface WatchEvent {
  readonly reason: "start" | "files" | "time";
  /** The files that are new, other than before, or gone; all of them at the start. */
  readonly changed: ReadonlySet<string>;
}

/** How files are watched. */
export interface WatchInputsOptions {
  /** Finds what is watched now; called at the start and after each event. */
  readonly find: () => Promise<Watched>;
  /** Called at the start, whenever a file is another, new or gone, and every `everyMs`; never while it is still at work. */
  readonly onChange: (event: WatchEvent) => Promise<void>;
  /** Takes what `find` rejects with after the start, once until it is another; what was found before is watched on. */
  readonly onLost: (errors: readonly ConfigManagerError[]) => Promise<void>;
  /** Milliseconds; never unless set. */
  readonly everyMs?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Watches until the signal comes; then, or when a callback rejects, it rejects with that, and nothing is watched any more.
 * Rejects with CM_INPUT_UNREADABLE for a folder that cannot be watched.
 */
export async function watchInputs(options: WatchInputsOptions): Promise<never> {
  const { find, onChange, onLost, everyMs, signal } = options;
  const bell = createBell(signal, everyMs);
  const watch = watchFolders(bell.ring);
  try {
    let watched = await find();
    let lost: readonly ConfigManagerError[] | undefined;
    let told: string | undefined;
    let before: ReadonlyMap<string, string> = new Map();
    let reason: WatchEvent["reason"] = "start";
    const look = async (): Promise<void> => {
      try {
        watched = await find();
        lost = told = undefined;
      } catch (error) {
        signal.throwIfAborted();
        lost = toErrors(error);
      }
    };
    for (;;) {
      // What comes between looking and watching is seen by looking again.
      if (watch.set(foldersOf(watched))) await look();
      if (lost === undefined) {
        const now = stampsOf(watched.files);
        const changed = differences(before, now);
        before = now;
        if (changed.size > 0 || reason !== "files") await onChange({ reason, changed });
      } else if (told !== messagesOf(lost)) {
        told = messagesOf(lost);
        await onLost(lost);
      }
      reason = await bell.wait();
      await look();
    }
  } finally {
    bell.end();
    watch.end();
  }
}

function messagesOf(errors: readonly ConfigManagerError[]): string {
  return errors.map(({ message }) => message).join("\n");
}

// A file behind a link changes where it is.
function foldersOf({ files, folders }: Watched): ReadonlySet<string> {
  return new Set([
    ...folders,
    ...files.map((file) => dirname(file)),
    ...files.map((file) => dirname(followedPath(file))),
  ]);
}

function stampsOf(files: readonly string[]): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file, stampOf(file)]));
}

/** The keys that have another value in the one than in the other, or are in one of them only. */
export function differences(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  return new Set([...before.keys(), ...now.keys()].filter((file) => before.get(file) !== now.get(file)));
}

function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "gone";
  }
}
