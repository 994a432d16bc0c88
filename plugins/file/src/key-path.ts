import { badRequest } from "configmanager/plugin";

/** The keys of the reserved metadata key `key`: a JSON array of at least one text. Throws `badRequest` for anything else. */
export function parseKeyPath(text: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (Array.isArray(parsed) && parsed.length > 0 && parsed.every((key) => typeof key === "string")) {
    return parsed;
  }
  throw badRequest('metadata key "key" is no JSON array of keys', { hint: "put the key path behind | instead" });
}

/** A key path as people write it, for errors. */
export function spellKeyPath(keyPath: readonly string[]): string {
  return keyPath.map((key) => key.replaceAll(".", "%2E")).join(".");
}

/** The index that a key of a key path means in a list; undefined when it is none. */
export function toIndex(key: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(key) ? Number(key) : undefined;
}
