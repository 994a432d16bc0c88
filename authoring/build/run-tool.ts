import { execFile } from "node:child_process";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { escapeControls } from "../../internal/errors/redact.ts";

/** Where and with what a tool is run. */
export interface ToolSurroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** How much of what a failed tool printed is quoted, from its end. */
const quotedLines = 12;

/**
 * Runs a tool of a build to its end and returns what it printed on stdout.
 *
 * @throws CM_BUILD_FAILED with the end of what it printed; CM_BUILD_TOOL_MISSING when there is no such program
 */
export function runTool(
  file: string,
  args: readonly string[],
  { cwd, env, signal }: ToolSurroundings,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal?.aborted === true) return reject(signal.reason as Error);
      reject(error.code === "ENOENT" ? toolMissing(file, error) : buildFailed(file, `${stdout}\n${stderr}`, error));
    });
  });
}

/** The error for a program that a build needs and that is not there. */
export function toolMissing(tool: string, cause?: unknown, hint?: string): ConfigManagerError {
  return new ConfigManagerError("CM_BUILD_TOOL_MISSING", `the build needs "${tool}", which is not there`, {
    hint: hint ?? `install "${tool}"`,
    cause,
  });
}

function buildFailed(file: string, output: string, cause: unknown): ConfigManagerError {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== "");
  const tool = file.split(/[\\/]/).at(-1) ?? file;
  const quoted = lines.slice(-quotedLines).map((line) => `  ${escapeControls(line.slice(0, 500))}`);
  return new ConfigManagerError("CM_BUILD_FAILED", `"${tool}" failed`, {
    hint: quoted.length === 0 ? "look at what it was given" : `it says:\n${quoted.join("\n")}`,
    cause,
  });
}
