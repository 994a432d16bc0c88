import { mkdir, open } from "node:fs/promises";
import { platform } from "node:os";
import { dirname } from "node:path";
import { replaceFile, type StoreError, unauthenticated, withFileLock } from "configmanager/plugin";
import { createIdentity, recipientOf } from "./age.ts";
import { codeOf, toStoreError } from "./file-errors.ts";
import type { KeySource, NamedFile } from "./settings.ts";

/** The keys at hand, at least one. */
export interface Keys {
  readonly identities: readonly string[];
  /** Their public halves, in the same order. */
  readonly recipients: readonly string[];
  /** For people: where they are from. */
  readonly source: string;
}

/**
 * The keys of a variable or file, as `age-keygen` writes them: several, and comments; undefined when the file that nobody
 * has named is not there. Throws `unauthenticated` for what holds no keys and for a file that others can read.
 */
export async function loadKeys(source: KeySource): Promise<Keys | undefined> {
  if ("variable" in source) return parseKeys(source.text, source.variable);
  const text = await readKeyFile(source);
  return text === undefined ? undefined : parseKeys(text, `"${source.path}"`);
}

/** Makes a key and its file (0600, its folder 0700), unless another process has just done so; that one's key it is then. */
export async function createKeys(source: NamedFile, signal: AbortSignal): Promise<Keys> {
  const file = source.path;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return await withFileLock(file, signal, async () => {
      const others = await loadKeys(source);
      if (others !== undefined) return others;
      const identity = await createIdentity();
      const recipient = (await recipientOf(identity))!;
      const created = new Date().toISOString().replace(/\.\d+/, "");
      const text = `# created: ${created}\n# public key: ${recipient}\n${identity}\n`;
      await replaceFile(file, Buffer.from(text), { signal });
      return { identities: [identity], recipients: [recipient], source: `"${file}"` };
    });
  } catch (error) {
    throw toStoreError(error, file, "be made");
  }
}

async function readKeyFile({ path, isNamed }: NamedFile): Promise<string | undefined> {
  try {
    const handle = await open(path, "r");
    try {
      const { mode } = await handle.stat();
      if (platform() !== "win32" && (mode & 0o077) !== 0) throw readableByOthers(path);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw toStoreError(error, path, "be read");
    if (!isNamed) return undefined;
    throw unauthenticated(`the key file "${path}" does not exist`, { hint: "correct its path, or put the key there" });
  }
}

async function parseKeys(text: string, source: string): Promise<Keys> {
  const identities: string[] = [];
  const recipients: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const identity = line.trim();
    if (identity === "" || identity.startsWith("#")) continue;
    const recipient = await recipientOf(identity);
    // A line is never quoted: it may be most of a key.
    if (recipient === undefined) {
      throw unauthenticated(`line ${index + 1} of ${source} is no key of age`, {
        hint: "a key begins with AGE-SECRET-KEY-1; keys of SSH and of plugins of age cannot be used",
      });
    }
    identities.push(identity);
    recipients.push(recipient);
  }
  if (identities.length > 0) return { identities, recipients, source };
  throw unauthenticated(`${source} holds no key of age`, { hint: "a key begins with AGE-SECRET-KEY-1" });
}

function readableByOthers(path: string): StoreError {
  return unauthenticated(`the key file "${path}" can be read by others`, {
    hint: `run chmod 600 '${path.replaceAll("'", String.raw`'\''`)}'`,
  });
}
