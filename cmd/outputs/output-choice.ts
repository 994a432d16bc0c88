import { statSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { CommandArguments } from "../commands/command.ts";
import type { Io } from "../io.ts";

/** Where results go, before it is known which inputs there are. */
export type OutputChoice =
  /** Standard output, under any of its names. */
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "folder"; readonly name: string }
  /** A folder for several inputs, a file for one: `-p` of v3's commands. */
  | { readonly kind: "either"; readonly name: string }
  | { readonly kind: "in-place" };

// By its device name it would be replaced, where it is a file, instead of written to.
const standardOutput: ReadonlySet<string> = new Set(["-", "stdout", "/dev/stdout"]);

/** The choice that a path means when it names a file, or standard output. */
export function fileChoice(name: string): OutputChoice & { readonly kind: "stdout" | "file" } {
  return standardOutput.has(name) ? { kind: "stdout" } : { kind: "file", name };
}

/** What `-o`, `--out-dir` and `--in-place` say; standard output unless given. Throws CM_USAGE for two of them. */
export function chooseRenderOutput(args: CommandArguments): OutputChoice {
  const [file, folder] = [args.one("output"), args.one("outDir")];
  const given = [
    ...(file === undefined ? [] : ['"--output"']),
    ...(folder === undefined ? [] : ['"--out-dir"']),
    ...(args.has("inPlace") ? ['"--in-place"'] : []),
  ];
  refuseTogether(given);
  if (args.has("inPlace")) return { kind: "in-place" };
  return folder === undefined ? fileChoice(file ?? "-") : { kind: "folder", name: folder };
}

/** What `-p` and `--in-place` say; `byDefault` unless given. Throws CM_USAGE for both. */
export function choosePathOutput(args: CommandArguments, byDefault: string, io: Io): OutputChoice {
  const path = args.one("path");
  if (args.has("inPlace")) {
    refuseTogether([...(path === undefined ? [] : ['"--path"']), '"--in-place"']);
    return { kind: "in-place" };
  }
  return path === undefined ? fileChoice(byDefault) : choosePath(path, io);
}

/** What `-p` says: standard output, a folder, or what is a folder for several inputs and a file for one. */
export function choosePath(path: string, io: Io): OutputChoice & { readonly kind: "stdout" | "folder" | "either" } {
  if (standardOutput.has(path)) return { kind: "stdout" };
  return { kind: path.endsWith("/") || isFolder(resolve(io.cwd, path)) ? "folder" : "either", name: path };
}

function refuseTogether([first, second]: readonly string[]): void {
  if (first === undefined || second === undefined) return;
  throw new ConfigManagerError("CM_USAGE", `${first} and ${second} exclude each other`, { hint: "give one of them" });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
