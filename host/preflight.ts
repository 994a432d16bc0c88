import { accessSync, closeSync, constants, existsSync, openSync, readSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError, type ErrorDetails } from "../internal/errors/errors.ts";
import { escapeControls } from "../internal/errors/redact.ts";
import type { Logger } from "../internal/log/logger.ts";
import type { FoundPlugin } from "./discover.ts";
import { type ExecutableFormat, formatHeadBytes, readExecutableFormat } from "./executable-format.ts";
import type { HostContext } from "./host-context.ts";
import { platformName } from "./platform.ts";
import { statIfThere } from "./stat-if-there.ts";

/** What a file is, for whoever has to explain why it did not start. */
export interface FileFacts {
  readonly file: string;
  /** Octal permission bits, `0755`. */
  readonly mode: string;
  readonly owner: number;
  /** `elf`, `mach-o`, `pe`, `script` or what it looks like. */
  readonly format: string;
  /** As Go spells them; the interpreter of a script. */
  readonly architecture: string;
}

type PreflightContext = Pick<HostContext, "platform" | "arch" | "uid">;

/** What a file must be here, and what runs beside the native architecture. */
const formatOf = (platform: string): ExecutableFormat["kind"] =>
  platform === "win32" ? "pe" : platform === "darwin" ? "mach-o" : "elf";
const alsoRuns: Readonly<Record<string, readonly string[]>> = {
  "linux-x64": ["ia32"],
  "darwin-arm64": ["x64"],
  "win32-x64": ["ia32"],
  "win32-arm64": ["x64", "ia32"],
};

/**
 * Refuses a plugin's file that cannot or must not be run, before anything is run: this is also what keeps Node from
 * handing a file of a foreign format to `/bin/sh` (go-plugin protocol, sections 10.1 and 10.3).
 *
 * @throws CM_PLUGIN_NOT_FOUND, CM_PLUGIN_UNTRUSTED, CM_PLUGIN_NOT_EXECUTABLE
 */
export function preflight(
  plugin: FoundPlugin,
  context: PreflightContext,
  options: { readonly trustPluginModes: boolean; readonly logger: Logger },
): FileFacts {
  const stats = statIfThere(plugin.file);
  if (stats === undefined) {
    throw new ConfigManagerError(
      "CM_PLUGIN_NOT_FOUND",
      `there is no file "${plugin.file}", the plugin of "${plugin.prefix}"`,
      {
        hint: 'correct "path" of the store in the configuration',
        details: { prefix: plugin.prefix, file: plugin.file },
      },
    );
  }
  if (!stats.isFile()) throw notExecutable(plugin, "is not a regular file", { file: plugin.file });
  if (plugin.isShipped && plugin.inside === undefined) {
    return facts(plugin, stats, { kind: "script", interpreter: "node" });
  }
  if (plugin.isShipped) return facts(plugin, stats, readExecutableFormat(readHead(plugin)));

  if (!options.trustPluginModes) checkTrust(plugin, stats, context, options.logger);
  if (context.platform !== "win32" && !isExecutable(plugin.file)) {
    throw notExecutable(
      plugin,
      `has no execute bit for this user (mode ${octal(stats.mode)})`,
      { file: plugin.file },
      `chmod 755 "${plugin.file}"`,
    );
  }
  const format = readExecutableFormat(readHead(plugin));
  checkFormat(plugin, format, context);
  return facts(plugin, stats, format);
}

function checkTrust(plugin: FoundPlugin, fileStats: Stats, { uid, platform }: PreflightContext, logger: Logger): void {
  if (platform === "win32" || uid === undefined) return;
  const folder = path.dirname(plugin.file);
  const checks: readonly [string, string, Stats][] = [
    ["file", plugin.file, fileStats],
    ["folder", folder, statSync(folder)],
  ];
  for (const [what, name, stats] of checks) {
    const details = { prefix: plugin.prefix, file: name, mode: octal(stats.mode), owner: stats.uid };
    const refuse = (reason: string, command: string): ConfigManagerError =>
      new ConfigManagerError("CM_PLUGIN_UNTRUSTED", `the plugin ${what} "${name}" ${reason}`, {
        hint: `${command}, or pass --trust-plugin-modes`,
        details,
      });
    if (stats.uid !== uid && stats.uid !== 0) {
      throw refuse(`belongs to the user ${stats.uid}, neither to you nor to root`, `chown it to the user ${uid}`);
    }
    if ((stats.mode & 0o002) !== 0) throw refuse("can be written by everybody", `chmod o-w "${name}"`);
    if ((stats.mode & 0o020) !== 0) logger.log("warn", `a plugin's ${what} can be written by its group`, details);
  }
}

function checkFormat(plugin: FoundPlugin, format: ExecutableFormat, { platform, arch }: PreflightContext): void {
  const details: ErrorDetails = { file: plugin.file, format: formatText(format) };
  if (format.kind === "unknown") {
    throw notExecutable(plugin, `is ${format.looksLike}, not a program`, details, "install the plugin again");
  }
  if (format.kind === "script") {
    checkInterpreter(plugin, format.interpreter, platform, details);
    return;
  }
  const wanted = formatOf(platform);
  const here = platformName(platform, arch);
  const runs = new Set([arch, ...(alsoRuns[`${platform}-${arch}`] ?? [])]);
  if (format.kind !== wanted || !format.architectures.some((architecture) => runs.has(architecture))) {
    const is = `${format.kind} for ${architectureText(format)}`;
    throw notExecutable(plugin, `is ${is}, which ${here} does not run`, details, `install the plugin for ${here}`);
  }
}

function checkInterpreter(plugin: FoundPlugin, interpreter: string, platform: string, details: ErrorDetails): void {
  if (platform === "win32") throw notExecutable(plugin, "is a script, which Windows does not run", details);
  if (interpreter.endsWith("\r")) {
    throw notExecutable(
      plugin,
      'has Windows line ends, so the system cannot read its "#!" line',
      details,
      "convert it to LF line ends",
    );
  }
  if (!existsSync(interpreter)) {
    const name = escapeControls(interpreter.slice(0, 200));
    throw notExecutable(
      plugin,
      `needs the interpreter "${name}", which is not there`,
      details,
      `install "${name}" or correct the "#!" line`,
    );
  }
}

function notExecutable(plugin: FoundPlugin, reason: string, details: ErrorDetails, hint?: string): ConfigManagerError {
  const message = `the plugin of "${plugin.prefix}", "${plugin.file}", ${reason}`;
  return new ConfigManagerError("CM_PLUGIN_NOT_EXECUTABLE", message, {
    hint,
    details: { prefix: plugin.prefix, ...details },
  });
}

// Synchronous for the reason given in stat-if-there.ts.
function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readHead(plugin: FoundPlugin): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(plugin.file, "r");
    const head = Buffer.allocUnsafe(formatHeadBytes);
    return head.subarray(0, readSync(descriptor, head, 0, formatHeadBytes, 0));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw notExecutable(plugin, `cannot be read (${code})`, { file: plugin.file }, `chmod u+r "${plugin.file}"`);
  } finally {
    // Closed before the launch: a file that somebody holds open for writing is refused, and we must not be confused with them.
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function facts(plugin: FoundPlugin, stats: Stats, format: ExecutableFormat): FileFacts {
  return {
    file: plugin.file,
    mode: octal(stats.mode),
    owner: stats.uid,
    format: formatText(format),
    architecture: architectureText(format),
  };
}

function formatText(format: ExecutableFormat): string {
  return format.kind === "unknown" ? format.looksLike : format.kind;
}

function architectureText(format: ExecutableFormat): string {
  if (format.kind === "script") return escapeControls(format.interpreter);
  if (format.kind === "unknown") return "unknown";
  return format.architectures.map((architecture) => platformName("", architecture).slice(1)).join(", ");
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
