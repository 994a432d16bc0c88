/** Which output belongs to which input. Everything that is wrong about it is said before a store is asked. */
import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { findTarget } from "../../internal/write/output-target.ts";
import type { FoundInputs, InputSource } from "../inputs/input-source.ts";
import type { Io } from "../io.ts";
import type { OutputChoice } from "./output-choice.ts";

/** An input with the place of its output. */
export interface MappedInput {
  readonly source: InputSource;
  /** Undefined for standard output. */
  readonly output: MappedOutput | undefined;
}

/** A file that is written. */
export interface MappedOutput {
  /** As the user would name it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** How inputs get their outputs. */
export interface MapOptions {
  /** What names an output folder, for messages. */
  readonly folderFlag: "--out-dir" | "--path";
  readonly backupSuffix: string | undefined;
}

/**
 * Gives each input its output. In place, two names of one file count once. Throws CM_USAGE for several inputs without a
 * folder, for an input without a name that needs one, and for two that would go to one file.
 */
export function mapOutputs(
  { sources, isOpen }: FoundInputs,
  choice: OutputChoice,
  io: Io,
  options: MapOptions,
): readonly MappedInput[] {
  const needsFolder = isOpen || sources.length > 1;
  if (needsFolder && (choice.kind === "stdout" || choice.kind === "file")) {
    throw new ConfigManagerError("CM_USAGE", "several inputs need a folder for their outputs", {
      hint: `name one with ${options.folderFlag}, or use --in-place`,
    });
  }
  if (choice.kind === "stdout") return sources.map((source) => ({ source, output: undefined }));
  const mapped = sources.map((source) => ({ source, output: outputOf(source, choice, needsFolder, io) }));
  if (choice.kind === "folder" || choice.kind === "either") refuseOverInput(mapped, choice.name, needsFolder);
  return mapped.length === 1 ? mapped : withoutConflicts(mapped, options);
}

// One file may be named as its own output; a folder's templates would be gone by a slip.
function refuseOverInput(mapped: readonly FileInput[], folder: string, needsFolder: boolean): void {
  const over = needsFolder ? mapped.find(({ source, output }) => source.path === output.path) : undefined;
  if (over === undefined) return;
  throw new ConfigManagerError("CM_USAGE", `"${over.output.name}" is an input, and would be written over`, {
    hint: `name another folder than "${folder}", or use --in-place when that is what you want`,
  });
}

function outputOf(
  source: InputSource,
  choice: Exclude<OutputChoice, { kind: "stdout" }>,
  needsFolder: boolean,
  io: Io,
): MappedOutput {
  if (choice.kind === "in-place") {
    if (source.path !== undefined) return { name: source.name!, path: source.path };
    throw noFile(source, "cannot be rewritten in place");
  }
  const inFolder = choice.kind === "folder" || (choice.kind === "either" && needsFolder);
  if (!inFolder) return { name: choice.name, path: resolve(io.cwd, choice.name) };
  if (source.below === undefined) throw noFile(source, `has no name below "${choice.name}"`);
  const name = join(choice.name, source.below);
  return { name, path: resolve(io.cwd, name) };
}

function noFile({ text }: InputSource, what: string): ConfigManagerError {
  return new ConfigManagerError("CM_USAGE", `${text === undefined ? "standard input" : "a text"} ${what}`, {
    hint: "name an output file for it, in a run of its own",
  });
}

interface FileInput extends MappedInput {
  readonly output: MappedOutput;
}

function withoutConflicts(mapped: readonly FileInput[], { backupSuffix }: MapOptions): readonly MappedInput[] {
  const realPath = createRealPath();
  const byPath = new Map<string, FileInput>();
  for (const input of mapped) {
    const path = realPath(input.output.path);
    const other = byPath.get(path);
    if (other === undefined) byPath.set(path, input);
    else if (!isSameFile(input, other, realPath)) throw conflict(input, other);
  }
  if (backupSuffix !== undefined) {
    for (const [path, { output }] of byPath) {
      const backup = byPath.get(`${path}${backupSuffix}`)?.output;
      if (backup === undefined) continue;
      throw new ConfigManagerError(
        "CM_USAGE",
        `"${backup.name}" is an output, and would be the backup of "${output.name}"`,
        {
          hint: "name another --backup-suffix",
        },
      );
    }
  }
  return [...byPath.values()];
}

function isSameFile(one: FileInput, other: FileInput, realPath: (path: string) => string): boolean {
  const [left, right] = [one.source.path, other.source.path];
  return left !== undefined && right !== undefined && realPath(left) === realPath(right);
}

function conflict(one: FileInput, other: FileInput): ConfigManagerError {
  const message = `"${other.source.name}" and "${one.source.name}" would both be written to "${one.output.name}"`;
  return new ConfigManagerError("CM_USAGE", message, {
    hint: "name a folder or quote a glob, which keeps the folders of its files apart",
  });
}

// The folder's is looked up once for all files in it: a look-up that fails costs more than most steps of a small file.
function createRealPath(): (path: string) => string {
  const folders = new Map<string, string>();
  const folderOf = (folder: string): string => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const parent = dirname(folder);
    const real = followed(folder) ?? (parent === folder ? folder : join(folderOf(parent), basename(folder)));
    folders.set(folder, real);
    return real;
  };
  return (path) => {
    const target = targetOf(path);
    return join(folderOf(dirname(target)), basename(target));
  };
}

// What is wrong with it, the writer says.
function targetOf(path: string): string {
  try {
    return findTarget(fs, path).path;
  } catch {
    return path;
  }
}

function followed(path: string): string | undefined {
  try {
    return fs.realpathSync.native(path);
  } catch {
    return undefined;
  }
}
