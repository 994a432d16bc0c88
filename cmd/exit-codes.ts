import { constants } from "node:os";
import { ConfigManagerError, exitCodeFor } from "../internal/errors/errors.ts";

/** The signals that end a run. */
export type EndingSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** Every one of them. */
export const endingSignals: readonly EndingSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The exit code of a process that a signal ended, as shells have it: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The error that a run ends with after a signal: CM_CANCELED. */
export function canceledBy(signal: EndingSignal): ConfigManagerError {
  const message = signal === "SIGINT" ? "interrupted" : `terminated by ${signal}`;
  return new ConfigManagerError("CM_CANCELED", message, { details: { signal } });
}

/** The exit code of a run that ends with these errors; the kinds in their order, a signal with its own number. */
export function exitCodeOfRun(errors: readonly ConfigManagerError[]): number {
  const code = exitCodeFor(errors);
  const signal = errors.find((error) => error.code === "CM_CANCELED")?.details["signal"];
  return code === 130 && isEndingSignal(signal) ? exitCodeOfSignal(signal) : code;
}

function isEndingSignal(value: unknown): value is EndingSignal {
  return endingSignals.some((signal) => signal === value);
}
