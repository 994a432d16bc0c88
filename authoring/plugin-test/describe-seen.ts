/** How what was seen of a plugin is said in a report; never for values. */
import { status } from "@grpc/grpc-js";
import { grpcStatusOf } from "./grpc/grpc-status.ts";
import type { RawExit, RawPlugin } from "./raw-plugin.ts";

const maxQuotedCharacters = 200;

/** Text of a plugin in quotes, cut to what fits on a few lines. */
export function quote(text: string): string {
  return text.length <= maxQuotedCharacters ? `"${text}"` : `"${text.slice(0, maxQuotedCharacters)}…"`;
}

/** How a process has ended. */
export function exitText({ code, signal }: RawExit): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? "not startable" : `exit code ${code}`;
}

/** How a plugin has ended, or that it has not, with the end of its stderr. */
export function endText(plugin: RawPlugin): string {
  const how = plugin.exit === undefined ? "still running" : exitText(plugin.exit);
  const lines = plugin.stderr.trimEnd().split("\n").slice(-3);
  // Whole lines as far as they fit, and the last one in any case.
  while (lines.length > 1 && lines.join("\n").length > maxQuotedCharacters) lines.shift();
  return lines.join("") === "" ? how : `${how}; on stderr: ${quote(lines.join("\n"))}`;
}

/** The name of a status code of gRPC's. */
export function statusName(code: number): string {
  return status[code] ?? `status ${code}`;
}

/** Why a call failed. */
export function failureText(error: unknown): string {
  const code = grpcStatusOf(error);
  if (code === undefined) return error instanceof Error ? error.message : "an unknown failure";
  const details = error instanceof Error && "details" in error ? String(error.details) : "";
  return details === "" ? statusName(code) : `${statusName(code)}: ${quote(details)}`;
}
