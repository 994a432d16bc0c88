import { type Place, refusal, textPlace } from "../place.ts";
import { requirePrintable } from "./characters.ts";

/** What a block scalar does with the line feeds at its end: one at most, none, or all of them. */
export type Chomping = "clip" | "strip" | "keep";

/** What is known of a token's place in a block scalar. */
export interface BlockFacts {
  readonly isFolded: boolean;
  readonly chomping: Chomping;
  /** In spaces. */
  readonly indentation: number;
  /** The line begins with a blank behind the indentation, which a folded block does not fold. */
  readonly isMoreIndented: boolean;
  /** The line is the one that the block takes its indentation from. */
  readonly setsIndentation: boolean;
  /** No line of the block follows that is not empty. */
  readonly isLastLine: boolean;
  /** Nothing but blanks and tokens stands before the token on its line. */
  readonly startsLine: boolean;
  /** The line ends directly behind the token. */
  readonly endsLine: boolean;
  /** Nothing but blanks and tokens stands behind the token on its line. */
  readonly mayEndLine: boolean;
  /** The token is all that the block holds. */
  readonly isWhole: boolean;
  /** Another token stands directly before or behind it. */
  readonly isBesideToken: boolean;
  /** A blank stands directly behind it. */
  readonly isBeforeBlank: boolean;
}

/** In a block scalar: every line of the value gets the block's indentation, and the block's own rule for its end is kept. */
export function blockPlace(facts: BlockFacts): Place {
  const { isFolded, indentation, setsIndentation, startsLine } = facts;
  const where = isFolded ? "a folded YAML block" : "a YAML block";
  return textPlace(where, (text) => {
    requirePrintable(text, where);
    // A block of nothing is an empty text, unless it keeps the line feed that follows.
    if (text === "" && facts.isWhole && facts.chomping !== "keep") return text;
    if (startsLine && setsIndentation && !/^\n*[^ \t\n]/.test(text)) {
      const hint = 'write the indentation behind the sign of the block, as in "|2"';
      throw refusal(where, "its first line would change the indentation of the block", hint);
    }
    if (indentation === 0 && /^(---|\.\.\.)/m.test(text)) {
      throw refusal(where, "one of its lines would end the document", "indent the block");
    }
    const body = withoutLastLineFeed(facts, where, text);
    const lineEnd = `\n${" ".repeat(indentation)}`;
    if (!isFolded) return body.replaceAll("\n", lineEnd);
    requireFoldable(facts, body);
    return body.replace(/\n+/g, (lineFeeds) => `${lineFeeds}${lineEnd}`);
  });
}

// The line feed at the end of a value is the block's own, where the block keeps one.
function withoutLastLineFeed(facts: BlockFacts, where: string, text: string): string {
  const { isFolded, chomping, isLastLine, endsLine, mayEndLine, startsLine } = facts;
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  // Readers do not agree whether a last line of spaces is one.
  const endsEmpty = /^ *$/.test(lastLine) && (startsLine || lastLine.length < text.length);
  if (!isLastLine || !mayEndLine || !endsEmpty) return text;
  if (chomping === "keep" && !isFolded && lastLine === "") return text;
  const body = text.slice(0, -1);
  const isOne = text.endsWith("\n") && !body.endsWith("\n") && !(body === "" && startsLine);
  if (chomping === "clip" && endsLine && isOne && !facts.isBesideToken) return body;
  const hint = chomping === "strip" ? 'write "|" or "|+" instead of "|-" for the block' : 'write "|+" for the block';
  throw refusal(where, "blank lines at its end would be lost", hint);
}

// Folding joins lines but those that begin with a blank; there it is not known what stands before and behind.
function requireFoldable(facts: BlockFacts, text: string): void {
  const { isMoreIndented, startsLine, mayEndLine, isBesideToken, isBeforeBlank } = facts;
  const isBroken =
    (text.includes("\n") && isMoreIndented) ||
    /\n[ \t]/.test(text) ||
    (startsLine && /^([ \t\n]|$)/.test(text)) ||
    (isBesideToken && /^\n|\n$/.test(text)) ||
    ((mayEndLine || isBeforeBlank) && text.endsWith("\n"));
  if (!isBroken) return;
  throw refusal("a folded YAML block", "its lines would be joined", 'write "|" instead of ">" for the block');
}
