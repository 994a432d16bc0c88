import { failed, type StoreValue, utf8Text } from "configmanager/plugin";

/**
 * What a store file holds once it is decrypted: `{"version":1,"values":{name:{"data" or "base64","version","updatedAt"}}}`.
 * What else there is, as a later version of this plugin may write it, is kept.
 */
export interface Document {
  /** All members of the outermost object but the values. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly values: Map<string, Readonly<Record<string, unknown>>>;
}

const formatVersion = 1;

/** A document without values. */
export function emptyDocument(): Document {
  return { members: { version: formatVersion }, values: new Map() };
}

/** Throws `failed` for what is no document, or one of a later format; `file` names it in errors, which quote nothing of it. */
export function parseDocument(bytes: Uint8Array, file: string): Document {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Not as the cause: the parser quotes what it has met.
    throw damaged(file);
  }
  if (!isRecord(root)) throw damaged(file);
  const { values, ...members } = root;
  if (members["version"] !== formatVersion) {
    throw failed(`"${file}" is in a format that this version does not know`, { hint: "update configmanager" });
  }
  if (!isRecord(values)) throw damaged(file);
  const entries = Object.entries(values);
  if (!entries.every((entry): entry is [string, Record<string, unknown>] => isRecord(entry[1]))) throw damaged(file);
  // A map: a name such as "__proto__" is one like any other.
  return { members, values: new Map(entries) };
}

/** The bytes of a document, names in order. */
export function formatDocument({ members, values }: Document): Uint8Array {
  const inOrder = [...values].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.from(JSON.stringify({ ...members, values: Object.fromEntries(inOrder) }));
}

/** A value by its name; undefined when there is none. Throws `failed` for one of a kind that is not known here. */
export function valueOf(document: Document, name: string): StoreValue | undefined {
  const entry = document.values.get(name);
  if (entry === undefined) return undefined;
  const { data, base64, version } = entry;
  const known = typeof version === "string" ? version : undefined;
  if (typeof data === "string") return { data, version: known };
  if (typeof base64 === "string") return { data: Buffer.from(base64, "base64"), version: known };
  throw failed(`"${name}" is of a kind that this version does not know`, { hint: "update configmanager" });
}

/** Sets a value and returns its version, one more than the last. */
export function setValue(document: Document, name: string, data: Uint8Array, now: Date): string {
  const { data: _text, base64: _bytes, version: last, ...others } = document.values.get(name) ?? {};
  const version = String((typeof last === "string" && /^\d{1,15}$/.test(last) ? Number(last) : 0) + 1);
  document.values.set(name, { ...others, ...toMember(data), version, updatedAt: now.toISOString() });
  return version;
}

/** Text as text, so that people can read what `age -d` prints; all else as base64. */
function toMember(data: Uint8Array): { data: string } | { base64: string } {
  const text = utf8Text(data);
  return text === undefined ? { base64: Buffer.from(data).toString("base64") } : { data: text };
}

function isRecord(thing: unknown): thing is Record<string, unknown> {
  return typeof thing === "object" && thing !== null && !Array.isArray(thing);
}

function damaged(file: string): Error {
  return failed(`"${file}" is damaged: what it holds is no store`, { hint: "take an earlier version of the file" });
}
