import { lstat } from "node:fs/promises";
import {
  alreadyExists,
  badRequest,
  isStoreError,
  type PutRequest,
  replaceFile,
  type StoreContext,
  StoreError,
  utf8Text,
  withFileLock,
} from "configmanager/plugin";
import { formatOf, locateTarget, rootOf } from "./address.ts";
import type { EditableFormat } from "./edit-document.ts";
import { isDirectory, toStoreError } from "./file-errors.ts";
import { parseKeyPath, spellKeyPath } from "./key-path.ts";
import { maxFileBytes, readRegularFile } from "./read-file.ts";
import { decodeText } from "./to-json.ts";

/**
 * Writes a file, or with the metadata key `key` one value of a JSON or YAML document, of which every other byte stays.
 * What is there is replaced whole or not at all, and no other writer of the same kind comes between.
 *
 * Throws `alreadyExists` when only a new value was wanted, `badRequest` for what cannot be written, `tooLarge` above
 * 64 MiB, and whatever locating and reading a file throws.
 */
export async function putFile(request: PutRequest, context: StoreContext): Promise<void> {
  const { path, metadata } = request;
  const { signal } = context;
  const keyPath = metadata["key"] === undefined ? undefined : parseKeyPath(metadata["key"]);
  const write = keyPath === undefined ? writeWhole : writeValue(editableFormatOf(path), keyPath);
  const file = await locateTarget(path, rootOf(context));
  try {
    await withFileLock(file, signal, async () => {
      const bytes = await write(file, request, signal);
      if (bytes === undefined) return;
      if (bytes.length > maxFileBytes) throw tooLarge(path, bytes.length);
      await replaceFile(file, bytes, { signal });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw isStoreError(error) ? error : toStoreError(error, path, "written");
  }
}

/** The bytes that a file shall have; undefined when it has them. */
type Write = (file: string, request: PutRequest, signal: AbortSignal) => Promise<Uint8Array | undefined>;

async function writeWhole(file: string, { path, data, createOnly }: PutRequest): Promise<Uint8Array> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats?.isDirectory() === true) throw isDirectory(path);
  if (stats !== undefined && !stats.isFile()) throw badRequest(`"${path}" is no regular file`);
  if (stats !== undefined && createOnly) throw alreadyExists(path);
  return data;
}

function writeValue(format: EditableFormat, keyPath: readonly string[]): Write {
  return async (file, { path, data, createOnly }, signal) => {
    const value = utf8Text(data);
    if (value === undefined) throw badRequest("value is not valid UTF-8 text", { hint: "write it as a whole file" });
    const old = await readOrNothing(file, path, signal);
    // An empty JSON document is an object, an empty YAML document is nothing.
    const text = old === undefined ? (format === "json" ? "{}\n" : "") : decodeText(old);
    const { editDocument } = await import("./edit-document.ts");
    const edited = editDocument(text, format, { keyPath, value }, createOnly);
    if (edited === undefined) throw alreadyExists(`${path}|${spellKeyPath(keyPath)}`);
    if (old !== undefined && edited === text) return undefined;
    // The mark is no part of the text, and stays.
    return Buffer.from(old !== undefined && hasByteOrderMark(old) ? `\ufeff${edited}` : edited);
  };
}

async function readOrNothing(file: string, path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await readRegularFile(file, path, signal);
  } catch (error) {
    if (isStoreError(error) && error.kind === "notFound") return undefined;
    throw error;
  }
}

function editableFormatOf(path: string): EditableFormat {
  if (formatOf(path) === "yaml") return "yaml";
  if (path.toLowerCase().endsWith(".json")) return "json";
  throw badRequest(`"${path}" cannot be written by key path: only .json, .yaml and .yml files can`, {
    hint: "leave the key path out to write the whole file",
  });
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function tooLarge(path: string, size: number): StoreError {
  return new StoreError("tooLarge", `"${path}" would have ${size} bytes, more than the ${maxFileBytes} that are read`);
}
