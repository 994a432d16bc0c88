/**
 * What this plugin takes of age: files of text (armor), keys and recipients. Not for what is inside of a file. Loaded after
 * the handshake. Files go through it as streams: the library would read whole ones by `Response`, which takes Node 20 ms
 * to load.
 */
import { buffer } from "node:stream/consumers";
import { ReadableStream } from "node:stream/web";
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

/** A file for these recipients, at least one, as text. */
export async function encrypt(plain: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const encrypted = await encrypter.encrypt(streamOf(plain));
  return Buffer.from(armor.encode(await buffer(encrypted)));
}

/** What a file holds, be it text or not; undefined when it is for none of these keys. Throws when it is damaged. */
export async function decrypt(file: Uint8Array, identities: readonly string[]): Promise<Uint8Array | undefined> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const text = Buffer.from(file).toString("latin1");
  const binary = text.startsWith("age-encryption.org/") ? file : armor.decode(text);
  try {
    return await buffer(await decrypter.decrypt(streamOf(binary)));
  } catch (error) {
    // The library has no other name for it.
    if (error instanceof Error && error.message === "no identity matched any of the file's recipients")
      return undefined;
    throw error;
  }
}

/** A new secret key. */
export function createIdentity(): Promise<string> {
  return generateX25519Identity();
}

/** The public half of a secret key; undefined for what is no key of this kind. */
export async function recipientOf(identity: string): Promise<string | undefined> {
  // What the library says of a wrong one quotes it.
  return identityToRecipient(identity).catch(() => undefined);
}

/** Whether a file can be encrypted for it. */
export function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
