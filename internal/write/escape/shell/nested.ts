/** Parts of a script that are stepped over: what closes them is looked for, quotes within them are respected. */
import { closingQuote } from "../marked-text.ts";

/** Behind the bracket that closes the one at an offset, `(` or `{`; -1 when there is none. */
export function skipExpansion(bytes: Uint8Array, start: number): number {
  const opening = bytes[start]!;
  const closing = opening === 0x28 ? 0x29 : 0x7d;
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5c) at++;
    else if (byte === opening) depth++;
    else if (byte === closing && --depth === 0) return at + 1;
    else if (byte === 0x22) {
      at = closingQuote(bytes, at + 1, 0x22);
      if (at === -1) return -1;
    }
  }
  return -1;
}

/** Behind the backtick that closes the one at an offset; -1 when there is none. */
export function skipBackticks(bytes: Uint8Array, start: number): number {
  const end = closingQuote(bytes, start + 1, 0x60);
  return end === -1 ? -1 : end + 1;
}
