/** How a run is ended from outside: by its caller's signal or by its own time-out, each with its coded error. */
import { ConfigManagerError, ConfigManagerErrors, isConfigManagerError } from "../internal/errors/errors.ts";

/** The signal of one run: aborted with the caller's signal, or when the run takes longer than `runTimeoutMs`. */
export function runSignal(signal: AbortSignal | undefined, runTimeoutMs: number | undefined): AbortSignal | undefined {
  if (runTimeoutMs === undefined) return signal;
  const timeout = AbortSignal.timeout(runTimeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** What a run that was ended rejects with: CM_STORE_TIMEOUT for its time-out, the reason when it is coded, else CM_CANCELED. */
export function cancellation(reason: unknown, runTimeoutMs: number | undefined): ConfigManagerErrors {
  if (isConfigManagerError(reason)) return new ConfigManagerErrors([reason]);
  if (runTimeoutMs !== undefined && reason instanceof DOMException && reason.name === "TimeoutError") {
    const message = `the run took longer than ${runTimeoutMs / 1000} s`;
    return new ConfigManagerErrors([
      new ConfigManagerError("CM_STORE_TIMEOUT", message, {
        hint: "raise --run-timeout, or see with -v what it waits for",
      }),
    ]);
  }
  return new ConfigManagerErrors([new ConfigManagerError("CM_CANCELED", "the run was canceled", { cause: reason })]);
}
