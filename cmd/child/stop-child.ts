import type { ChildProcess } from "node:child_process";
import type { ChildControl } from "./run-child.ts";

/** Ends a process when that is asked for. */
export interface Stopper {
  /** Resolves when the process was killed, since it has not ended in time. */
  readonly overdue: Promise<void>;
  /** Nothing is sent from now on. */
  readonly forget: () => void;
}

/** Sends SIGTERM when `stop` comes, or has come already, and SIGKILL `graceMs` later. */
export function stopOnRequest(child: ChildProcess, { stop, graceMs }: Pick<ChildControl, "stop" | "graceMs">): Stopper {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onStop = (): void => {};
  const overdue = new Promise<void>((resolve) => {
    onStop = () => {
      child.kill("SIGTERM");
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        resolve();
      }, graceMs);
    };
  });
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  return {
    overdue,
    forget() {
      stop.removeEventListener("abort", onStop);
      clearTimeout(timer);
    },
  };
}
