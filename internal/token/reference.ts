/** From the bytes of one well-delimited token to what it refers to; equal texts share one reference. */
import type { ErrorCode } from "../errors/codes.ts";
import { type CutShort, hintOfCut } from "./cut-short.ts";
import { splitHostKeys } from "./host-keys.ts";
import type { MetadataPair } from "./metadata.ts";
import { decodeKeySegment, decodePath } from "./percent.ts";
import type { CompiledSyntax } from "./syntax.ts";
import type { TokenReference } from "./token.ts";

/** Where the parts of a token stand. */
export interface TokenParts {
  readonly start: number;
  readonly prefix: string;
  readonly pathStart: number;
  /** -1 without a key path. */
  readonly keySeparatorAt: number;
  /** Behind the path and key path: where metadata opens, if any. */
  readonly pathEnd: number;
  readonly end: number;
  readonly pairs: readonly MetadataPair[];
}

/** A token that is delimited well and still refers to nothing. */
export interface ReferenceFault {
  readonly code: ErrorCode;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

/** References by token text, for one scan. */
export interface ReferenceTable {
  /** The reference of a text read before. The same text cut short in another way is another reference. */
  readonly known: (text: string, cut: CutShort | undefined) => TokenReference | undefined;
  /** Reads the parts of a new text. */
  readonly read: (text: string, cut: CutShort | undefined, parts: TokenParts) => TokenReference | ReferenceFault;
}

/** A table for one scan; `text` is the token's bytes as latin1, one character each. */
export function createReferenceTable(bytes: Buffer, syntax: CompiledSyntax): ReferenceTable {
  const whole = new Map<string, TokenReference>();
  const cutShort = new Map<CutShort, Map<string, TokenReference>>();
  return {
    known: (text, cut) => (cut === undefined ? whole : cutShort.get(cut))?.get(text),
    read(text, cut, parts) {
      const reference = readReference(bytes, text, parts, syntax);
      if ("code" in reference) return reference;
      if (cut === undefined) {
        whole.set(text, reference);
        return reference;
      }
      const withHint = { ...reference, cutShortHint: hintOfCut(cut, syntax) };
      const table = cutShort.get(cut) ?? new Map<string, TokenReference>();
      cutShort.set(cut, table.set(text, withHint));
      return withHint;
    },
  };
}

function readReference(
  bytes: Buffer,
  text: string,
  parts: TokenParts,
  { keySeparator }: CompiledSyntax,
): TokenReference | ReferenceFault {
  const split = splitHostKeys(parts.pairs);
  if ("message" in split) return { code: "CM_METADATA_INVALID", ...split };
  const { start, prefix, pathStart, keySeparatorAt, pathEnd, end } = parts;
  const path = bytes.toString("utf8", pathStart, keySeparatorAt === -1 ? pathEnd : keySeparatorAt);
  const keyPath = keySeparatorAt === -1 ? undefined : bytes.toString("utf8", keySeparatorAt + 1, pathEnd).split(".");
  if (keyPath?.includes("") === true) return faultOfKeyPath(bytes, keySeparatorAt + 1, pathEnd);
  return {
    // Without a byte above 0x7f the text is the same in UTF-8, and one string serves as both.
    text: /[\u0080-\u00ff]/.test(text) ? bytes.toString("utf8", start, end) : text,
    prefix,
    path: decodePath(path, keySeparator),
    keyPath: keyPath?.map((segment) => decodeKeySegment(segment, keySeparator)),
    ...split,
  };
}

// Points at the dot that has nothing before or behind it.
function faultOfKeyPath(bytes: Buffer, keyPathStart: number, end: number): ReferenceFault {
  let at = keyPathStart;
  while (at < end - 1 && !(bytes[at] === dot && (at === keyPathStart || bytes[at - 1] === dot))) at++;
  return {
    code: "CM_KEY_PATH_INVALID",
    start: at,
    end: at + 1,
    message: "the key path has an empty segment",
    hint: 'write "%2E" for a "." that is part of a key',
  };
}

const dot = 0x2e;
