import { readFile } from "node:fs/promises";
import { badRequest, denied } from "configmanager/plugin";
import { isRecipient } from "./age.ts";
import { codeOf, toStoreError } from "./file-errors.ts";
import type { Keys } from "./keys.ts";
import type { Settings } from "./settings.ts";

/**
 * Everybody who is listed as a reader of the store, once: of the options, then of the file, in order. Throws `badRequest`
 * for what is no recipient of age and for a file that is named and not there.
 */
export async function listRecipients({ recipients, recipientsFile }: Settings): Promise<readonly string[]> {
  const listed = new Set<string>();
  for (const [index, recipient] of recipients.entries()) {
    listed.add(checkRecipient(recipient, `number ${index + 1} of the option "recipients"`));
  }
  const text = await readRecipientsFile(recipientsFile);
  for (const [index, line] of text.split("\n").entries()) {
    const recipient = line.trim();
    if (recipient === "" || recipient.startsWith("#")) continue;
    listed.add(checkRecipient(recipient, `line ${index + 1} of "${recipientsFile.path}"`));
  }
  return [...listed];
}

/**
 * Whom a file is written for: those listed, or the writer alone when nobody is. Throws `denied` for a writer who is not
 * among those listed, and could not read what was written.
 */
export function chooseRecipients(
  listed: readonly string[],
  keys: Keys,
  { recipientsFile }: Settings,
): readonly string[] {
  if (listed.length === 0) return [...new Set(keys.recipients)];
  if (keys.recipients.some((own) => listed.includes(own))) return listed;
  throw denied(`the key of ${keys.source} is not among the recipients of the store`, {
    hint: `have somebody who is among them add the line ${keys.recipients[0]} to "${recipientsFile.path}" and insert a value`,
  });
}

async function readRecipientsFile({ path, isNamed }: Settings["recipientsFile"]): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw toStoreError(error, path, "be read");
    if (!isNamed) return "";
    throw badRequest(`the file of recipients "${path}" does not exist`, { hint: "correct the option recipientsFile" });
  }
}

function checkRecipient(text: string, place: string): string {
  if (isRecipient(text)) return text;
  // Never quoted: it may be a secret key in the wrong file.
  throw badRequest(`${place} is no recipient of age`, {
    hint: text.startsWith("AGE-SECRET-KEY-")
      ? "take the secret key out of it, and write its public key, age1…"
      : "a recipient begins with age1; keys of SSH and of plugins of age cannot be used",
  });
}
