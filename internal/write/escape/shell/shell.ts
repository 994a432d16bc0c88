/**
 * Where the tokens of a shell script stand (POSIX sh, bash). Words, quotes, here-documents and command substitutions are
 * understood; parameter expansions, backticks and arithmetic are skipped, and a script that leaves this subset is
 * unknown from there on.
 */
import { Buffer } from "node:buffer";
import type { Token } from "../../../token/token.ts";
import { closingQuote, filler, isBehindBackslash, lineEndFrom, type MarkedText } from "../marked-text.ts";
import { lineCommentPlace, type Place, tiedPlace } from "../place.ts";
import { type HereDocument, readHereDocument, readHereHeader } from "./here-document.ts";
import { skipBackticks, skipExpansion } from "./nested.ts";
import { ansiPlace, bareWordPlace, doublePlace, numberPlace, singlePlace } from "./places.ts";

/** Finds the places of a shell script. */
export function settleShell(marked: MarkedText): void {
  new ShellReader(marked).read();
}

// What is open: double quotes, a command substitution, or a parenthesis within one.
type Frame = "double" | "substitution" | "parenthesis";

// Life cycle of one reading.
class ShellReader {
  readonly #marked: MarkedText;
  readonly #bytes: Buffer;
  readonly #frames: Frame[] = [];
  #documents: HereDocument[] = [];
  #at = 0;

  constructor(marked: MarkedText) {
    this.#marked = marked;
    this.#bytes = marked.bytes;
  }

  read(): void {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      if (isPlain[bytes[this.#at]!] === 1) {
        this.#at++;
        continue;
      }
      const isUnderstood = this.#frames.at(-1) === "double" ? this.#readInDouble() : this.#readInCode();
      // The rest is left unknown.
      if (!isUnderstood) return;
    }
  }

  // One character, or what begins with it; false when it is not understood.
  #readInDouble(): boolean {
    const byte = this.#bytes[this.#at]!;
    if (byte === filler) return this.#settleToken(() => doublePlace);
    if (byte === doubleQuote) {
      this.#frames.pop();
      this.#at++;
      return true;
    }
    return this.#readCommon(byte);
  }

  #readInCode(): boolean {
    const bytes = this.#bytes;
    const byte = bytes[this.#at]!;
    switch (byte) {
      case filler:
        return this.#settleToken(({ start, end }) => bareWordPlace(bytes[start - 1], bytes[end]));
      case singleQuote:
        return this.#readSingle();
      case doubleQuote:
        this.#frames.push("double");
        this.#at++;
        return true;
      case lineFeed:
        this.#at++;
        for (const document of this.#documents) this.#at = readHereDocument(this.#marked, this.#at, document);
        this.#documents = [];
        return true;
      case 0x23: {
        if (!this.#isAtWordStart()) break;
        const end = lineEndFrom(bytes, this.#at);
        this.#marked.settle(this.#at, end, lineCommentPlace);
        this.#at = end;
        return true;
      }
      case 0x3c: {
        if (bytes[this.#at + 1] !== 0x3c) break;
        if (bytes[this.#at + 2] === 0x3c) {
          this.#at += 3;
          return true;
        }
        const document = readHereHeader(bytes, this.#at);
        if (document === undefined) return false;
        this.#documents.push(document);
        this.#at = document.headerEnd;
        return true;
      }
      case openParenthesis:
        if (bytes[this.#at + 1] === openParenthesis) return this.#skip(skipExpansion(bytes, this.#at), numberPlace);
        this.#frames.push("parenthesis");
        break;
      case 0x29:
        this.#frames.pop();
        break;
      case 0x63:
        // The patterns of a "case" close parentheses that nobody opened.
        if (this.#frames.length > 0 && this.#isAtWordStart() && this.#hasWord("case")) return false;
        break;
      default:
        return this.#readCommon(byte);
    }
    this.#at++;
    return true;
  }

  // What means the same in double quotes.
  #readCommon(byte: number): boolean {
    const bytes = this.#bytes;
    if (byte === backslash) {
      // A token behind it is settled by its own reading.
      this.#at += bytes[this.#at + 1] === filler ? 1 : 2;
      return true;
    }
    if (byte === 0x60) return this.#skip(skipBackticks(bytes, this.#at));
    if (byte === dollar && bytes[this.#at + 1] === openParenthesis) {
      if (bytes[this.#at + 2] === openParenthesis) return this.#skip(skipExpansion(bytes, this.#at + 1), numberPlace);
      this.#frames.push("substitution");
      this.#at += 2;
      return true;
    }
    if (byte === dollar && bytes[this.#at + 1] === 0x7b) return this.#skip(skipExpansion(bytes, this.#at + 1));
    this.#at++;
    return true;
  }

  #settleToken(placeOf: (token: Token) => Place): boolean {
    const bytes = this.#bytes;
    let next = this.#at;
    this.#marked.settleEach(this.#at, this.#at + 1, (token) => {
      next = token.end - 1;
      if (isBehindBackslash(bytes, token.start)) return tiedToBackslash;
      const isBehindDollar = bytes[token.start - 1] === dollar && !isBehindBackslash(bytes, token.start - 1);
      return isBehindDollar ? tiedToDollar : placeOf(token);
    });
    this.#at = next + 1;
    return true;
  }

  #readSingle(): boolean {
    const bytes = this.#bytes;
    const isAnsi = bytes[this.#at - 1] === dollar && !isBehindBackslash(bytes, this.#at - 1);
    const start = this.#at + 1;
    const end = isAnsi ? closingQuote(bytes, start, singleQuote) : bytes.indexOf(singleQuote, start);
    if (end === -1) return false;
    this.#marked.settleEach(start, end, (token) => {
      if (!isAnsi) return singlePlace;
      return isBehindBackslash(bytes, token.start) ? tiedToBackslash : ansiPlace;
    });
    this.#at = end + 1;
    return true;
  }

  // Leaves the tokens up to an offset unknown, or in a place of their own.
  #skip(end: number, place?: Place): boolean {
    if (end === -1) return false;
    if (place !== undefined) this.#marked.settle(this.#at, end, place);
    this.#at = end;
    return true;
  }

  #isAtWordStart(): boolean {
    const before = this.#bytes[this.#at - 1];
    return before === undefined || isBlank(before) || [0x3b, 0x26, 0x7c, openParenthesis, 0x29].includes(before);
  }

  #hasWord(word: string): boolean {
    const { length } = word;
    const after = this.#bytes[this.#at + length];
    return (
      this.#bytes.toString("latin1", this.#at, this.#at + length) === word && (after === undefined || isBlank(after))
    );
  }
}

// Bytes that mean nothing, whatever is open; `c` begins "case".
const isPlain = new Uint8Array(256);
isPlain.fill(1, 0x80, filler);
for (const byte of Buffer.from(
  "abdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ \t\r=-.,/:;%+@[]{}|&*?!^~>",
)) {
  isPlain[byte] = 1;
}

const lineFeed = 0x0a;
const doubleQuote = 0x22;
const dollar = 0x24;
const singleQuote = 0x27;
const openParenthesis = 0x28;
const backslash = 0x5c;
const tiedToBackslash = tiedPlace("\\");
const tiedToDollar = tiedPlace("$");

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === lineFeed;
}
