/** A `PATH` that holds what a test wants and nothing else. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** Where a program is on this machine's `PATH`; undefined when it is nowhere. */
export function findTool(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false);
}

/**
 * Makes a folder with links to tools of this machine, and with scripts of the test's own.
 *
 * @param tools names; those that this machine has not are left out
 * @param scripts texts of `sh`, by the name that they get
 */
export function toolFolder(
  folder: string,
  tools: readonly string[],
  scripts: Readonly<Record<string, string>> = {},
): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  for (const tool of tools) {
    const file = findTool(tool);
    if (file !== undefined && scripts[tool] === undefined) symlinkSync(file, join(folder, tool));
  }
  return folder;
}

/** The shells of this machine that a script for `sh` must run in, each with its arguments. Says which are missing. */
export function posixShells(): readonly (readonly [string, ...string[]])[] {
  const wanted = [["sh"], ["dash"], ["bash"], ["busybox", "sh"]] as const;
  return wanted.filter(([name]) => {
    const isThere = findTool(name) !== undefined && spawnSync(name, ["--help"]).error === undefined;
    if (!isThere) process.stderr.write(`WARNING: there is no ${name} here: scripts are not tried in it\n`);
    return isThere;
  });
}
