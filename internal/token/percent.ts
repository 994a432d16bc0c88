/**
 * The percent-encoding of paths, key paths and metadata values: a closed list of sequences, either hex case, one pass.
 * Everything else that looks encoded stays as it is, `%2F` and `%25` of a path among it.
 */

/** A path as the store is asked for it: the sequences of the list and the key separator's own code are decoded. */
export function decodePath(text: string, keySeparator: string): string {
  return text.includes("%") ? decodeCodes(text, `${pathCodes}|${codeOf(keySeparator)}`) : text;
}

/** One segment of a key path: decoded like a path, and `%2E` is a dot. */
export function decodeKeySegment(text: string, keySeparator: string): string {
  return text.includes("%") ? decodeCodes(text, `${pathCodes}|2E|${codeOf(keySeparator)}`) : text;
}

/** A metadata value: `%2C`, `%5D` and `%25` are decoded. */
export function decodeMetadataValue(text: string): string {
  return text.includes("%") ? decodeCodes(text, metadataCodes) : text;
}

/**
 * How a path is written in a token. Undefined for what no token can ask for: nothing at all, a control character, white
 * space that is no blank, or a literal sequence such as `%3A`. A path that holds the prefix and separator of a token
 * under another separator than `://` is not seen.
 */
export function encodePath(path: string, keySeparator: string): string | undefined {
  if (!isSpellable(path)) return undefined;
  const encoded = encodeCharacters(path, `${pathCodes}|${codeOf(keySeparator)}`);
  return decodePath(encoded, keySeparator) === path ? encoded : undefined;
}

/** How a segment of a key path is written in a token; undefined for what cannot be written, as with `encodePath`. */
export function encodeKeySegment(segment: string, keySeparator: string): string | undefined {
  if (!isSpellable(segment)) return undefined;
  const encoded = encodeCharacters(segment, `${pathCodes}|2E|${codeOf(keySeparator)}`);
  return decodeKeySegment(encoded, keySeparator) === segment ? encoded : undefined;
}

/** How a metadata value is written; undefined for a control character or a blank at an end, which cannot be written. */
export function encodeMetadataValue(value: string): string | undefined {
  if (/^ | $|\p{Cc}|\p{Cs}/u.test(value)) return undefined;
  return encodeCharacters(value, metadataCodes);
}

// Blank " & ' ( ) , : ; < = > ? @ [ \ ] ` { | }
const pathCodes = "20|22|26|27|28|29|2C|3A|3B|3C|3D|3E|3F|40|5B|5C|5D|60|7B|7C|7D";
// % , ]
const metadataCodes = "25|2C|5D";

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
}

function decodeCodes(text: string, codes: string): string {
  return text.replace(new RegExp(`%(${codes})`, "gi"), (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

function encodeCharacters(text: string, codes: string): string {
  return text.replace(new RegExp(`[\\x${codes.replaceAll("|", "\\x")}]`, "g"), (character) => `%${codeOf(character)}`);
}

function isSpellable(text: string): boolean {
  return text !== "" && !/[^\P{White_Space} ]|\p{Cc}|\p{Cs}/u.test(text);
}
