/**
 * From the words of a command line to inputs: standard input, files, all files of folders, those that fit globs, texts.
 * Nothing is read here but folders. Called by the commands that take files, and again and again by `cmd/watch/`.
 */
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ConfigManagerError, ConfigManagerErrors, isConfigManagerError } from "../../internal/errors/errors.ts";
import type { Io } from "../io.ts";
import { isThere, unreadable } from "../read-input.ts";
import type { FoundInputs, InputSource, LeftOut } from "./input-source.ts";

/** How words are understood. */
export interface FindOptions extends LeftOut {
  /** Whether a word that is no path is a text; no word is unless set. */
  readonly isText?: (word: string) => Promise<boolean>;
  /** What is said of a word that is none of all that, such as `is not there`. */
  readonly isNothing: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * Finds the inputs that words name: `-` is standard input, a path that exists is that file or all files of that folder, then
 * come texts, then globs (`*`, `?`, `{a,b}`, and `**` for folders at any depth). A file is there once, however often it is
 * named. Rejects with CM_USAGE for a second `-`, with CM_INPUT_UNREADABLE for words that name nothing, all of them together.
 */
export async function findInputs(words: readonly string[], io: Io, options: FindOptions): Promise<FoundInputs> {
  if (words.filter((word) => word === "-").length > 1) {
    throw new ConfigManagerError("CM_USAGE", "standard input is named twice", { hint: "give - once" });
  }
  const sources = new Map<string | number, InputSource>();
  const folders = new Set<string>();
  const errors: ConfigManagerError[] = [];
  let isOpen = false;
  for (const [index, word] of words.entries()) {
    try {
      const found = await findOne(word, io, options);
      for (const source of found.sources) {
        const key = source.path ?? source.name ?? index;
        if (!sources.has(key)) sources.set(key, source);
      }
      for (const folder of found.folders) folders.add(folder);
      isOpen ||= found.isOpen;
    } catch (error) {
      if (!isConfigManagerError(error) || error.code !== "CM_INPUT_UNREADABLE") throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  return { sources: [...sources.values()], isOpen, folders: [...folders] };
}

async function findOne(word: string, io: Io, options: FindOptions): Promise<FoundInputs> {
  if (word === "-") return only({ name: word, path: undefined, below: undefined });
  if (isThere(word, io)) {
    const path = resolve(io.cwd, word);
    if (!isFolder(path, word)) return only({ name: word, path, below: basename(path) });
    const { findInFolder } = await import("./open-inputs.ts");
    return findInFolder(word, path, io, options);
  }
  if ((await options.isText?.(word)) === true) {
    return only({ name: undefined, path: undefined, below: undefined, text: word });
  }
  if (/[*?{]/.test(word) && !word.includes("\0")) {
    const { findByGlob } = await import("./open-inputs.ts");
    return findByGlob(word, io, options);
  }
  throw new ConfigManagerError("CM_INPUT_UNREADABLE", `"${word}" ${options.isNothing}`, {
    hint: options.hint,
  });
}

function only(source: InputSource): FoundInputs {
  return { sources: [source], isOpen: false, folders: [] };
}

function isFolder(path: string, word: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(word, error);
  }
}
