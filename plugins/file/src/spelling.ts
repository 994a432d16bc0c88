import { type Scalar, stringify } from "yaml";
import { numberText } from "./json-tree.ts";

/** What a scalar stands among: it decides what has to be quoted. */
export interface Surroundings {
  /** Everything is quoted as JSON does it. */
  readonly isJson: boolean;
  /** Between the brackets of a flow collection. */
  readonly isInFlow: boolean;
}

/** Spells a text as a scalar that every reader takes for that text, without quotes where none are needed. */
export function spellText(text: string, { isJson, isInFlow }: Surroundings): string {
  if (isJson || !isPlain(text) || (isInFlow && /[[\]{},]/.test(text))) return doubleQuoted(text);
  return text;
}

/**
 * Spells a text for the place of another scalar: with its kind of quotes where they can hold the text. What was a number
 * stays one when the text spells one as JSON does, and a boolean when it is `true` or `false`; all else becomes text.
 */
export function spellLike(old: Scalar, text: string, surroundings: Surroundings): string {
  const { type, value } = old;
  if (typeof value === "number" || typeof value === "bigint") if (numberText(text) === text) return text;
  if (typeof value === "boolean" && (text === "true" || text === "false")) return text;
  if (type === "QUOTE_SINGLE" && isPrintableLine(text)) return `'${text.replaceAll("'", "''")}'`;
  return type === "PLAIN" ? spellText(text, surroundings) : doubleQuoted(text);
}

// Text for readers of YAML 1.1 too, for whom `on` is a boolean and 12:30 a number.
function isPlain(text: string): boolean {
  if (!isPrintableLine(text) || /^(?:<<|=|---|\.\.\.)/.test(text)) return false;
  return (["1.1", "1.2"] as const).every((version) => stringify(text, { version, lineWidth: 0 }) === `${text}\n`);
}

function isPrintableLine(text: string): boolean {
  return !unprintable.test(text);
}

const unprintable = /[\0-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

function doubleQuoted(text: string): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(new RegExp(unprintable, "g"), escape);
}
