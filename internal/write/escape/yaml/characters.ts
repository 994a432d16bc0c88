/** What characters YAML's scalars can hold as they are. */
import { refusal } from "../place.ts";

// Not printable in YAML 1.2, or a line end to readers of YAML 1.1; tab and line feed are looked at elsewhere.
const special = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
const specials = new RegExp(special.source + String.raw`|[\t\n"\\]`, "g");

/** Throws CM_VALUE_INVALID for a text that only double quotes can hold, since it needs an escape. */
export function requirePrintable(text: string, where: string): void {
  if (!special.test(text)) return;
  throw refusal(where, "it holds a carriage return or control character", "put double quotes around the token");
}

/** Throws CM_VALUE_INVALID for a key that is too long for one; a key of at most 1,024 characters is what YAML asks for. */
export function requireKeyLength(written: string): void {
  if (written.length <= maxKeyLength) return;
  throw refusal("a YAML key", "it is too long for one", "use another key, or a value");
}

/** True when a text holds nothing that needs an escape, and neither tab nor line feed. */
export function isPrintableLine(text: string): boolean {
  return !special.test(text) && !/[\t\n]/.test(text);
}

/** A text as the inside of double quotes. */
export function escapeDouble(text: string): string {
  return text.replace(specials, (character) => {
    const short = shortEscapes.get(character);
    if (short !== undefined) return short;
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

// What stands beside the token needs room, too.
const maxKeyLength = 500;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\0", "\\0"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\u0085", "\\N"],
  ["\u2028", "\\L"],
  ["\u2029", "\\P"],
]);
