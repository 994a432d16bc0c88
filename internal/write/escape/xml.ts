/** XML 1.0: text, attributes, CDATA sections, comments; what a document type declares is not understood. */
import type { Token } from "../../token/token.ts";
import { filler, findByte, type MarkedText } from "./marked-text.ts";
import { type Place, refusal, textPlace, unknownPlace } from "./place.ts";

/** Finds the places of an XML text. */
export function settleXml(marked: MarkedText): void {
  const { bytes } = marked;
  for (let at = 0; at < bytes.length;) {
    const found = findByte(bytes, lessThan, at);
    const textEnd = found === -1 ? bytes.length : found;
    marked.settleEach(at, textEnd, (token) => (isBetween(bytes, token, "]>") ? textPlaceBeforeEnd : plainTextPlace));
    if (found === -1) return;
    const section = sections.find(({ opening }) => hasAt(bytes, found, opening));
    if (section === undefined) {
      at = settleTag(marked, found);
      continue;
    }
    const start = found + section.opening.length;
    const end = bytes.indexOf(section.closing, start, "latin1");
    if (end === -1) return;
    marked.settleEach(start, end, (token) => section.placeOf(bytes, token, end));
    at = end + section.closing.length;
  }
}

interface Section {
  readonly opening: string;
  readonly closing: string;
  placeOf(bytes: Buffer, token: Token, end: number): Place;
}

const sections: readonly Section[] = [
  { opening: "<!--", closing: "-->", placeOf: commentPlace },
  { opening: "<![CDATA[", closing: "]]>", placeOf: cdataPlace },
  { opening: "<?", closing: "?>", placeOf: () => unknownPlace },
  { opening: "<!", closing: ">", placeOf: () => unknownPlace },
];

const lessThan = 0x3c;
const references: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

// A carriage return, and in an attribute every line end and tab, would be read as something else.
const plainTextPlace = xmlPlace("XML text", (text) => text.replace(/[&<>\r]/g, reference));
const textPlaceBeforeEnd = xmlPlace("XML text", (text) => text.replace(/[&<>\r\]]/g, reference));
const attributePlace = xmlPlace("an XML attribute", (text) => text.replace(/[&<>"'\t\n\r]/g, reference));
const namePlace = xmlPlace("an XML name", (text) => {
  if (/^[\p{L}\p{N}_.-]*$/u.test(text)) return text;
  throw refusal("an XML name", "it holds more than letters and digits", "take the token out of the name");
});

function xmlPlace(where: string, write: (text: string) => string): Place {
  return textPlace(where, (text) => {
    if (!/[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) return write(text);
    const hint = 'write it with "[as=base64]"';
    throw refusal(where, "it holds a character that XML cannot have, not even escaped", hint);
  });
}

function reference(character: string): string {
  return references.get(character) ?? `&#${character.charCodeAt(0)};`;
}

function commentPlace(bytes: Buffer, token: Token): Place {
  const { before, after } = isBesides(bytes, token, "-");
  return xmlPlace("an XML comment", (text) => {
    const joins = (before && text.startsWith("-")) || (after && text.endsWith("-"));
    if (!joins && !text.includes("--")) return text;
    throw refusal("an XML comment", "it holds two hyphens in a row", "take the token out of the comment");
  });
}

// A section ends at the first "]]>", and a carriage return can be written only outside of one.
function cdataPlace(bytes: Buffer, token: Token, end: number): Place {
  const { before } = isBesides(bytes, token, "]");
  const after = token.end < end && isBesides(bytes, token, "]>").after;
  return xmlPlace("a CDATA section", (text) => {
    let written = text.replaceAll("]]>", "]]]]><![CDATA[>").replaceAll("\r", "]]>&#13;<![CDATA[");
    if (before) written = written.replace(/^\]?>/, "]]><![CDATA[$&");
    if (after && (text.endsWith("]") || (text === "" && before))) written += "]]><![CDATA[";
    return written;
  });
}

// From `<` to behind `>`: names, and values in quotes.
function settleTag(marked: MarkedText, start: number): number {
  const { bytes } = marked;
  let nameFrom = start + 1;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x3e) {
      marked.settle(nameFrom, at, namePlace);
      return at + 1;
    }
    if (byte !== 0x22 && byte !== 0x27) continue;
    marked.settle(nameFrom, at, namePlace);
    const end = findByte(bytes, byte, at + 1);
    if (end === -1) break;
    marked.settle(at + 1, end, attributePlace);
    at = end;
    nameFrom = end + 1;
  }
  return bytes.length;
}

function isBetween(bytes: Buffer, token: Token, characters: string): boolean {
  return isBesides(bytes, token, characters).after;
}

// Whether one of these characters, or another token, stands directly before and behind.
function isBesides(
  bytes: Buffer,
  { start, end }: Token,
  characters: string,
): { readonly before: boolean; readonly after: boolean } {
  const isOne = (byte: number | undefined): boolean =>
    byte === filler || (byte !== undefined && characters.includes(String.fromCharCode(byte)));
  return { before: isOne(bytes[start - 1]), after: isOne(bytes[end]) };
}

function hasAt(bytes: Buffer, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
