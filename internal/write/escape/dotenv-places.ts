/** What the places of a .env text write, so that the npm package `dotenv` reads the value back. */
import { type Place, refusal, textPlace } from "./place.ts";

/** What stands around a token in quotes. */
export interface QuotedValue {
  /** The quote: `"`, `'` or a backtick. */
  readonly mark: string;
  /** The token is all that the quotes hold. */
  readonly isAlone: boolean;
  /** The characters directly before and behind the token; U+00FF is another token. */
  readonly before: string;
  readonly after: string;
}

/** In quotes. */
export function quotedPlace({ mark, isAlone, before, after }: QuotedValue): Place {
  const where = "quotes of a .env file";
  const hint = "remove the quotes around the token, or use others";
  return dotenvPlace(where, (text) => {
    const written = mark === '"' ? escapeLineEnds(text) : text;
    const tiesBefore =
      before === "\\" && text !== "" && (text.startsWith(mark) || (mark === '"' && /^[nr]/.test(text)));
    const tiesAfter =
      text.endsWith("\\") && (after === mark || after === "\u00ff" || (mark === '"' && /[nr]/.test(after)));
    if (tiesBefore || tiesAfter) throw refusal(where, "a backslash stands beside the quote", hint);
    if (hasBare(text, mark) && !(isAlone && isOneLine(written))) throw refusal(where, "it holds the same quote", hint);
    if (mark === '"' && /\\[nr]/.test(text))
      throw refusal(where, 'it holds "\\n" or "\\r", which mean a line end there', hint);
    if (written.includes("\r")) throw refusal(where, "it holds a carriage return", "use double quotes");
    return written;
  });
}

/** Together with other text, outside of quotes; `isFirst` and `isLast`: nothing but blanks and tokens stands on that side. */
export function unquotedPlace({ isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean }): Place {
  const where = "a .env value without quotes";
  return dotenvPlace(where, (text) => {
    const isCut = (isFirst && /^[\s'"`]/.test(text)) || (isLast && /\s$/.test(text));
    if (!isCut && isOneLine(text)) return text;
    throw refusal(where, "it would be cut or read as something else", "put quotes around the whole value");
  });
}

/** All of a value, outside of quotes: quotes are added where they are needed, those first in which nothing means anything. */
export const alonePlace: Place = dotenvPlace("a .env file", (text) => {
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(text)) return text;
  const isSafeInDouble = /[\n\r]/.test(text) && !/[\\$"]/.test(text);
  if (isSafeInDouble) return `"${escapeLineEnds(text)}"`;
  const endsWell = !text.endsWith("\\");
  const isDouble = endsWell && !/\\[nr]/.test(text);
  const isRaw = endsWell && !text.includes("\r");
  if (isRaw && !hasBare(text, "'")) return `'${text}'`;
  if (isDouble && !hasBare(text, '"')) return `"${escapeLineEnds(text)}"`;
  if (isRaw && !hasBare(text, "`")) return `\`${text}\``;
  if (isOneLine(text) && text.trim() === text && !/^['"`]/.test(text)) return text;
  // The outermost quotes are taken off a line that is no quoted value by the usual rule.
  if (endsWell && isOneLine(text)) return `'${text}'`;
  if (isDouble && isOneLine(escapeLineEnds(text))) return `"${escapeLineEnds(text)}"`;
  const hint = 'write it with "[as=base64]"';
  throw refusal("a .env file", "there are no quotes that hold all of it", hint);
});

/** The name of a variable. */
export const namePlace: Place = dotenvPlace("the name of a variable", (text) => {
  if (/^[A-Za-z0-9_.-]*$/.test(text)) return text;
  throw refusal("the name of a variable", "it holds more than letters and digits", "take the token out of the name");
});

function dotenvPlace(where: string, write: (text: string) => string): Place {
  return textPlace(where, (text) => {
    if (!text.includes("\0")) return write(text);
    throw refusal(where, "it holds a NUL, which no variable can hold", 'write it with "[as=base64]"');
  });
}

function escapeLineEnds(text: string): string {
  return text.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

// A quote directly behind a backslash ends nothing, and the backslash stays.
function hasBare(text: string, mark: string): boolean {
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
    if (text[at - 1] !== "\\") return true;
  }
  return false;
}

// What neither begins a comment nor ends a line, also for a regular expression.
function isOneLine(text: string): boolean {
  return !/[#\n\r\u2028\u2029]/.test(text);
}
