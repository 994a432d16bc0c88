/** The report of a run, `--report FILE`: each token with what became of it, never a value. Called by `run.ts`. */
import fs from "node:fs";
import { resolve } from "node:path";
import type { TokenReport } from "../configmanager.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { Io } from "./io.ts";

/** Refuses, before anything is done, what a report cannot be written to. Throws CM_USAGE. */
export function checkReportTarget(target: string): void {
  if (target !== "-") return;
  throw new ConfigManagerError("CM_USAGE", '"--report" names a file', {
    hint: "name one, standard output is for data",
  });
}

/** Writes the report, whole or not at all. Rejects with CM_OUTPUT_UNWRITABLE. */
export async function writeRunReport(target: string, tokens: readonly TokenReport[], io: Io): Promise<void> {
  const { writeOutputFile } = await import("../internal/write/output-file.ts");
  await writeOutputFile(fs, resolve(io.cwd, target), [Buffer.from(formatRunReport(tokens))], {
    onProcessExit: io.onProcessExit,
  });
}

/** The report as JSON: `{ "tokens": [ … ] }`, one token a line. */
export function formatRunReport(tokens: readonly TokenReport[]): string {
  const lines = tokens.map((token) => `    ${JSON.stringify(toRecord(token))}`);
  return `{\n  "tokens": [${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n  `}]\n}\n`;
}

/** One token for programs: its place apart, its expiry as RFC 3339, its time in whole milliseconds. */
export function toRecord(report: TokenReport): object {
  const { text, prefix, path, keyPath, metadata, place, status, answeredBy, version, expiresAt, tookMs } = report;
  return {
    file: place?.file,
    line: place?.line,
    column: place?.column,
    token: text,
    prefix,
    path,
    keyPath,
    metadata,
    default: report.default,
    as: report.as,
    status,
    store: answeredBy,
    version,
    expiresAt: expiresAt?.toISOString(),
    tookMs: tookMs === undefined ? undefined : Math.round(tookMs),
    empty: report.isEmpty,
    code: report.code,
  };
}
