/** Shells that complete a command line with one of our scripts; one that is not there is skipped, with a warning. */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { it } from "vitest";
import { root } from "./source-files.ts";

/** `it` for tests that need this shell. */
export function itWithShell(shell: "bash" | "zsh" | "fish"): typeof it {
  const isThere = spawnSync(shell, ["-c", "exit 0"]).status === 0;
  if (!isThere) process.stderr.write(`WARNING: no ${shell} on PATH: its tests of completion are skipped\n`);
  return it.skipIf(!isThere) as typeof it;
}

/** What bash offers when these are the words of its line, the last one being completed. */
export function completeInBash(script: string, words: readonly string[], cwd: string): readonly string[] {
  const code = `source ./script
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
_configmanager
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return linesOf(runShell("bash", ["--norc", "-c", code, "bash", ...words], script, cwd));
}

/** What fish offers for a line, without the descriptions. */
export function completeInFish(script: string, line: string, cwd: string): readonly string[] {
  const code = 'source ./script; complete -C "$argv[1]"';
  return linesOf(runShell("fish", ["-N", "-c", code, line], script, cwd)).map((offered) => offered.split("\t")[0]!);
}

/** What zsh makes of a line when Tab is pressed. */
export function completeInZsh(script: string, line: string, cwd: string): string {
  const driver = join(root, "test", "fixtures", "shells", "complete.zsh");
  return runShell("zsh", ["-f", driver, "./script", line], script, cwd).replace(/\r?\n$/, "");
}

// With nothing on PATH but what shells themselves need: a script starts no program of ours.
function runShell(shell: string, args: readonly string[], script: string, cwd: string): string {
  writeFileSync(join(cwd, "script"), script);
  const env = { PATH: "/usr/bin:/bin", HOME: cwd, TERM: "dumb", XDG_CONFIG_HOME: cwd, XDG_DATA_HOME: cwd };
  return execFileSync(shell, args, { cwd, env, encoding: "utf8", timeout: 20_000 });
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
