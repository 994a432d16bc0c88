/** The forms `$V`, `${V}`, `${V:-d}` … as they stand in the text; what they are worth is decided in expand.ts. */

/** What stands behind the name; undefined for something that is none of these. */
export type Operator = "" | "-" | ":-" | "=" | ":=" | "+" | ":+" | "?" | ":?";

/** One form of a variable, or `$$`. Offsets are those of the text. */
export interface Form {
  /** Where its `$` stands. */
  readonly start: number;
  /** Empty for `$$`. */
  readonly name: string;
  /** Behind the name. */
  readonly nameEnd: number;
  /** Undefined where something follows the name that is not listed. */
  readonly operator: Operator | undefined;
  /** Behind the operator: where the default, alternative or message begins. */
  readonly wordStart: number;
  /** Where the closing brace stands; the end of the text when there is none. */
  readonly wordEnd: number;
  /** Behind the form. */
  readonly end: number;
  readonly isClosed: boolean;
  /** The index of the first form that is not within this one. */
  readonly next: number;
}

/** What was read from one `$`: the form that begins there and all that it holds, in document order. */
export interface FormReading {
  /** Empty when the `$` is text. */
  readonly forms: readonly Form[];
  /** Where reading goes on. */
  readonly end: number;
}

/** Reads forms of one text; to be asked with ascending offsets, each that of a `$`. */
export function createFormReader(bytes: Buffer): (at: number) => FormReading {
  const findTemplateEnd = createTemplateEndFinder(bytes);
  return (start) => {
    const forms: OpenForm[] = [];
    // Indices of the forms that wait for their brace: a list, as nothing bounds the depth.
    const waiting: number[] = [];
    let at = start;
    do {
      if (bytes[at] === dollar) {
        const reading = readDollar(bytes, at, findTemplateEnd);
        if ("form" in reading) {
          forms.push(reading.form);
          reading.form.next = forms.length;
          if (!reading.form.isClosed) waiting.push(forms.length - 1);
        }
        at = reading.end;
      } else {
        if (bytes[at] === closingBrace) closeForm(forms, waiting.pop(), at, true);
        at++;
      }
    } while (waiting.length > 0 && at < bytes.length);
    for (const index of waiting) closeForm(forms, index, bytes.length, false);
    return { forms, end: at };
  };
}

// A form whose end is not known yet.
type OpenForm = { -readonly [Key in keyof Form]: Form[Key] };

const dollar = 0x24;
const openingBrace = 0x7b;
const closingBrace = 0x7d;
const lineFeed = 0x0a;
const colon = 0x3a;
const operatorBytes: ReadonlyMap<number | undefined, "-" | "=" | "+" | "?"> = new Map([
  [0x2d, "-"],
  [0x3d, "="],
  [0x2b, "+"],
  [0x3f, "?"],
]);

function closeForm(forms: readonly OpenForm[], index: number | undefined, wordEnd: number, isClosed: boolean): void {
  const form = index === undefined ? undefined : forms[index];
  if (form === undefined) return;
  form.wordEnd = wordEnd;
  form.end = isClosed ? wordEnd + 1 : wordEnd;
  form.isClosed = isClosed;
  form.next = forms.length;
}

type DollarReading = { readonly form: OpenForm; readonly end: number } | { readonly end: number };

function readDollar(bytes: Buffer, at: number, findTemplateEnd: (from: number) => number): DollarReading {
  if (bytes[at + 1] === dollar) return { form: closedForm(at, "", at + 2, at + 2), end: at + 2 };
  const isBraced = bytes[at + 1] === openingBrace;
  if (isBraced && bytes[at + 2] === openingBrace) {
    const templateEnd = findTemplateEnd(at + 3);
    return { end: templateEnd === -1 ? at + 1 : templateEnd };
  }
  const nameStart = at + (isBraced ? 2 : 1);
  const nameEnd = findNameEnd(bytes, nameStart);
  if (nameEnd === -1) return { end: at + 1 };
  const name = bytes.toString("latin1", nameStart, nameEnd);
  if (!isBraced) return { form: closedForm(at, name, nameEnd, nameEnd), end: nameEnd };
  if (bytes[nameEnd] === closingBrace) return { form: closedForm(at, name, nameEnd, nameEnd + 1), end: nameEnd + 1 };
  const operator = readOperator(bytes, nameEnd);
  const wordStart = nameEnd + (operator?.length ?? 0);
  const form = closedForm(at, name, nameEnd, wordStart);
  form.operator = operator;
  form.isClosed = false;
  return { form, end: wordStart };
}

function closedForm(start: number, name: string, nameEnd: number, end: number): OpenForm {
  return { start, name, nameEnd, operator: "", wordStart: end, wordEnd: end, end, isClosed: true, next: 0 };
}

function readOperator(bytes: Buffer, at: number): Operator | undefined {
  if (bytes[at] !== colon) return operatorBytes.get(bytes[at]);
  const operator = operatorBytes.get(bytes[at + 1]);
  return operator === undefined ? undefined : `:${operator}`;
}

// Behind `[A-Za-z_][A-Za-z0-9_]*`; -1 when there is none or `_` alone.
function findNameEnd(bytes: Buffer, start: number): number {
  let at = start;
  while (isNameByte(bytes[at], at === start)) at++;
  return at === start || (at === start + 1 && bytes[start] === underscore) ? -1 : at;
}

const underscore = 0x5f;

function isNameByte(byte: number | undefined, isFirst: boolean): boolean {
  if (byte === undefined) return false;
  if ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === underscore) return true;
  return !isFirst && byte >= 0x30 && byte <= 0x39;
}

// Behind the next `}}` on the line, -1 when there is none. What was found holds for every offset up to there, so that no
// byte is looked at twice.
function createTemplateEndFinder(bytes: Buffer): (from: number) => number {
  let searchedTo = -1;
  let isFound = false;
  return (from) => {
    if (from > searchedTo) {
      let at = from;
      isFound = false;
      for (; at < bytes.length && bytes[at] !== lineFeed; at++) {
        isFound = bytes[at] === closingBrace && bytes[at + 1] === closingBrace;
        if (isFound) break;
      }
      searchedTo = at;
    }
    return isFound ? searchedTo + 2 : -1;
  };
}
