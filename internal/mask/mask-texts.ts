/**
 * Which byte strings stand for secret values in what a program prints, and how they are taken out of it.
 * Nothing here knows stores, processes or streams. Called by `exec`, and by whoever tells a CI runner what to mask.
 */
import { Buffer } from "node:buffer";
import { textForms } from "./text-forms.ts";

/** A longer value has no encoded forms: each is as large as itself, and no variable can hold it. */
const maxEncodedBytes = 256 * 1024;

/** An encoded form that is shorter is no more than a piece of a word, which a log may hold by chance. */
const minFormBytes = 6;

/**
 * The texts that are masked for these values, each once: every value whole, each of its lines without the blanks around it,
 * and of both the forms in which programs print them (`textForms`).
 *
 * Texts under four characters, `true`, `false`, `null` and blanks alone are left out, which would blank a log; so are forms
 * under six.
 */
export function maskTexts(values: Iterable<Uint8Array>): readonly Uint8Array[] {
  const plain = new Map<string, Uint8Array>();
  for (const value of values) {
    for (const text of [value, ...trimmedLines(value)]) if (isMasked(text)) plain.set(keyOf(text), text);
  }
  const texts = new Map(plain);
  for (const text of plain.values()) {
    if (text.length > maxEncodedBytes) continue;
    for (const form of textForms(text)) if (form.length >= minFormBytes) texts.set(keyOf(form), form);
  }
  return [...texts.values()];
}

/** The lines of a value that has several, and a value without the blanks and line ends around it. */
function trimmedLines(value: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start <= value.length;) {
    const lineFeed = value.indexOf(0x0a, start);
    const end = lineFeed === -1 ? value.length : lineFeed;
    lines.push(trim(value.subarray(start, end)));
    start = end + 1;
  }
  return lines;
}

function trim(line: Uint8Array): Uint8Array {
  let start = 0;
  let end = line.length;
  while (start < end && isBlank(line[start]!)) start++;
  while (end > start && isBlank(line[end - 1]!)) end--;
  return line.subarray(start, end);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

const minCharacters = 4;
const common: ReadonlySet<string> = new Set(["true", "false", "null"]);

function isMasked(text: Uint8Array): boolean {
  if (text.length < minCharacters || text.every(isBlank)) return false;
  // Longer ones are neither short nor among the common words.
  if (text.length > 4 * minCharacters) return true;
  const decoded = Buffer.from(text).toString("utf8");
  return Array.from(decoded).length >= minCharacters && !common.has(decoded);
}

function keyOf(text: Uint8Array): string {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString("latin1");
}
