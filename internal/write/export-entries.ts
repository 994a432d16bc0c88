import { Buffer } from "node:buffer";
import { ConfigManagerError, isConfigManagerError } from "../errors/errors.ts";
import { JsonDocument } from "../resolve/json-document.ts";
import type { TokenReference } from "../token/token.ts";
import { exportKeyName, exportName } from "./export-names.ts";

/** A token that was asked for by itself, and what it is worth. */
export interface ExportItem {
  readonly reference: TokenReference;
  /** The name it was given; a token with a name stays one value. */
  readonly name?: string | undefined;
  /** Another name than that of the token, which its value may have in parts: an object's keys stand behind it and `__`. */
  readonly baseName?: string | undefined;
  /** The resolved text. */
  readonly value: Uint8Array;
}

/** One variable. */
export interface ExportEntry {
  readonly name: string;
  /** Without quotes; of an expanded `null` empty. */
  readonly value: Uint8Array;
  /** True for the numbers and booleans of an expanded object, which are written without quotes. */
  readonly isBare: boolean;
  readonly reference: TokenReference;
}

/**
 * The variables of tokens, each name once, in the order of the tokens and then of the keys in an object's source.
 * Throws CM_USAGE for a token or key without a name, and CM_NAME_CONFLICT for two different values of one name.
 */
export function exportEntries(items: Iterable<ExportItem>): readonly ExportEntry[] {
  const entries = new Map<string, ExportEntry>();
  for (const item of items) {
    for (const entry of entriesOf(item)) {
      const earlier = entries.get(entry.name);
      if (earlier === undefined) entries.set(entry.name, entry);
      else if (Buffer.compare(earlier.value, entry.value) !== 0) throw conflictError(earlier, entry);
    }
  }
  return [...entries.values()];
}

function entriesOf({ reference, name, baseName, value }: ExportItem): readonly ExportEntry[] {
  if (name !== undefined) return [{ name, value, isBare: false, reference }];
  const ownName = baseName ?? exportName(reference);
  const object = readObject(value);
  if (object === undefined) return [{ name: ownName, value, isBare: false, reference }];
  return Array.from(object.membersOf(object.root), ([key, node]): ExportEntry => {
    const kind = object.kindOf(node);
    return {
      name: `${baseName === undefined ? "" : `${baseName}__`}${exportKeyName(reference, key)}`,
      value: kind === "null" ? new Uint8Array() : object.textOf(node),
      isBare: kind === "number" || kind === "true" || kind === "false",
      reference,
    };
  });
}

function readObject(value: Uint8Array): JsonDocument | undefined {
  const first = value.find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  if (first !== 0x7b) return undefined;
  try {
    return new JsonDocument(value);
  } catch (error) {
    // What is no JSON is an ordinary value here.
    if (isConfigManagerError(error) && error.code === "CM_VALUE_NOT_JSON") return undefined;
    throw error;
  }
}

function conflictError(earlier: ExportEntry, later: ExportEntry): ConfigManagerError {
  const { name } = earlier;
  const [first, second] = [earlier.reference.text, later.reference.text];
  const message =
    first === second
      ? `two keys in the value of "${first}" give different values to the name "${name}"`
      : `"${first}" and "${second}" give different values to the name "${name}"`;
  return new ConfigManagerError("CM_NAME_CONFLICT", message, {
    token: second,
    hint: "give one of them another name with NAME=TOKEN",
    details: { name, tokens: [first, second] },
  });
}
