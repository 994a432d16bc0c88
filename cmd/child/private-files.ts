import fs from "node:fs";
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { makeFolder } from "../../internal/files/make-folder.ts";
import { writeOutputFile } from "../../internal/write/output-file.ts";
import type { OutputBlocks } from "../../internal/write/output-options.ts";
import type { CommandContext } from "../context.ts";
import { isThere } from "../read-input.ts";

/** One `--file`: what is rendered, and where it goes below the private folder. */
export interface FileRequest {
  readonly template: string;
  readonly path: string;
}

/** A file that is rendered and not yet written. */
export interface RenderedFile {
  readonly path: string;
  readonly blocks: OutputBlocks;
}

/**
 * Reads `TEMPLATE[:PATH]`; the path is the template's own name, without `.tmpl`, `.tpl` or `.template`, unless set. A
 * template whose name holds a colon is taken for one where it is there.
 * Throws CM_USAGE for a path that is not below the folder, for standard input, and for two files at one path.
 */
export function parseFileRequests(
  texts: readonly string[],
  context: Pick<CommandContext, "io">,
): readonly FileRequest[] {
  const requests = texts.map((text) => parseFileRequest(text, context));
  const paths = new Set<string>();
  for (const { path: name } of requests) {
    if (paths.has(name)) {
      throw new ConfigManagerError("CM_USAGE", `two files of --file have the path "${name}"`, {
        hint: "give one of them another with TEMPLATE:PATH",
      });
    }
    paths.add(name);
  }
  return requests;
}

/** Writes rendered files (0600) below a folder. Rejects with CM_OUTPUT_UNWRITABLE, or with the signal's reason. */
export async function writeFiles(
  files: readonly RenderedFile[],
  folder: string,
  { io }: Pick<CommandContext, "io">,
): Promise<void> {
  for (const { path: name, blocks } of files) {
    const file = path.join(folder, name);
    makeFolder(fs, path.dirname(file), 0o700);
    await writeOutputFile(fs, file, blocks, { signal: io.signal });
  }
}

/** What tells a command where its files are; one variable is unset where there is not one file, but several. */
export function fileVariables(
  files: readonly RenderedFile[],
  folder: string,
): Readonly<Record<"CONFIGMANAGER_FILES" | "CONFIGMANAGER_FILE", string | undefined>> {
  const [only, second] = files;
  const isOne = only !== undefined && second === undefined;
  return {
    CONFIGMANAGER_FILES: folder,
    // Of an `exec` around this one it would name another file.
    CONFIGMANAGER_FILE: isOne ? path.join(folder, only.path) : undefined,
  };
}

function parseFileRequest(text: string, { io }: Pick<CommandContext, "io">): FileRequest {
  const colon = isThere(text, io) ? -1 : text.lastIndexOf(":");
  const template = colon === -1 ? text : text.slice(0, colon);
  const ownName = path.basename(template).replace(/(?!^)\.(?:tmpl|tpl|template)$/, "");
  const asked = colon === -1 ? ownName : text.slice(colon + 1);
  if (template === "-") {
    throw new ConfigManagerError("CM_USAGE", 'standard input cannot be the template of "--file"', {
      hint: "name a file: standard input belongs to the command",
    });
  }
  if (!isBelow(asked)) {
    throw new ConfigManagerError("CM_USAGE", `"${asked}" of --file is no path below a folder`, {
      hint: "write a relative path behind the colon, such as app.yaml.tmpl:conf/app.yaml",
    });
  }
  return { template, path: path.normalize(asked) };
}

function isBelow(asked: string): boolean {
  const name = path.normalize(asked);
  if (asked === "" || asked.includes("\0") || path.isAbsolute(asked)) return false;
  return name !== "." && !name.endsWith(path.sep) && name.split(path.sep)[0] !== "..";
}
