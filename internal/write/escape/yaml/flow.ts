/** Flow collections: `[…]` and `{…}`. */
import type { MarkedText } from "../marked-text.ts";
import { lineCommentPlace } from "../place.ts";
import type { YamlBytes } from "./bytes.ts";
import { namePlace } from "./name.ts";
import { flowPlainEnd, settlePlain } from "./plain.ts";
import { readQuoted } from "./quoted.ts";

/** Settles a flow collection that begins at an offset, and returns where it ends; the end of the text when it is never closed. */
export function readFlow(marked: MarkedText, text: YamlBytes, start: number, parent: number): number {
  const { bytes } = text;
  let depth = 0;
  // Behind a quote or bracket that closed, a colon needs no blank to be one.
  let isBehindNode = false;
  for (let at = start; at < bytes.length;) {
    const byte = bytes[at]!;
    if (text.isBlank(at)) {
      at++;
      // A document that begins ends what was forgotten to be closed.
      if (byte === 0x0a && text.isMarker(at)) return at;
      continue;
    }
    const wasBehindNode = isBehindNode;
    isBehindNode = false;
    switch (byte) {
      case 0x5b:
      case 0x7b:
        depth++;
        at++;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        at++;
        if (depth === 0) return at;
        isBehindNode = true;
        break;
      case 0x2c:
        at++;
        break;
      case 0x22:
      case 0x27:
        at = readQuoted(marked, text, at, parent, true);
        isBehindNode = true;
        break;
      case 0x21:
      case 0x26:
      case 0x2a: {
        const end = nameEnd(text, at);
        marked.settle(at, end, namePlace);
        at = end;
        break;
      }
      default: {
        const isComment = byte === 0x23 && text.isBlank(at - 1);
        const isColon = byte === 0x3a && (wasBehindNode || endsPlain(text, at + 1));
        if (isComment) {
          const end = text.lineEnd(at);
          marked.settle(at, end, lineCommentPlace);
          at = end;
        } else if (isColon || (byte === 0x3f && text.isBlank(at + 1))) {
          at++;
        } else {
          const end = flowPlainEnd(text, at);
          settlePlain(marked, text, { start: at, end, inFlow: true });
          at = end;
        }
      }
    }
  }
  return bytes.length;
}

function nameEnd(text: YamlBytes, from: number): number {
  let at = from;
  while (!endsPlain(text, at)) at++;
  return at;
}

function endsPlain(text: YamlBytes, at: number): boolean {
  return text.isBlank(at) || text.isFlowIndicator(at);
}
