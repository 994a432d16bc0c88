import { readFile, stat } from "node:fs/promises";
import { badRequest, failed, StoreError, unauthenticated } from "configmanager/plugin";
import { decrypt } from "./age.ts";
import { type Document, parseDocument } from "./document.ts";
import { codeOf, toStoreError } from "./file-errors.ts";
import type { Keys } from "./keys.ts";
import { listRecipients } from "./recipients.ts";
import type { Settings } from "./settings.ts";

/** Larger files are not read. */
const maxFileBytes = 64 * 1024 * 1024;

/** What a file may hold, so that it can be read again: armor makes 65 bytes of 48, and the readers take some. */
export const maxPlainBytes: number = 47 * 1024 * 1024;

/** A store file as it is; undefined when it is not there. Throws `badRequest` for what is no file, `tooLarge`, `denied`. */
export async function readEncrypted(file: string): Promise<Buffer | undefined> {
  try {
    const stats = await stat(file);
    // A FIFO would be waited for.
    if (!stats.isFile()) throw badRequest(`"${file}" is no regular file`);
    if (stats.size > maxFileBytes) {
      throw new StoreError(
        "tooLarge",
        `"${file}" has ${stats.size} bytes, more than the ${maxFileBytes} that are read`,
      );
    }
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw toStoreError(error, file, "be read");
  }
}

/**
 * What a store file holds. Throws `unauthenticated` when there are no keys or it is for none of them, and `failed` when it
 * is damaged.
 */
export async function openDocument(
  encrypted: Uint8Array,
  keys: Keys | undefined,
  settings: Settings,
): Promise<Document> {
  const { file } = settings;
  if (keys === undefined) throw noKeys(settings);
  const plain = await decrypt(encrypted, keys.identities).catch(() => {
    throw failed(`"${file}" is damaged: it is no whole file of age`, {
      hint: "take an earlier version of the file; of a conflict in git, take one of both sides and insert again",
    });
  });
  if (plain === undefined) throw await notForThem(keys, settings);
  return parseDocument(plain, file);
}

/** That there are no keys for a store that is there. */
export function noKeys({ file, key }: Settings): StoreError {
  const place = "variable" in key ? key.variable : `"${key.path}"`;
  return unauthenticated(`there is no key for "${file}"`, {
    hint: `put the key into ${place}, or set CONFIGMANAGER_LOCAL_KEY or CONFIGMANAGER_LOCAL_KEY_FILE`,
  });
}

/** How many recipients an error names. */
const maxNamed = 5;

async function notForThem(keys: Keys, settings: Settings): Promise<StoreError> {
  // Recipients are public; a list that cannot be read helps nobody here.
  const listed = await listRecipients(settings).catch(() => []);
  const readers = listed.filter((recipient) => !keys.recipients.includes(recipient));
  const named = readers.slice(0, maxNamed).join(", ") + (readers.length > maxNamed ? ", …" : "");
  return unauthenticated(`"${settings.file}" was not written for the key of ${keys.source}`, {
    hint:
      readers.length === 0
        ? `use the key that it was written with, or have its owner add the line ${keys.recipients[0]} to "${settings.recipientsFile.path}" and insert a value`
        : `have one of ${named} add the line ${keys.recipients[0]} to "${settings.recipientsFile.path}" and insert a value`,
  });
}
