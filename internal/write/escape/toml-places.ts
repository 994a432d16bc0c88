/** What the places of a TOML text (version 1.0) write. */
import { type Place, refusal, textPlace } from "./place.ts";

/** In `"…"`, and in `"""…"""` where no blank stands before the token. */
export const basicPlace: Place = textPlace("a TOML string", escapeBasic);

/** In `"""…"""` behind a blank, which the backslash of a line end may take away together with those of the value. */
export const basicPlaceAfterBlank: Place = textPlace("a TOML string", (text) =>
  escapeBasic(text).replace(/^ +/, (blanks) => "\\u0020".repeat(blanks.length)),
);

/** In `'…'`, where nothing can be escaped. */
export const literalPlace: Place = textPlace("a TOML string in single quotes", (text) => {
  const bad = /[\0-\u0008\u000a-\u001f\u007f']/.exec(text)?.[0];
  if (bad === undefined) return text;
  const what = bad === "'" ? "a single quote" : "a line feed or control character";
  throw refusal("a TOML string in single quotes", `it holds ${what}`, "write the string in double quotes");
});

/** What stands around a token in `'''…'''`; a neighbouring token counts as anything. */
export interface LongLiteral {
  /** Directly behind the opening quotes, where a line feed is not part of the string. */
  readonly isFirst: boolean;
  readonly isBehindToken: boolean;
  readonly hasQuoteBefore: boolean;
  readonly hasQuoteAfter: boolean;
}

/** In `'''…'''`. */
export function longLiteralPlace({ isFirst, isBehindToken, hasQuoteBefore, hasQuoteAfter }: LongLiteral): Place {
  const where = "a TOML string in three single quotes";
  const hint = "write the string in double quotes";
  return textPlace(where, (text) => {
    if (/[\0-\u0008\u000b-\u001f\u007f]/.test(text)) throw refusal(where, "it holds a control character", hint);
    const joins = (hasQuoteBefore && text.startsWith("'")) || (hasQuoteAfter && text.endsWith("'"));
    if (joins || text.includes("'''")) throw refusal(where, "it holds single quotes that would end it", hint);
    if (isBehindToken && text.startsWith("\n")) throw refusal(where, "it begins with a line feed", hint);
    return isFirst && text.startsWith("\n") ? `\n${text}` : text;
  });
}

/** Alone where a value stands: a number, boolean or date stays one, everything else becomes a string. */
export const barePlace: Place = textPlace("a TOML value", (text) => (isTyped(text) ? text : quoted(text)));

/** A key, or one part of a dotted key. */
export const bareKeyPlace: Place = textPlace("a TOML key", (text) =>
  /^[A-Za-z0-9_-]+$/.test(text) ? text : quoted(text),
);

/** A piece of a bare key. */
export const partOfKeyPlace: Place = textPlace("a TOML key", (text) => {
  if (/^[A-Za-z0-9_-]*$/.test(text)) return text;
  throw refusal("a part of a bare TOML key", "it holds more than letters and digits", "put quotes around the key");
});

function quoted(text: string): string {
  return `"${escapeBasic(text)}"`;
}

function escapeBasic(text: string): string {
  return text.replace(/[\0-\u001f"\\\u007f]/g, (character) => {
    const short = shortEscapes.get(character);
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\f", "\\f"],
  ["\r", "\\r"],
]);

const integer = /^[+-]?(?:0|[1-9](?:_?\d)*)$/;
const prefixedInteger = /^0(?:x[\dA-Fa-f](?:_?[\dA-Fa-f])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)$/;
const float = /^[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?$/;
const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.\d+)?`;
const offset = String.raw`Z|[+-](?:[01]\d|2[0-3]):[0-5]\d`;
const dateOrTime = new RegExp(
  String.raw`^(?:(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ]${time}(?:${offset})?)?|${time.replaceAll("?<", "?<local")})$`,
);

// What is longer than this is no number that a reader takes.
const maxTypedLength = 64;
const largestInteger = 2n ** 63n - 1n;

function isTyped(text: string): boolean {
  if (text.length > maxTypedLength) return false;
  if (/^(?:true|false|[+-]?(?:inf|nan))$/.test(text)) return true;
  if (integer.test(text) || prefixedInteger.test(text)) return fitsInteger(text.replaceAll("_", ""));
  return float.test(text) || isDateOrTime(text);
}

function fitsInteger(text: string): boolean {
  const isNegative = text.startsWith("-");
  const size = BigInt(text.replace(/^[+-]/, ""));
  return size <= largestInteger + (isNegative ? 1n : 0n);
}

function isDateOrTime(text: string): boolean {
  const groups = dateOrTime.exec(text)?.groups;
  if (groups === undefined) return false;
  const number = (name: string): number => Number(groups[name] ?? groups[`local${name}`] ?? 0);
  if (number("hour") > 23 || number("minute") > 59 || number("second") > 59) return false;
  if (groups["year"] === undefined) return true;
  const month = number("month");
  const day = number("day");
  const lengths = [31, isLeap(number("year")) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day >= 1 && day <= (lengths[month - 1] ?? 0);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
