import type { Readable } from "node:stream";
import { escapeControls } from "../internal/errors/redact.ts";
import { createHclogReader, type PluginLogRecord } from "../internal/log/hclog.ts";
import type { Logger } from "../internal/log/logger.ts";

/** What is kept of a plugin's stderr, for the errors that it explains. */
export interface StderrTail {
  /** The first line of what is kept that matches, made fit to print as the others are. */
  readonly find: (pattern: RegExp) => string | undefined;
  /** The last lines, at most ten, each of at most 500 characters, control characters escaped; empty ones are left out. */
  readonly lines: () => readonly string[];
  /** The first 200 bytes that the plugin wrote, as they came. */
  readonly start: () => string;
}

const tailBytes = 16_384;
const startBytes = 200;
const shownLines = 10;
const shownCharacters = 500;

/**
 * Reads a plugin's stderr for as long as it lives: keeps its end, and hands each line to `logger` at the plugin's own
 * level, all of it only where debug is logged (a Go host throws it away). Listens in the turn in which it is called.
 */
export function readStderr(stderr: Readable, prefix: string, logger: Logger): StderrTail {
  let start = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  const log = logger.isEnabled("debug") ? createHclogReader((record) => logRecord(record, prefix, logger)) : undefined;
  stderr.on("data", (chunk: Buffer) => {
    if (start.length < startBytes) start = Buffer.concat([start, chunk.subarray(0, startBytes - start.length)]);
    tail = Buffer.concat([tail.subarray(-tailBytes), chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    log?.write(chunk);
  });
  stderr.once("close", () => log?.end());
  stderr.on("error", () => {});
  return {
    find(pattern) {
      const line = toLines(tail).find((text) => pattern.test(text));
      return line === undefined ? undefined : toShown(line);
    },
    lines: () => toLines(tail).slice(-shownLines).map(toShown),
    start: () => start.toString("utf8"),
  };
}

/** Hands one thing that a plugin said to the logger; everything that is the plugin's stays in fields. */
export function logRecord({ level, message, fields }: PluginLogRecord, prefix: string, logger: Logger): void {
  if (logger.isEnabled("debug")) logger.log(level, "plugin log", { ...fields, plugin: prefix, text: message });
}

function toLines(tail: Buffer): readonly string[] {
  const lines = tail.toString("utf8").split("\n");
  // What was cut through at its beginning is no line.
  if (tail.length === tailBytes && lines.length > 1) lines.shift();
  return lines.map((line) => line.trimEnd()).filter((line) => line !== "");
}

function toShown(line: string): string {
  return escapeControls(line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line);
}
