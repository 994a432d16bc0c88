/** What the places of a shell script write. Values are bytes; only ASCII means anything to a shell. */
import { bytePlace, type Place, refusal } from "../place.ts";

/** In single quotes, which end for each one of the value's own. */
export const singlePlace: Place = shellPlace((text) => text.replaceAll("'", "'\\''"));

/** In double quotes. */
export const doublePlace: Place = shellPlace(escapeDouble);

/** In `$'…'` of bash. */
export const ansiPlace: Place = shellPlace((text) => text.replace(/[\\']/g, "\\$&"));

/** In an arithmetic expression, where a word would be looked up and evaluated. */
export const numberPlace: Place = shellPlace((text) => {
  if (/^-?[0-9]+$/.test(text)) return text;
  throw refusal("an arithmetic expression", "it is no whole number", "assign the value to a variable first");
});

/** As a word or a part of one; `before` and `after` are the bytes beside the token. */
export function bareWordPlace(before: number | undefined, after: number | undefined): Place {
  if (before === openBracket) return subscriptPlace;
  // A number before a redirection is a file descriptor, a name before a parenthesis a function, one behind "~" a user.
  const joins = after === 0x3c || after === 0x3e || after === 0x28 || before === 0x7e;
  return joins ? quotingPlace : wordPlace;
}

/** The inside of double quotes, and of a here-document that expands. */
export function escapeDouble(text: string): string {
  return text.replace(/[\\"$`]/g, "\\$&");
}

/** A place in a script; a NUL is CM_VALUE_INVALID. */
export function shellPlace(write: (text: string) => string): Place {
  return bytePlace((text) => {
    if (!text.includes("\0")) return write(text);
    throw refusal("a shell script", "it holds a NUL, which no variable can hold", 'write it with "[as=base64]"');
  });
}

const openBracket = 0x5b;
const reservedWord = /^(case|coproc|do|done|elif|else|esac|fi|for|function|if|in|select|then|time|until|while)$/;

const quotingPlace = shellPlace(quote);
const wordPlace = shellPlace((text) => {
  const isPlain = /^[A-Za-z0-9_./:@%+-]+$/.test(text) && !text.includes("..") && !reservedWord.test(text);
  return isPlain ? text : quote(text);
});

// The subscript of an array is an arithmetic expression, too; elsewhere a bracket opens a pattern.
const subscriptPlace = shellPlace((text) => {
  if (/^[A-Za-z0-9_]+$/.test(text)) return text;
  throw refusal(
    "brackets of a shell script",
    "they may be an arithmetic expression",
    "assign the value to a variable first",
  );
});

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
