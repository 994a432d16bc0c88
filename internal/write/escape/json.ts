/** JSON, with comments and with the strings in single quotes of JSON5. */
import { Buffer } from "node:buffer";
import { escapeJson } from "../../resolve/json-string.ts";
import { isJson } from "../../resolve/json-text.ts";
import type { Token } from "../../token/token.ts";
import { closingQuote, filler, isBehindBackslash, lineEndFrom, type MarkedText } from "./marked-text.ts";
import { lineCommentPlace, type Place, refusal, requireUtf8, textPlace, tiedPlace, unknownPlace } from "./place.ts";

/** Finds the places of a JSON text. */
export function settleJson(marked: MarkedText): void {
  const { bytes } = marked;
  let bareFrom = 0;
  const settleBare = (end: number): void =>
    marked.settleEach(bareFrom, end, (token) => (isBareValue(bytes, token) ? bareOf(bytes, token) : unknownPlace));
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote || byte === apostrophe) {
      settleBare(at);
      const end = closingQuote(bytes, at + 1, byte);
      // A string that never ends is no JSON: what follows stays unknown.
      if (end === -1) return;
      const place = byte === quote ? stringPlace : apostrophePlace;
      marked.settleEach(at + 1, end, ({ start }) => (isBehindBackslash(bytes, start) ? tied : place));
      bareFrom = at = end;
    } else if (byte === slash && bytes[at + 1] === slash) {
      settleBare(at);
      const end = lineEndFrom(bytes, at);
      marked.settle(at, end, lineCommentPlace);
      bareFrom = at = end;
    } else if (byte === slash && bytes[at + 1] === asterisk) {
      settleBare(at);
      const found = bytes.indexOf("*/", at + 2, "latin1");
      if (found === -1) return;
      marked.settleEach(at, found, (token) => blockCommentPlace(bytes, token));
      bareFrom = at = found + 1;
    }
  }
  settleBare(bytes.length);
}

const quote = 0x22;
const apostrophe = 0x27;
const asterisk = 0x2a;
const slash = 0x2f;
const inString = "a JSON string";
const tied = tiedPlace("\\");

const stringPlace: Place = (text) => {
  requireUtf8(text, inString);
  return escapeJson(text);
};

const apostrophePlace: Place = textPlace(inString, (text) =>
  Buffer.from(escapeJson(Buffer.from(text)))
    .toString()
    .replaceAll("'", "\\'"),
);

const keyPlace: Place = (text) => Buffer.concat([mark, stringPlace(text), mark]);
const valuePlace: Place = (text) => (isJson(text) ? text : keyPlace(text));
const mark = Buffer.from('"');

function blockCommentPlace(bytes: Uint8Array, { start, end }: Token): Place {
  return textPlace("a comment", (text) => {
    const before = bytes[start - 1];
    const after = bytes[end];
    const opens = text.startsWith("/") && (before === asterisk || before === filler);
    const closes = text.endsWith("*") && (after === slash || after === filler);
    if (!opens && !closes && !text.includes("*/")) return text;
    throw refusal("a comment", "it would end the comment", "take the token out of the comment");
  });
}

// Alone where a value stands: nothing but structure and comments around it.
function isBareValue(bytes: Uint8Array, token: Token): boolean {
  return isEdge(bytes[token.start - 1]) && isEdge(bytes[token.end]) && isStructure(bytes[solidBefore(bytes, token)]);
}

function bareOf(bytes: Uint8Array, { end }: Token): Place {
  const next = bytes[solidFrom(bytes, end)];
  if (next === 0x3a) return keyPlace;
  return isStructure(next) ? valuePlace : unknownPlace;
}

function solidBefore(bytes: Uint8Array, { start }: Token): number {
  let at = start - 1;
  while (isSpace(bytes[at])) at--;
  return at;
}

function solidFrom(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

function isEdge(byte: number | undefined): boolean {
  return isSpace(byte) || isStructure(byte);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

// The beginning and end of the text, `,` `:` brackets, and the slash of a comment; a byte order mark's last byte.
function isStructure(byte: number | undefined): boolean {
  return byte === undefined || [0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, slash, 0xbf].includes(byte);
}
