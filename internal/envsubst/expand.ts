/**
 * Variables of the environment in a text, on bytes. The contract is docs/token-language.md, "Variables".
 * Knows no tokens and reads no environment by itself; linear, and no depth of nesting reaches the stack.
 * Called by the facade before the scan, with `-e` only.
 */
import type { ErrorCode } from "../errors/codes.ts";
import { ConfigManagerError } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import type { ScanProblem } from "../token/token.ts";
import { bufferOf, excerptOf, sequenceLength } from "../token/utf8.ts";
import { createEditedText, type EditedText } from "./edited-text.ts";
import { createFormReader, type Form } from "./parse.ts";

/** What an expansion is told. */
export interface ExpandOptions {
  /** The value of a variable, undefined when it is not set. Asked once for each name. */
  readonly lookup: (name: string) => string | undefined;
  /** Only these variables are expanded, forms of others are text; all unless set. */
  readonly only?: ReadonlySet<string> | undefined;
}

/** A text with its variables expanded. */
export interface Expansion {
  /** The same object as handed in when nothing was expanded; of no use when there are problems. */
  readonly bytes: Uint8Array;
  /**
   * Where in the original a range of the expanded text comes from; what came out of a form has the place of the whole form,
   * so a token that begins in one begins at its `$`.
   */
  readonly originalRange: (start: number, end: number) => { readonly start: number; readonly end: number };
  /** CM_ENV_UNSET and CM_ENV_SYNTAX, every one there is, in document order, offsets in the original. */
  readonly problems: readonly ScanProblem[];
}

/** Expands the forms of a text. What comes out of a variable is not expanded again. Throws nothing for any bytes. */
export function expand(bytes: Uint8Array, { lookup, only }: ExpandOptions): Expansion {
  const source = bufferOf(bytes);
  const text = createEditedText(source);
  const problems: ScanProblem[] = [];
  const errorFor = createErrorTable();
  const run: Run = {
    source,
    text,
    valueOf: createValueTable(lookup),
    isListed: (name) => only === undefined || only.has(name),
    report: (code, start, end, message, hint) => {
      problems.push({ start, end, error: errorFor(code, message, hint) });
    },
  };
  const readForms = createFormReader(source);
  let copied = 0;
  for (let at = source.indexOf(dollar); at !== -1;) {
    const { forms, end } = readForms(at);
    if (forms.length > 0) {
      text.copy(copied, at);
      writeForms(run, forms);
      copied = end;
    }
    at = source.indexOf(dollar, end);
  }
  text.copy(copied, source.length);
  return { bytes: text.isEdited() ? text.finish() : bytes, originalRange: text.originalRange, problems };
}

interface Run {
  readonly source: Buffer;
  readonly text: EditedText;
  readonly valueOf: (name: string) => Buffer | undefined;
  readonly isListed: (name: string) => boolean;
  readonly report: (code: ErrorCode, start: number, end: number, message: string, hint: string) => void;
}

// A form whose inside is being written, or only looked through for faults of syntax when it is not used.
interface Frame {
  readonly form: Form;
  readonly isUsed: boolean;
  /** How far its text is copied when its inner forms are done. */
  readonly copyEnd: number;
  readonly isEdit: boolean;
}

// Writes a form and those within it, in document order. The frames are what a recursion would keep on the stack.
function writeForms(run: Run, forms: readonly Form[]): void {
  const { text } = run;
  const frames: Frame[] = [];
  let at = forms[0]!.start;
  for (let index = 0; ;) {
    let frame = frames.at(-1);
    while (frame !== undefined && frame.form.next === index) {
      if (frame.isUsed) text.copy(at, frame.copyEnd);
      if (frame.isEdit) text.endEdit(frame.form.end);
      at = frame.form.end;
      frames.pop();
      frame = frames.at(-1);
    }
    const form = forms[index];
    if (form === undefined) return;
    const isUsed = frame?.isUsed ?? true;
    if (isUsed) text.copy(at, form.start);
    const inner = writeForm(run, form, isUsed);
    if (inner === undefined) {
      at = form.end;
      index = form.next;
    } else {
      frames.push(inner);
      at = form.wordStart;
      index++;
    }
  }
}

// Writes what there is to write before the inside of a form; undefined when nothing inside matters.
function writeForm(run: Run, form: Form, isUsed: boolean): Frame | undefined {
  const { text } = run;
  const { start, name, end, operator, wordStart, wordEnd } = form;
  const isListed = name === "" || run.isListed(name);
  if (operator === undefined || !form.isClosed) {
    // Not a form: text, and so is its brace, but what stands inside counts.
    if (isListed) reportSyntax(run, form);
    if (isUsed) text.copy(start, wordStart);
    return { form, isUsed, copyEnd: end, isEdit: false };
  }
  if (!isListed) {
    if (isUsed) text.copy(start, end);
    return undefined;
  }
  if (!isUsed) return { form, isUsed, copyEnd: wordEnd, isEdit: false };
  text.beginEdit(start);
  const isWordUsed = writeValue(run, form);
  if (operator === "") {
    text.endEdit(end);
    return undefined;
  }
  return { form, isUsed: isWordUsed, copyEnd: wordEnd, isEdit: true };
}

// Writes what a form is worth without its word; true when the word is to be written.
function writeValue(run: Run, form: Form): boolean {
  const { text, valueOf } = run;
  const { name, operator = "" } = form;
  if (name === "") {
    text.put(dollarSign);
    return false;
  }
  const value = valueOf(name);
  const meansEmptyToo = operator === "" || operator.startsWith(":");
  const isThere = value !== undefined && (value.length > 0 || !meansEmptyToo);
  if (operator.endsWith("+")) return isThere;
  if (isThere) {
    text.put(value);
    return false;
  }
  if (operator === "" || operator.endsWith("?")) {
    reportUnset(run, form, value === undefined ? "is not set" : "is empty");
    return false;
  }
  return true;
}

function reportUnset({ source, report }: Run, form: Form, what: string): void {
  const { start, end, name, wordStart, wordEnd } = form;
  const shown = shorten(name);
  // The message of `${V?m}` as it is written: what its own forms are worth may be a secret.
  const reason = escapeControls(excerptOf(source, wordStart, wordEnd, maxMessageBytes));
  const message = `variable "${shown}" ${what}${reason === "" ? "" : `: ${reason}`}`;
  report("CM_ENV_UNSET", start, end, message, `set it, or write a default: "\${${shown}:-default}"`);
}

function reportSyntax({ source, report }: Run, { start, name, nameEnd, operator, wordStart }: Form): void {
  const shown = `\${${shorten(name)}`;
  if (operator !== undefined || nameEnd === source.length) {
    const message = `"${shown}${operator ?? ""}" is not closed`;
    report("CM_ENV_SYNTAX", start, wordStart, message, 'close it with "}", or write "$$" for a dollar');
    return;
  }
  const next = escapeControls(excerptOf(source, nameEnd, nameEnd + Math.max(1, sequenceLength(source, nameEnd))));
  const message = `"${shown}" is followed by "${next}", which no form has`;
  const hint = 'write one of ${V} ${V-d} ${V:-d} ${V=d} ${V:=d} ${V+a} ${V:+a} ${V?m} ${V:?m}, or "$$" for a dollar';
  report("CM_ENV_SYNTAX", start, nameEnd, message, hint);
}

const dollar = 0x24;
const dollarSign = Buffer.from("$");
const maxMessageBytes = 200;

function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

function createValueTable(lookup: (name: string) => string | undefined): (name: string) => Buffer | undefined {
  const values = new Map<string, Buffer | undefined>();
  return (name) => {
    if (!values.has(name)) {
      const value = lookup(name);
      // An environment that is a plain object answers for `constructor` with what is no text.
      values.set(name, typeof value === "string" ? Buffer.from(value) : undefined);
    }
    return values.get(name);
  };
}

// Errors are without a place, so equal ones are one object: a file can hold 200,000 times the same fault.
function createErrorTable(): (code: ErrorCode, message: string, hint: string) => ConfigManagerError {
  const errors = new Map<string, ConfigManagerError>();
  return (code, message, hint) => {
    const error = errors.get(message) ?? new ConfigManagerError(code, message, { hint });
    errors.set(message, error);
    return error;
  };
}
