/**
 * Where the tokens of a YAML text stand. This reads structure alone: indentation, indicators, quotes and blocks; it
 * takes for granted that the text is YAML, and what it cannot place stays unknown.
 */
import type { MarkedText } from "../marked-text.ts";
import { lineCommentPlace } from "../place.ts";
import { readBlock } from "./block.ts";
import { YamlBytes } from "./bytes.ts";
import { readFlow } from "./flow.ts";
import { namePlace } from "./name.ts";
import { blockPlainEnd, settlePlain } from "./plain.ts";
import { readQuoted } from "./quoted.ts";

/** Finds the places of a YAML text. */
export function settleYaml(marked: MarkedText): void {
  new YamlReader(marked).read();
}

// Life cycle of one reading, a line at a time.
class YamlReader {
  readonly #text: YamlBytes;
  readonly #marked: MarkedText;
  #at = 0;
  // The indentation of the collection whose value comes next; -1: the document itself.
  #parent = -1;

  constructor(marked: MarkedText) {
    this.#marked = marked;
    this.#text = new YamlBytes(marked.bytes);
  }

  read(): void {
    const { bytes } = this.#text;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
    while (this.#at < bytes.length) this.#readLine();
  }

  #readLine(): void {
    const text = this.#text;
    const lineStart = this.#at;
    this.#at = text.skipSpaces(lineStart);
    const column = this.#at - lineStart;
    if (column === 0 && (text.bytes[lineStart] === percent || text.isMarker(lineStart))) {
      this.#parent = -1;
      if (text.bytes[lineStart] !== hyphen) {
        this.#at = text.lineEnd(lineStart) + 1;
        return;
      }
      this.#at = lineStart + 3;
    }
    this.#readEntries(lineStart);
  }

  // Indicators, keys and one value: what a line holds, and what the value takes of the following lines.
  #readEntries(lineStart: number): void {
    const text = this.#text;
    // A key begins where its tag or anchor does.
    let propertyColumn: number | undefined;
    for (;;) {
      this.#at = text.skipBlanks(this.#at);
      if (text.isLineEnd(this.#at) || text.bytes[this.#at] === hash) break;
      const column: number = propertyColumn ?? this.#at - lineStart;
      if (isIndicator(text.bytes[this.#at]!) && text.isBlank(this.#at + 1)) {
        this.#parent = column;
        this.#at++;
        continue;
      }
      const isValue = this.#readNode();
      this.#at = text.skipBlanks(this.#at);
      const isKey = text.bytes[this.#at] === colon && text.isBlank(this.#at + 1);
      if (isKey) {
        this.#parent = column;
        this.#at++;
      } else if (isValue) {
        break;
      }
      propertyColumn = isKey ? undefined : column;
    }
    const lineEnd = text.lineEnd(this.#at);
    if (text.bytes[this.#at] === hash) this.#marked.settle(this.#at, lineEnd, lineCommentPlace);
    this.#at = lineEnd + 1;
  }

  // One node, or a tag, an anchor or an alias; false for the latter, which more may follow.
  #readNode(): boolean {
    const text = this.#text;
    const start = this.#at;
    switch (text.bytes[start]) {
      case 0x21:
      case 0x26:
      case 0x2a:
        this.#at = text.wordEnd(start);
        this.#marked.settle(start, this.#at, namePlace);
        return false;
      case 0x22:
      case 0x27:
        this.#at = readQuoted(this.#marked, text, start, this.#parent, false);
        return true;
      case 0x5b:
      case 0x7b:
        this.#at = readFlow(this.#marked, text, start, this.#parent);
        return true;
      case 0x7c:
      case 0x3e: {
        const end = readBlock(this.#marked, text, start, this.#parent);
        if (end === -1) break;
        this.#at = end;
        return true;
      }
      default:
    }
    const end = blockPlainEnd(text, start, this.#parent);
    settlePlain(this.#marked, text, { start, end, inFlow: false });
    this.#at = end;
    return true;
  }
}

const percent = 0x25;
const hash = 0x23;
const hyphen = 0x2d;
const colon = 0x3a;

// `-`, `?` and `:`, which open an entry when a blank follows.
function isIndicator(byte: number): boolean {
  return byte === hyphen || byte === 0x3f || byte === colon;
}
