import { badRequest, toGoJson, utf8Text } from "configmanager/plugin";

/** The JSON of a secret whose bytes are given, its numbers as they are written. Throws `badRequest` for what is no JSON object. */
export function toSecretText(data: Uint8Array, path: string): string {
  const text = utf8Text(data) ?? "";
  if (!isJsonObject(text)) {
    throw badRequest("a secret is a JSON object, and the value is none", {
      hint: `name the key that it is the value of: VAULT://${path}|<key>`,
    });
  }
  return toGoJson(text, { numbers: "literal" });
}

/** The text that a key is to hold. Throws `badRequest` for bytes that are none. */
export function toKeyText(data: Uint8Array): string {
  const text = utf8Text(data);
  if (text === undefined) {
    throw badRequest("the value is not valid UTF-8, and a key of a secret holds text", {
      hint: "encode it, as base64 for instance",
    });
  }
  return text;
}

/** The JSON of a secret with one key set to a text, all others as they are. */
export function setKey(secret: string, key: string, text: string): string {
  const others = secret === "{}" ? "" : `${secret.slice(1, -1)},`;
  // Of two members of one name the last is kept.
  return toGoJson(`{${others}${JSON.stringify(key)}:${JSON.stringify(text)}}`, { numbers: "literal" });
}

/** Whether a secret has a key. */
export function hasKey(secret: string, key: string): boolean {
  return Object.hasOwn(JSON.parse(secret) as object, key);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
