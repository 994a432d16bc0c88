import { lineEndFrom } from "../marked-text.ts";

/** Looks at the bytes of a YAML text; every look ahead ends at the end of a line or of a run of blanks. */
export class YamlBytes {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The line feed at or behind an offset, or the end of the text. */
  lineEnd(at: number): number {
    return lineEndFrom(this.bytes, at);
  }

  skipSpaces(from: number): number {
    let at = from;
    while (this.bytes[at] === 0x20) at++;
    return at;
  }

  /** Behind spaces and tabs. */
  skipBlanks(from: number): number {
    let at = from;
    while (this.bytes[at] === 0x20 || this.bytes[at] === 0x09) at++;
    return at;
  }

  /** Behind blanks and line ends. */
  skipSpaceAndLines(from: number): number {
    let at = from;
    while (this.isBlank(at) && at < this.bytes.length) at++;
    return at;
  }

  /** True at a line end and at the end of the text. */
  isLineEnd(at: number): boolean {
    const byte = this.bytes[at];
    return byte === undefined || byte === 0x0a || (byte === 0x0d && (this.bytes[at + 1] ?? 0x0a) === 0x0a);
  }

  /** True at a blank, a line end and the end of the text. */
  isBlank(at: number): boolean {
    const byte = this.bytes[at];
    return byte === undefined || byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
  }

  /** True at `,` and brackets. */
  isFlowIndicator(at: number): boolean {
    const byte = this.bytes[at];
    return byte === 0x2c || byte === 0x5b || byte === 0x5d || byte === 0x7b || byte === 0x7d;
  }

  /** True at a colon that ends a plain scalar before it. */
  isColonAt(at: number, inFlow: boolean): boolean {
    return this.bytes[at] === 0x3a && (this.isBlank(at + 1) || (inFlow && this.isFlowIndicator(at + 1)));
  }

  /** True where a comment begins behind a scalar. */
  isCommentAt(at: number): boolean {
    return this.bytes[at] === 0x23 && this.isBlank(at - 1);
  }

  /** True where `---` or `...` stands alone at an offset; whether a line begins there is the caller's concern. */
  isMarker(at: number): boolean {
    const byte = this.bytes[at];
    if (byte !== 0x2d && byte !== 0x2e) return false;
    return this.bytes[at + 1] === byte && this.bytes[at + 2] === byte && this.isBlank(at + 3);
  }

  /** Where a run without blanks ends. */
  wordEnd(from: number): number {
    let at = from;
    while (!this.isBlank(at)) at++;
    return at;
  }
}
