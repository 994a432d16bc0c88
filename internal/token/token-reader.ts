/** Reads the tokens of one scan, each from behind its separator, and keeps what was found. */
import type { ErrorCode } from "../errors/codes.ts";
import { ConfigManagerError } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import { findCut, hintOfCut, messageOfCut } from "./cut-short.ts";
import { type MetadataReading, readMetadata } from "./metadata.ts";
import { createReferenceTable } from "./reference.ts";
import type { CompiledSyntax } from "./syntax.ts";
import { findTokenEnd } from "./terminators.ts";
import type { ScanProblem, ScanWarning, Token } from "./token.ts";
import { excerptOf } from "./utf8.ts";

/** Reads one token after the other, in document order. */
export interface TokenReader {
  /** Reads the token whose prefix begins at `start` and whose path begins at `pathStart`; returns where the scan goes on. */
  readonly read: (start: number, prefix: string, pathStart: number) => number;
  readonly tokens: Token[];
  readonly problems: ScanProblem[];
  readonly warnings: ScanWarning[];
}

/** A reader for one scan. */
export function createTokenReader(bytes: Buffer, syntax: CompiledSyntax): TokenReader {
  const tokens: Token[] = [];
  const problems: ScanProblem[] = [];
  const warnings: ScanWarning[] = [];
  const references = createReferenceTable(bytes, syntax);
  const findClosingBracket = createBracketFinder(bytes);
  const errorFor = createErrorTable();

  const read = (start: number, prefix: string, pathStart: number): number => {
    const { end: pathEnd, keySeparatorAt } = findTokenEnd(bytes, pathStart, syntax);
    const hasBrackets = pathEnd > pathStart && bytes[pathEnd] === openingBracket;
    const closingAt = hasBrackets ? findClosingBracket(pathEnd + 1) : -1;
    const end = closingAt === -1 ? pathEnd : closingAt + 1;
    const report = (code: ErrorCode, from: number, to: number, message: string, hint: string): void => {
      problems.push({ start: from, end: to, error: errorFor(code, message, hint, excerptOf(bytes, start, end)) });
    };
    if (hasBrackets && closingAt === -1) {
      report("CM_METADATA_UNCLOSED", pathEnd, pathEnd + 1, 'metadata is not closed with "]" on its line', unclosedHint);
      return pathEnd + 1;
    }
    const cut = findCut(bytes, { pathStart, keySeparatorAt, pathEnd, end }, syntax);
    const cutHint = cut === undefined ? undefined : hintOfCut(cut, syntax);
    if (pathEnd === pathStart) {
      const opening = `${prefix}${syntax.separatorText}`;
      const hint = cutHint ?? `write what the store is asked for directly after "${opening}"`;
      report("CM_TOKEN_EMPTY_PATH", start, pathStart, `token "${opening}" has no path`, hint);
      return pathStart;
    }

    // A spelling that was read before is not read again. Long brackets are: their text is taken only when it is known
    // that nothing in them is a fault, so that brackets within brackets are not copied again and again.
    let text = hasBrackets && end - start > maxGuessedBytes ? undefined : bytes.toString("latin1", start, end);
    let reference = text === undefined ? undefined : references.known(text, cut);
    if (reference === undefined) {
      const metadata = hasBrackets ? readMetadata(bytes, pathEnd + 1, closingAt) : noMetadata;
      if (!metadata.ok) {
        const { fault } = metadata;
        report("CM_METADATA_INVALID", fault.start, fault.end, fault.message, fault.hint);
        return fault.start;
      }
      text ??= bytes.toString("latin1", start, end);
      const parts = { start, prefix, pathStart, keySeparatorAt, pathEnd, end, pairs: metadata.pairs };
      const known = references.known(text, cut) ?? references.read(text, cut, parts);
      if ("code" in known) {
        report(known.code, known.start, known.end, known.message, cutHint ?? known.hint);
        return end;
      }
      reference = known;
    }
    tokens.push({ start, end, reference });
    if (cut !== undefined) {
      const message = messageOfCut(cut, escapeControls(excerptOf(bytes, start, end)), syntax);
      warnings.push({ start, end, message, hint: cutHint });
    }
    return end;
  };
  return { read, tokens, problems, warnings };
}

const openingBracket = 0x5b;
const closingBracket = 0x5d;
const lineFeed = 0x0a;
const maxGuessedBytes = 512;
const noMetadata: MetadataReading = { ok: true, pairs: [] };
const unclosedHint = 'close it with "]", or write "%5B" where "[" belongs to the path';

// Where the next `]` on the line is, -1 when there is none. Asked with ascending offsets; what was found holds for every
// bracket up to there, so that no byte is looked at twice.
function createBracketFinder(bytes: Buffer): (from: number) => number {
  let searchedTo = -1;
  let foundAt = -1;
  return (from) => {
    if (from > searchedTo) {
      let at = from;
      while (at < bytes.length && bytes[at] !== closingBracket && bytes[at] !== lineFeed) at++;
      searchedTo = at;
      foundAt = bytes[at] === closingBracket ? at : -1;
    }
    return foundAt;
  };
}

// Errors are without a place, so equal ones are one object: a file can hold 50,000 times the same fault.
function createErrorTable(): (code: ErrorCode, message: string, hint: string, token: string) => ConfigManagerError {
  const errors = new Map<string, ConfigManagerError>();
  return (code, message, hint, token) => {
    const key = [code, message, hint, token].join("\n");
    const error = errors.get(key) ?? new ConfigManagerError(code, message, { hint, token });
    errors.set(key, error);
    return error;
  };
}
