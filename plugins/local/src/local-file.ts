import { mkdir, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  alreadyExists,
  isStoreError,
  type ListedValue,
  type ListRequest,
  notFound,
  type PutRequest,
  replaceFile,
  type StoreContext,
  StoreError,
  type StoreRequest,
  type StoreResult,
  withFileLock,
} from "configmanager/plugin";
import { isBelow, toName } from "./address.ts";
import { encrypt } from "./age.ts";
import { type Document, emptyDocument, formatDocument, setValue, valueOf } from "./document.ts";
import { codeOf, toStoreError } from "./file-errors.ts";
import { createKeys, type Keys, loadKeys } from "./keys.ts";
import { maxPlainBytes, noKeys, openDocument, readEncrypted } from "./read-document.ts";
import { chooseRecipients, listRecipients } from "./recipients.ts";
import { readSettings, type Settings } from "./settings.ts";

/** The store file of each call's surroundings. */
export interface LocalFile {
  readonly read: (requests: readonly StoreRequest[], context: StoreContext) => AsyncIterable<StoreResult>;
  readonly put: (request: PutRequest, context: StoreContext) => Promise<{ readonly version: string }>;
  readonly list: (request: ListRequest, context: StoreContext) => AsyncIterable<ListedValue>;
}

/** Makes nothing and reads nothing yet. A file that has not changed is decrypted once, however often it is asked. */
export function openLocalFile(): LocalFile {
  let last: { readonly encrypted: Buffer; readonly document: Promise<Document> } | undefined;

  /** Undefined when there is no file. */
  async function load(settings: Settings): Promise<Document | undefined> {
    const encrypted = await readEncrypted(settings.file);
    if (encrypted === undefined) return undefined;
    if (last === undefined || !last.encrypted.equals(encrypted)) {
      const document = loadKeys(settings.key).then((keys) => openDocument(encrypted, keys, settings));
      last = { encrypted, document };
      // A key may be put right while the file stays the same.
      document.catch(() => (last = undefined));
    }
    return last.document;
  }

  return {
    async *read(requests, context) {
      const settings = await readSettings(context);
      const document = await load(settings);
      for (const request of requests) yield { request, value: answer(request, document, settings) };
    },
    put: putValue,
    async *list({ path, recursive }, context) {
      const settings = await readSettings(context);
      const document = await load(settings);
      if (document === undefined) throw missingFile(settings);
      for (const name of [...document.values.keys()].toSorted()) {
        if (isBelow(name, path, recursive)) yield { path: name, value: valueOf(document, name)! };
      }
    },
  };
}

function answer({ path }: StoreRequest, document: Document | undefined, settings: Settings): StoreResult["value"] {
  try {
    const name = toName(path);
    if (document === undefined) return missingFile(settings, name);
    return valueOf(document, name) ?? notFound(name, { hint: howToInsert(name) });
  } catch (error) {
    if (isStoreError(error)) return error;
    throw error;
  }
}

async function putValue(
  { path, data, createOnly }: PutRequest,
  context: StoreContext,
): Promise<{ readonly version: string }> {
  const name = toName(path);
  const { signal } = context;
  const settings = await readSettings(context);
  if (settings.mayMakeFolder) await makeFolder(dirname(settings.file));
  return underLock(settings.file, signal, async (file) => {
    const encrypted = await readEncrypted(file);
    const keys = (await loadKeys(settings.key)) ?? (await makeKeys(encrypted !== undefined, settings, context));
    const recipients = chooseRecipients(await listRecipients(settings), keys, settings);
    const document = encrypted === undefined ? emptyDocument() : await openDocument(encrypted, keys, settings);
    if (createOnly && document.values.has(name)) throw alreadyExists(name);
    const version = setValue(document, name, data, new Date());
    const plain = formatDocument(document);
    if (plain.length > maxPlainBytes) throw tooLarge(settings.file, plain.length);
    const written = await encrypt(plain, recipients);
    await replaceFile(file, written, { signal });
    return { version };
  });
}

/** Less than a host gives a call, so that the error is this one and says who writes. */
const maxWaitMs = 50_000;

/** Does some work, while no other process does such work, on the file that a path leads to. */
async function underLock<T>(path: string, signal: AbortSignal, work: (file: string) => Promise<T>): Promise<T> {
  try {
    const file = await followLinks(path);
    return await withFileLock(file, signal, () => work(file), { maxWaitMs });
  } catch (error) {
    throw toStoreError(error, path, "be written");
  }
}

/** Where a path leads, also by a link to what is not there yet: writers by link and by name share one lock. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  const folder = await realpath(dirname(path));
  const file = join(folder, basename(path));
  const target = await readlink(file).catch(() => undefined);
  return target === undefined ? file : followLinks(resolve(folder, target));
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw toStoreError(error, folder, "be made");
  });
}

/** Only for a store that begins: what is there is not for a key that is new. */
async function makeKeys(isFileThere: boolean, settings: Settings, { log, signal }: StoreContext): Promise<Keys> {
  const { key } = settings;
  if ("variable" in key || isFileThere) throw noKeys(settings);
  const keys = await createKeys(key, signal);
  log.info("made the key of the store", { file: key.path, recipient: keys.recipients[0] });
  return keys;
}

function missingFile({ file }: Settings, name = "name"): StoreError {
  return notFound(file, { hint: howToInsert(name) });
}

function howToInsert(name: string): string {
  const example = /^[\w./-]+$/.test(name) ? name : "name";
  return `run configmanager insert --config-pair 'LOCAL://${example}'`;
}

function tooLarge(file: string, size: number): StoreError {
  return new StoreError("tooLarge", `"${file}" would hold ${size} bytes, more than the ${maxPlainBytes} that it can`);
}
