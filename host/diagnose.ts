import { ConfigManagerError, type ErrorDetails } from "../internal/errors/errors.ts";
import { escapeControls } from "../internal/errors/redact.ts";
import type { ErrorCode } from "../internal/errors/codes.ts";
import type { FileFacts } from "./preflight.ts";
import type { ExitStatus, PluginProcess } from "./plugin-process.ts";

/** Whose failure is to be explained. */
export interface PluginSuspect {
  readonly prefix: string;
  readonly facts: FileFacts;
}

/** The line of stderr that says more than the last one does: a panic of Go, an uncaught error of Node or Python. */
const tellingLine = /^(?:panic: |fatal error: |(?:Uncaught )?\w*(?:Error|Exception)\b)/;

/**
 * An error of a plugin with everything that explains it in its details: path, mode, owner, format, architecture, how
 * the process ended, the last lines of its stderr. `what` goes on after `the plugin of "PREFIX"`.
 */
export function pluginError(
  code: ErrorCode,
  what: string,
  suspect: PluginSuspect,
  child: PluginProcess | undefined,
  options: { readonly hint?: string | undefined; readonly details?: ErrorDetails; readonly cause?: unknown } = {},
): ConfigManagerError {
  return new ConfigManagerError(code, `the plugin of "${suspect.prefix}" ${what}`, {
    hint: options.hint ?? hintFor(suspect, child),
    details: { ...processDetails(suspect, child), ...options.details },
    cause: options.cause,
  });
}

/** The plugin ended although it was needed: before its handshake, or while it was asked. */
export function exitError(
  code: "CM_PLUGIN_EXITED_EARLY" | "CM_PLUGIN_CRASHED",
  when: string,
  suspect: PluginSuspect,
  child: PluginProcess,
): ConfigManagerError {
  const reason = lastWords(child);
  const what = `${howEnded(child.exitStatus())} ${when}${reason === undefined ? "" : `: ${reason}`}`;
  return pluginError(code, what, suspect, child);
}

/** An error of the handshake, which names no plugin by itself, with plugin and details added. */
export function handshakeError(
  error: ConfigManagerError,
  suspect: PluginSuspect,
  child: PluginProcess,
): ConfigManagerError {
  return pluginError(error.code, `failed its handshake: ${error.message}`, suspect, child, {
    hint: error.hint,
    details: error.details,
    cause: error,
  });
}

/** The system refused to start the file, although the look at it before found nothing. */
export function spawnFailure(error: unknown, suspect: PluginSuspect): ConfigManagerError {
  const errno = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return pluginError("CM_PLUGIN_NOT_EXECUTABLE", `could not be started: ${errno}`, suspect, undefined, {
    hint: spawnHints[errno],
    details: { errno },
    cause: error,
  });
}

const spawnHints: Readonly<Record<string, string>> = {
  EACCES: "check that its file system is not mounted with noexec",
  ENOENT: "check that its interpreter and its loader are installed",
  ETXTBSY: "wait until whatever writes the file has finished",
  EAGAIN: "raise the limit of processes",
  EMFILE: "raise the limit of open files",
  ENOEXEC: "install the plugin for this system",
};

/** Text of a plugin for one line of a message: control characters escaped, cut off at `maxCharacters`. */
export function quotePlugin(text: string, maxCharacters = 500): string {
  const trimmed = text.trim();
  const cut =
    trimmed.length > maxCharacters ? `${trimmed.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, "")}…` : trimmed;
  return escapeControls(cut);
}

function howEnded(status: ExitStatus | undefined): string {
  if (status?.signal !== undefined) return `was ended by ${status.signal}`;
  return status === undefined ? "closed its connection" : `exited with code ${status.exitCode}`;
}

function lastWords(child: PluginProcess): string | undefined {
  const line = child.stderr.find(tellingLine) ?? child.stderr.lines().at(-1);
  return line === undefined ? undefined : messageOf(line);
}

// A record of hclog is worth its message and its error here.
function messageOf(line: string): string {
  const message = /"@message":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  const error = /"error":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  return message === undefined ? line : [message, error].filter((part) => part !== undefined).join(": ");
}

function processDetails({ prefix, facts }: PluginSuspect, child: PluginProcess | undefined): ErrorDetails {
  const status = child?.exitStatus();
  return {
    prefix,
    file: facts.file,
    mode: facts.mode,
    owner: facts.owner,
    format: facts.format,
    architecture: facts.architecture,
    exitCode: status?.exitCode,
    signal: status?.signal,
    stderr: child?.stderr.lines(),
  };
}

function hintFor({ facts }: PluginSuspect, child: PluginProcess | undefined): string | undefined {
  const status = child?.exitStatus();
  const said = child?.stderr.lines().join("\n") ?? "";
  if (/error while loading shared libraries|Library not loaded/.test(said)) return "install the library that it names";
  if (status?.exitCode === 127 && facts.format === "script") {
    return `check that what the first line of "${facts.file}" names is on the PATH that the plugin inherits`;
  }
  if (status?.signal === "SIGKILL")
    return "check the memory limit; on macOS also the quarantine and the signature of the file";
  return undefined;
}
