import { Buffer, isUtf8 } from "node:buffer";
import { ConfigManagerError } from "../errors/errors.ts";
import type { Transform } from "../token/token.ts";
import { escapeJson } from "./json-string.ts";

/**
 * A value changed as `as=` says, in order.
 *
 * `trim` takes ASCII white space (space, U+0009 to U+000D) from both ends; `url` percent-encodes everything but letters,
 * digits and `-._~`; `json` writes the inside of a JSON string; `base64` is the standard alphabet with padding;
 * `base64decode` reads both alphabets with or without padding and ignores ASCII white space.
 * Throws CM_VALUE_INVALID for what cannot be changed so. The result may share memory with the value.
 */
export function applyTransforms(value: Uint8Array, transforms: readonly Transform[]): Uint8Array {
  return transforms.reduce((changed, name) => transformOf[name](changed), value);
}

const transformOf: Readonly<Record<Transform, (value: Uint8Array) => Uint8Array>> = {
  base64: (value) => Buffer.from(asBuffer(value).toString("base64"), "latin1"),
  base64decode: decodeBase64,
  url: encodeUrl,
  json(value) {
    if (!isUtf8(value)) throw invalid("json", "it is not UTF-8");
    return escapeJson(value);
  },
  trim,
};

const padding = 0x3d;
const base64Letters = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
const unreserved = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
const hexDigits = Buffer.from("0123456789ABCDEF", "latin1");

// Buffer would skip what is no letter and drop what is left over, so everything is checked before.
function decodeBase64(value: Uint8Array): Uint8Array {
  const letters = Buffer.allocUnsafe(value.length);
  let count = 0;
  let pads = 0;
  for (const byte of value) {
    if (isSpace(byte)) continue;
    if (byte === padding) {
      pads++;
      continue;
    }
    if (base64Letters[byte] !== 1) throw invalid("base64decode", "it holds a character that is no base64");
    if (pads > 0) throw invalid("base64decode", "it goes on after the padding");
    letters[count++] = byte;
  }
  const isWhole = count % 4 !== 1 && (pads === 0 || (pads < 3 && (count + pads) % 4 === 0));
  if (!isWhole) throw invalid("base64decode", "its length is no length of base64");
  return Buffer.from(letters.toString("latin1", 0, count), "base64");
}

function encodeUrl(value: Uint8Array): Uint8Array {
  let length = 0;
  for (const byte of value) length += unreserved[byte] === 1 ? 1 : 3;
  if (length === value.length) return value;
  const result = new Uint8Array(length);
  let at = 0;
  for (const byte of value) {
    if (unreserved[byte] === 1) {
      result[at++] = byte;
      continue;
    }
    result[at++] = 0x25;
    result[at++] = hexDigits[byte >> 4]!;
    result[at++] = hexDigits[byte & 15]!;
  }
  return result;
}

function trim(value: Uint8Array): Uint8Array {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value[start]!)) start++;
  while (end > start && isSpace(value[end - 1]!)) end--;
  return value.subarray(start, end);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, "latin1")) set[byte] = 1;
  return set;
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function invalid(name: Transform, reason: string): ConfigManagerError {
  return new ConfigManagerError("CM_VALUE_INVALID", `the value cannot be changed by "as=${name}": ${reason}`, {
    hint: `remove "${name}" from as=, or correct what the store holds`,
    details: { transform: name },
  });
}
