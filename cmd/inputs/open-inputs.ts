/** Folders and globs: words that stand for as many files as there are. Loaded when there is such a word. */
import { join, resolve } from "node:path";
import picomatch from "picomatch";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { Io } from "../io.ts";
import { unreadable } from "../read-input.ts";
import type { FoundInputs, LeftOut } from "./input-source.ts";
import { type Walk, walkFolder } from "./walk-folder.ts";

/** All files below a folder, hidden ones too. Rejects with CM_INPUT_UNREADABLE when there are none, or for a folder that cannot be read. */
export function findInFolder(word: string, folder: string, io: Io, leftOut: LeftOut): Promise<FoundInputs> {
  return find({ word, base: word, folder, entersHidden: true, maxDepth: Infinity, fits: () => true }, io, leftOut);
}

/**
 * The files that fit a glob, as a shell finds them: a name that begins with a dot has to be written with its dot. What stands
 * before the first segment with a wildcard is a folder. Rejects as `findInFolder`.
 */
export function findByGlob(word: string, io: Io, leftOut: LeftOut): Promise<FoundInputs> {
  const segments = word.split("/");
  const first = segments.findIndex((segment) => /[*?{[]/.test(segment));
  const base = segments.slice(0, first).join("/");
  const pattern = segments.slice(first).join("/");
  const fits = picomatch(
    // Of a name, and no syntax: `a(1).yaml`.
    pattern.replace(/(?<!\\)[()|]/g, "\\$&"),
    { nonegate: true, noextglob: true },
  );
  const from = first === 0 ? "" : base === "" ? "/" : base;
  const search = {
    word,
    base: from,
    folder: resolve(io.cwd, from),
    entersHidden: /(?:^|[/{,])\./.test(pattern),
    // A slash in braces may belong to some of the alternatives only.
    maxDepth: pattern.includes("**") ? Infinity : pattern.split("/").length - 1,
    fits,
  };
  return find(search, io, leftOut);
}

interface Search extends Pick<Walk, "folder" | "entersHidden" | "maxDepth"> {
  readonly word: string;
  /** As the names of its files begin. */
  readonly base: string;
  readonly fits: (below: string) => boolean;
}

async function find(search: Search, io: Io, leftOut: LeftOut): Promise<FoundInputs> {
  const { word, base, folder, fits } = search;
  const below: string[] = [];
  const folders = await walkFolder({
    ...search,
    ...leftOut,
    signal: io.signal,
    onFile: (file) => {
      if (fits(file)) below.push(file);
    },
    toError: (path, error) => unreadable(join(base, path), error),
  });
  if (below.length === 0) {
    const message = base === word ? `"${word}" holds no file` : `"${word}" fits no file`;
    throw new ConfigManagerError("CM_INPUT_UNREADABLE", message, { hint: "correct the path" });
  }
  const sources = below
    .sort(byCodePoint)
    .map((file) => ({ name: join(base, file), path: join(folder, file), below: file }));
  return { sources, isOpen: true, folders };
}

// The units of UTF-16 are in another order than code points where one of them is half of a pair.
function byCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a !== b) return a >= 0xd800 && b >= 0xd800 ? left.codePointAt(at)! - right.codePointAt(at)! : a - b;
  }
  return left.length - right.length;
}
