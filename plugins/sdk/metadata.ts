import { nearestWord } from "../../internal/errors/nearest.ts";
import { badRequest } from "./errors.ts";
import type { KeyDeclaration, Store } from "./store.ts";

/**
 * The metadata of a request on app protocol 1: a JSON object, or the raw text between the brackets of the token as v3's
 * host sends it (`label=dev,etag=abc`). In raw text blanks around keys and values go, a value may hold `=`, and a piece
 * without `=` means nothing (as in v3). Throws `badRequest`.
 */
export function parseWireMetadata(bytes: Uint8Array): readonly (readonly [string, string])[] {
  if (bytes.length === 0) return noMetadata;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    throw badRequest("metadata is not valid UTF-8 text");
  }
  return text.startsWith("{") ? parseJsonMetadata(text) : parseRawMetadata(text);
}

/** Turns the metadata of a request into what the store gets. */
export type MetadataMatcher = (pairs: readonly (readonly [string, string])[]) => Readonly<Record<string, string>>;

/**
 * Makes the matcher of a store: keys are matched ignoring case and handed over as declared, the last of two wins. It
 * throws `badRequest` for a key that is not known, with the nearest known one as the hint, and for a missing required one.
 */
export function createMetadataMatcher(store: Store): MetadataMatcher {
  const declared = Object.entries(store.metadataKeys ?? {});
  const byFoldedKey = new Map(declared.map(([key]) => [key.toLowerCase(), key]));
  const required = declared.filter(([, declaration]) => isRequired(declaration)).map(([key]) => key);

  return (pairs) => {
    if (pairs.length === 0 && required.length === 0) return emptyMetadata;
    const metadata: Record<string, string> = Object.create(null);
    for (const [key, value] of pairs) {
      const known = byFoldedKey.get(key.toLowerCase());
      if (known === undefined && store.anyMetadata !== true)
        throw unknownKey("metadata key", key, [...byFoldedKey.values()]);
      metadata[known ?? key] = value;
    }
    const missing = required.find((key) => metadata[key] === undefined);
    if (missing !== undefined)
      throw badRequest(`metadata key "${missing}" is missing`, { hint: `add [${missing}=…] to the token` });
    return metadata;
  };
}

/** True when the declaration of a key says that it must be there. */
export function isRequired(declaration: KeyDeclaration): boolean {
  return typeof declaration !== "string" && declaration.required === true;
}

/** The refusal of a key that a store does not know, with what it does know as the hint. */
export function unknownKey(what: string, key: string, known: readonly string[]): Error {
  const nearest = nearestWord(key, known);
  let hint = `this store takes no ${what}s`;
  if (nearest !== undefined) hint = `did you mean "${nearest}"?`;
  else if (known.length > 0) hint = `known are ${known.join(", ")}`;
  return badRequest(`${what} "${key}" is not known`, { hint });
}

const noMetadata: readonly (readonly [string, string])[] = [];
// One for all requests without any.
const emptyMetadata: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

function parseJsonMetadata(text: string): readonly (readonly [string, string])[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badRequest("metadata begins like a JSON object and is none");
  }
  // `text` begins with a brace, so that what was parsed is an object.
  return Object.entries(parsed as object).map(([key, value]) => [key, toText(key, value)]);
}

function toText(key: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return String(value);
  throw badRequest(`metadata key "${key}" holds no text`, { hint: "send a JSON object of strings" });
}

function parseRawMetadata(text: string): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (const piece of text.split(",")) {
    const equals = piece.indexOf("=");
    if (equals > 0) pairs.push([piece.slice(0, equals).trim(), piece.slice(equals + 1).trim()]);
  }
  return pairs;
}
