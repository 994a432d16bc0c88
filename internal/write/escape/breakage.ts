import { splice, type TextOf } from "../splice.ts";
import type { Token } from "../../token/token.ts";

/** Texts longer than this, in bytes, are not looked at. */
export const maxCheckedBytes: number = 1024 * 1024;

/** A text before its values were written as they are, and how to read its format. */
export interface BreakageCheck {
  readonly bytes: Uint8Array;
  /** In the order of the text. */
  readonly tokens: readonly Token[];
  /** The resolved text of a token; undefined leaves it as it is. */
  readonly textOf: TextOf;
  /** Says whether a text is valid in its format. */
  readonly parse: (text: Uint8Array) => boolean;
}

/**
 * The token whose value breaks a text that was valid: one with a quote, a backslash, a line feed, `: ` or ` #` in it.
 *
 * Undefined when nothing is broken, when the text was not valid before, and for texts over `maxCheckedBytes`, before or
 * after. Of several it is one that breaks what was valid with the ones before it; it parses some log2(tokens) times.
 */
export function findBreakingToken({ bytes, tokens, textOf, parse }: BreakageCheck): Token | undefined {
  if (bytes.length > maxCheckedBytes) return undefined;
  const suspects = tokens.filter((token) => {
    const text = textOf(token);
    return text !== undefined && isSuspicious(text);
  });
  // The text with the values of the first suspects, the other tokens left as they are.
  const isValidWith = (count: number): boolean => parse(splice(bytes, suspects.slice(0, count), textOf));
  let size = bytes.length;
  for (const token of suspects) size += textOf(token)!.length - (token.end - token.start);
  if (suspects.length === 0 || size > maxCheckedBytes || !isValidWith(0) || isValidWith(suspects.length))
    return undefined;
  let valid = 0;
  let broken = suspects.length;
  while (broken - valid > 1) {
    const middle = (valid + broken) >>> 1;
    if (isValidWith(middle)) valid = middle;
    else broken = middle;
  }
  return suspects[broken - 1];
}

/** True for a text with something in it that may end or change what it stands in. */
export function isSuspicious(text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === 0x22 || byte === 0x27 || byte === 0x5c || byte === 0x0a) return true;
    if (byte === 0x3a && text[at + 1] === 0x20) return true;
    if (byte === 0x20 && text[at + 1] === 0x23) return true;
  }
  return false;
}
