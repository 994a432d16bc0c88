/** What a place in a text does to a value, and how it refuses one. */
import { Buffer, isUtf8 } from "node:buffer";
import { ConfigManagerError } from "../../errors/errors.ts";
import { bufferOf } from "../../token/utf8.ts";

/**
 * Turns a resolved text into what is written where its token stands. The same bytes when nothing has to change.
 * Throws CM_VALUE_INVALID, without a place, when the text cannot stand there.
 */
export type Place = (text: Uint8Array) => Uint8Array;

/** A place that takes text; bytes that are not UTF-8 are CM_VALUE_INVALID. `where` is as in "the value cannot stand in a comment". */
export function textPlace(where: string, write: (text: string) => string): Place {
  return (bytes) => {
    const buffer = bufferOf(bytes);
    requireUtf8(buffer, where);
    const text = buffer.toString("utf8");
    const written = write(text);
    return written === text ? bytes : Buffer.from(written, "utf8");
  };
}

/** Throws CM_VALUE_INVALID for bytes that are not UTF-8. */
export function requireUtf8(bytes: Uint8Array, where: string): void {
  if (!isUtf8(bytes)) throw refusal(where, "it is not UTF-8", 'write it with "[as=base64]"');
}

/** A place that takes any bytes, each of them one character of the string. */
export function bytePlace(write: (latin1: string) => string): Place {
  return (bytes) => {
    const text = bufferOf(bytes).toString("latin1");
    const written = write(text);
    return written === text ? bytes : Buffer.from(written, "latin1");
  };
}

/** The error for a value that cannot stand in a place; the value is no part of it. */
export function refusal(where: string, reason: string, hint: string): ConfigManagerError {
  return new ConfigManagerError("CM_VALUE_INVALID", `the value cannot stand in ${where}: ${reason}`, { hint });
}

/** A comment up to the end of its line: nothing but a line end and a control character matters there. */
export const lineCommentPlace: Place = textPlace("a comment", (text) => {
  if (!/[\0-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(text)) return text;
  throw refusal("a comment", "it holds a line end or a control character", "take the token out of the comment");
});

/** A place whose syntax is not understood: what means nothing in any format goes in, everything else is refused. */
export const unknownPlace: Place = bytePlace((text) => {
  if (/^[A-Za-z0-9_.\-/:@%+=,]*$/.test(text)) return text;
  const hint = 'put quotes around the token, or use "--escape none" for this file';
  throw refusal("this place", "what it would mean here is not known", hint);
});

/** Directly behind a backslash, a dollar or the like, which would take the first character of the value along. */
export function tiedPlace(character: string): Place {
  return () => {
    const where = `a place behind "${character}"`;
    throw refusal(where, "the two would be read as one", `remove the "${character}" before the token`);
  };
}
